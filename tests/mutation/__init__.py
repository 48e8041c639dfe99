"""Breaks every derivative rule of the registry on purpose, one at a time, and asks whether its tests see it.

    python -m tests.mutation                 # every mutant; exit status 1 when one survives
    python -m tests.mutation matmul solve    # of these operations alone
"""
