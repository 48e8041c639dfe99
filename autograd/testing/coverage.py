"""What a gradient test met: dtypes, ranks, empty arrays and kinks, counted over its examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from autograd.testing.refusals import CheckRefused

if TYPE_CHECKING:
    from autograd.testing.comparison import Report


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

    def __init__(self, allow_zero: bool = False) -> None:
        self.allow_zero = allow_zero
        self.clear()

    def clear(self) -> None:
        self.examples = self.empty = self.kinky = 0
        self.dtypes: Counter[str] = Counter()
        self.ranks: Counter[int] = Counter()
        self.met: Counter[str] = Counter()  # inputs, by name, in examples where they have elements
        self.still: Counter[str] = Counter()  # those of them whose gradient was zero everywhere

    def add(self, arrays: Iterable[Any]) -> None:
        """Count one example, before it is checked: the one that fails was met too."""
        listed = list(arrays)
        self.examples += 1
        self.dtypes.update(str(x.dtype) for x in listed)
        self.ranks.update(x.ndim for x in listed)
        self.empty += any(x.size == 0 for x in listed)

    def finish(self, report: Report) -> None:
        """Count what a check that passed has found."""
        self.kinky += bool(report.kinks)
        self.met.update(list(report.gradients))
        self.still.update(name for name, moved in report.gradients.items() if not moved)

    def refuse_zeros(self) -> None:
        """Refuse a test in which some gradient was zero in every example: a function that ignores that input passes it, too."""
        still = [name for name, count in self.still.items() if count == self.met[name]]
        if still and not self.allow_zero:
            raise CheckRefused(
                f"the gradient at {' and at '.join(still)} was zero in each of {self.examples} examples, which says nothing; "
                "draw other values, or pass options={'allow_zero': True} if it must be so"
            )

    def summary(self) -> dict[str, Any]:
        """As plain numbers and dictionaries, which survive JSON and a way between processes."""
        return {"examples": self.examples, "dtypes": dict(self.dtypes), "ranks": {str(rank): n for rank, n in self.ranks.items()},
                "zero sizes": self.empty, "kinks": self.kinky}  # fmt: skip
