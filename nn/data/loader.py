"""Batches of a data set, in an order that a seed fixes and that can be taken up again in the middle of an epoch."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from nn.data.datasets import Array, Batch, Dataset
from nn.data.prefetching import prefetched
from nn.randomness import generator_or_shared

Transform = Callable[[Array, np.random.Generator], Array]
# Keeps the draws of a batch apart from the draw of its epoch's order.
_ORDER, _TRANSFORM = 0, 1


class DataLoader:
    """An epoch of batches each time it is iterated over.

    The order of an epoch and what `transform` draws for a batch are functions of one seed, the epoch's number and the
    batch's number alone. So prefetching changes nothing, and `state_dict` needs three integers to go on in mid-epoch.

    Parameters
    ----------
    dataset : Dataset
        Such as an `ArrayDataset`: an array of indices picks a batch out of it.
    batch_size : int
        Samples in a batch; the last batch has what is left, or is left out with `drop_last`.
    shuffle : bool
        A new order each epoch.
    generator : numpy Generator or int, optional
        The seed is drawn from it once, here; by default from the one that `nn.manual_seed` sets.
    drop_last : bool
        Leave out a last batch that is not full.
    prefetch : int
        How many batches one thread reads ahead; 0 reads each when it is asked for.
    transform : callable, optional
        ``transform(images, generator)`` is given a batch's first array and returns what replaces it: `crop_and_flip`.

    Raises
    ------
    ValueError
        For a batch size below 1 or a negative `prefetch`.
    TypeError
        For numbers that are not integers, or a data set without length or indexing.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import ArrayDataset, DataLoader
    >>> loader = DataLoader(ArrayDataset(np.arange(5)), batch_size=2, shuffle=True, generator=0)
    >>> [batch.tolist() for batch, in loader], len(loader)
    ([[3, 2], [0, 4], [1]], 3)
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int = 1,
        shuffle: bool = False,
        generator: np.random.Generator | int | None = None,
        drop_last: bool = False,
        prefetch: int = 0,
        transform: Transform | None = None,
    ) -> None:
        if not isinstance(dataset, Dataset) or isinstance(dataset, (np.ndarray, list, tuple, dict, str)):
            raise TypeError(
                f"DataLoader reads a data set, with len() and indexing by arrays, such as ArrayDataset(images, labels); "
                f"given {type(dataset).__name__}"
            )
        self.dataset = dataset
        self.batch_size = _at_least(1, batch_size, "batch_size")
        self.prefetch = _at_least(0, prefetch, "prefetch")
        self.shuffle, self.drop_last, self.transform = bool(shuffle), bool(drop_last), transform
        # A loader without randomness must not move the generator that others share.
        self._seed = int(generator_or_shared(generator).integers(2**63)) if shuffle or transform else 0
        self._position = self._start = (0, 0)

    def __len__(self) -> int:
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Batch]:
        epoch, first = self._start
        self._position, self._start = self._start, (epoch + 1, 0)
        batches = self._batches(epoch, first)
        return self._counted(prefetched(batches, self.prefetch) if self.prefetch else batches, epoch, first)

    def _counted(self, batches: Iterator[Batch], epoch: int, first: int) -> Iterator[Batch]:
        for number, batch in enumerate(batches, first + 1):
            self._position = (epoch, number) if number < len(self) else (epoch + 1, 0)
            yield batch

    def _batches(self, epoch: int, first: int) -> Iterator[Batch]:
        order = self._order(epoch)
        for number in range(first, len(self)):
            batch = self.dataset[order[number * self.batch_size : (number + 1) * self.batch_size]]
            if not isinstance(batch, tuple):
                raise TypeError(f"indexed by an array a data set gives a tuple of arrays; {type(self.dataset).__name__} gave {batch!r:.80}")
            yield self._transformed(batch, self._generator(_TRANSFORM, epoch, number))

    def _order(self, epoch: int) -> Array:
        count = len(self.dataset)
        return self._generator(_ORDER, epoch).permutation(count) if self.shuffle else np.arange(count)

    def _generator(self, *place: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, *place])

    def _transformed(self, batch: Batch, generator: np.random.Generator) -> Batch:
        return batch if self.transform is None else (self.transform(batch[0], generator), *batch[1:])

    def state_dict(self) -> dict[str, int]:
        """Where the loader stands: its seed, the epoch, the batches of it that were given out, and what it was made with.

        Plain integers, for JSON or a checkpoint. Of several iterators at once, the one that moved last counts.
        """
        epoch, batch = self._position
        return {"seed": self._seed, "epoch": epoch, "batch": batch, **self._made_with()}

    def _made_with(self) -> dict[str, int]:
        return {
            "samples": len(self.dataset),
            "batch_size": self.batch_size,
            "shuffle": int(self.shuffle),
            "drop_last": int(self.drop_last),
        }

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Make the next iteration go on behind the last batch given out when `state` was taken.

        Raises
        ------
        ValueError
            When entries are missing or out of range, or a loader of other data or batches wrote it; nothing changes then.

        Examples
        --------
        >>> import numpy as np
        >>> from nn.data import ArrayDataset, DataLoader
        >>> loader = DataLoader(ArrayDataset(np.arange(5)), batch_size=2)
        >>> first = next(iter(loader))
        >>> again = DataLoader(ArrayDataset(np.arange(5)), batch_size=2)
        >>> again.load_state_dict(loader.state_dict())
        >>> [batch.tolist() for batch, in again]
        [[2, 3], [4]]
        """
        expected = self._made_with()
        if missing := {"seed", "epoch", "batch", *expected}.difference(state):
            raise ValueError(f"a DataLoader's state lacks {sorted(missing)}")
        if differing := {name: (state[name], ours) for name, ours in expected.items() if state[name] != ours}:
            raise ValueError(f"the state is of another DataLoader: (saved, this loader's) are {differing}")
        seed, epoch, batch = (_at_least(0, state[name], name) for name in ("seed", "epoch", "batch"))
        if batch > len(self):
            raise ValueError(f"the state stands at batch {batch} of {len(self)}")
        self._seed = seed
        self._position = self._start = (epoch, batch)


def _at_least(least: int, value: Any, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} takes an integer, given {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, given {number}")
    return number
