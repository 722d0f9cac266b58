"""What the rest of the house hears about data sets: frozen, without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

State = Literal["present", "absent", "wrong"]
"""``present``: there, and its checksum is right. ``wrong``: there, but not the published file."""


# eq=False: comparing arrays inside a generated __eq__ raises; two data sets are the same when they are one.
@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, in the order of the files.

    The arrays own their memory and are writable, so that ``torch.from_numpy`` takes them without a warning.

    Attributes:
        images: uint8, shape (N, 28, 28), 0 is background and 255 full ink.
        labels: int64, shape (N,), class numbers from 0.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """The number of images."""
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class DataSet:
    """A data set in memory.

    Attributes:
        name: as the command line knows it, ``mnist``.
        title: as people write it, ``MNIST``.
        train: the training images.
        test: the test images.
        classes: the number of classes.
        labels: the name of each class, by its number.
    """

    name: str
    title: str
    train: Split
    test: Split
    classes: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """What can be known of a data set without having it.

    Attributes:
        train_images: number of training images.
        test_images: number of test images.
        size: bytes on disk.
        labels: the name of each class, by its number.
    """

    name: str
    title: str
    train_images: int
    test_images: int
    size: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class FileState:
    """One file of a data set, looked at.

    Attributes:
        why: what is wrong with it, one line; empty unless the state is ``wrong``.
    """

    path: Path
    state: State
    why: str = ""


@dataclass(frozen=True)
class Progress:
    """Where a download stands.

    Attributes:
        says: one line, what is being done; changes when something else is being done.
        done: bytes of the data set that have arrived, unpacked.
        total: bytes that are to arrive, unpacked.
        notice: True for a line that should stay on the screen, such as the name of a file to be replaced.
    """

    says: str
    done: int
    total: int
    notice: bool = False
