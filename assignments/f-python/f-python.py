"""Python for deep learning: the six small tools that every training script has somewhere.

Plain Python and its standard library. Read README.md first; check your work with ``dlgrade check f-python``.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager


def batches(items: Iterable, size: int) -> Iterator[list]:
    """A generator of lists of `size` items each, in their order; the last one may be shorter, but is never empty.

    Args:
        items: anything that a for loop takes: a list, a file, another generator. It may have no length and no end.
        size: 1 or more.

    ``list(batches([1, 2, 3, 4, 5], 2))`` is ``[[1, 2], [3, 4], [5]]``. The first batch takes two items, not more.
    """
    raise NotImplementedError


def flatten(nested: dict) -> dict:
    """The same settings in one dict; each key is the path to its value, joined by dots.

    The keys are text. A list is a value like any other. A dict that is empty leaves nothing behind.

    ``flatten({"lr": 0.1, "model": {"width": 8, "act": {"name": "relu"}}})`` is
    ``{"lr": 0.1, "model.width": 8, "model.act.name": "relu"}``.
    """
    raise NotImplementedError


def accuracy(predicted: list, actual: list) -> float:
    """The share of places at which the two lists are equal, from 0.0 to 1.0, not rounded.

    ``accuracy([7, 2, 1], [7, 2, 4])`` is 0.666...

    Raises:
        ValueError: the lists differ in length, or are empty.
    """
    raise NotImplementedError


def remember(value: float, log: list | None = None) -> list:
    """Append `value` to `log` and return that very list; without a log, return a new one that holds `value` alone.

    ``remember(0.5)`` is ``[0.5]``, every time. With ``losses = []``, ``remember(0.5, losses)`` is `losses` itself.
    """
    raise NotImplementedError


class Meter:
    """The running mean of an epoch, such as of the loss or of the accuracy.

    ``meter = Meter(); meter.update(0.9, 100); meter.update(0.6, 20); meter.mean()`` is 0.85.
    """

    def update(self, value: float, count: int = 1) -> None:
        """Add a batch of `count` samples whose mean is `value`."""
        raise NotImplementedError

    def mean(self) -> float:
        """The mean over all samples so far.

        Raises:
            ValueError: there were none.
        """
        raise NotImplementedError


def timer(log: list, clock: Callable[[], float] = time.perf_counter) -> AbstractContextManager:
    """A context manager that appends to `log` how long its block took, however the block ends.

    Args:
        clock: says what time it is, in seconds. It is read once when the block begins and once when it ends.

    ``with timer(seconds): train()`` appends one number to the list `seconds`. If train stops with an exception, the
    number is appended all the same, and the exception goes on.
    """
    raise NotImplementedError
