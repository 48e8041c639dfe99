"""The compiled kernels of the extra `fast`: vector instructions, loops on them, and the array functions that call these.

Nothing here is imported before `autograd.kernels.choice` decides for it; only then is Numba.
"""
