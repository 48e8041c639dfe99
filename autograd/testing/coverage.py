"""What a gradient test met: dtypes, ranks, empty arrays and kinks, counted over its examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any


class Coverage:
    """Counts over the examples of one `gradient_test`, kept on the test as `gradient_coverage`.

    Attributes
    ----------
    examples, empty, kinky : int
        Examples checked, those with an array of no elements, those that met a kink.
    dtypes, ranks : Counter
        Arrays differentiated by, by dtype and by number of axes.

    Examples
    --------
    >>> from hypothesis import settings
    >>> from autograd.testing import gradient_test, tensors
    >>> @settings(max_examples=5)
    ... @gradient_test(x=tensors((2,)))
    ... def test_square(x):
    ...     return x * x
    >>> test_square()
    >>> sorted(test_square.gradient_coverage.ranks)
    [1]
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.examples = self.empty = self.kinky = 0
        self.dtypes: Counter[str] = Counter()
        self.ranks: Counter[int] = Counter()

    def add(self, arrays: Iterable[Any]) -> None:
        """Count one example, before it is checked: the one that fails was met too."""
        listed = list(arrays)
        self.examples += 1
        self.dtypes.update(str(x.dtype) for x in listed)
        self.ranks.update(x.ndim for x in listed)
        self.empty += any(x.size == 0 for x in listed)

    def summary(self) -> dict[str, Any]:
        """As plain numbers and dictionaries, which survive JSON and a way between processes."""
        return {"examples": self.examples, "dtypes": dict(self.dtypes), "ranks": {str(rank): n for rank, n in self.ranks.items()},
                "zero sizes": self.empty, "kinks": self.kinky}  # fmt: skip
