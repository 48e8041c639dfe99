"""NumPy functions that are not differentiable here: why, and what to write instead. Errors and docs/operations.md say it."""

from __future__ import annotations

import numpy as np

OUTSIDE: list[tuple[str, dict[str, str]]] = [
    ("gives whole numbers or bits, whose derivative is zero or has no meaning", dict.fromkeys(
        "bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor invert "
        "left_shift right_shift packbits unpackbits gcd lcm nextafter isnat common_type".split(), "")),
    ("gives places, not values", {
        "ravel_multi_index": "", "ix_": "x[rows[:, None], columns]", "einsum_path": "einsum", "histogram2d": "", "histogramdd": "",
        "histogram_bin_edges": ""}),
    ("writes into its argument, which would take its graph away", {
        "copyto": "where", "put": "x.at[i].set(v)", "put_along_axis": "scatter", "putmask": "where", "place": "where",
        "fill_diagonal": "x.at[i, i].set(v)"}),
    ("sorts out values as a set: the shape of the result depends on them", {
        "unique_all": "sort", "unique_counts": "sort", "unique_inverse": "sort", "unique_values": "sort", "union1d": "concatenate",
        "intersect1d": "", "setdiff1d": "", "setxor1d": "", "trim_zeros": "x[a:b]"}),
    ("is about complex numbers; tensors that record are real", {
        "sort_complex": "sort", "roots": "", "linalg.eig": "linalg.eigh", "linalg.eigvals": "linalg.eigvalsh"}),
    ("transforms to complex numbers; tensors that record are real", dict.fromkeys(
        [f"fft.{name}" for name in "fft fft2 fftn hfft ifft ifft2 ifftn ihfft irfft irfft2 irfftn rfft rfft2 rfftn".split()], "convolve")),
    ("divides polynomials, with a remainder whose length depends on the values", {"polydiv": ""}),
    ("is about dates", dict.fromkeys("busday_count busday_offset datetime_as_string is_busday".split(), "")),
    ("writes files, of arrays: pass x.numpy()", dict.fromkeys("save savetxt savez savez_compressed".split(), "")),
]  # fmt: skip
BY_NAME = {name: (reason, instead) for reason, names in OUTSIDE for name, instead in names.items()}


def full_name(function: object) -> str:
    """``np.linalg.eig`` and the like; for a function that is not NumPy's its name alone."""
    name = str(getattr(function, "__name__", function))
    homes = {"np.": np, "np.linalg.": np.linalg, "np.fft.": np.fft}
    return next((home + name for home, module in homes.items() if getattr(module, name, None) is function), name)


def advice(function: object) -> str:
    """Why the function is outside and what to write instead, as the rest of a sentence; empty for what is not known."""
    reason, instead = BY_NAME.get(full_name(function).removeprefix("np."), ("", ""))
    return f": it {reason}" * bool(reason) + f". Write {instead} instead" * bool(instead)
