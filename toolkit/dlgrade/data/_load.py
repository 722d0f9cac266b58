"""From a name to arrays: get what is missing, verify everything, read it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dlgrade.data import _catalog, _store
from dlgrade.data._delivery import Desk
from dlgrade.data._nouns import DataSet, Description, FileState, Progress, Split
from dlgrade.data._sources import Folder
from dlgrade.data._store import SourceError
from dlgrade.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlgrade.data._catalog import Entry, FileSpec

Root = str | os.PathLike[str] | None
Watcher = Callable[[Progress], None]


def available() -> tuple[Description, ...]:
    """All data sets that can be had, present or not; looks at no file."""
    return tuple(
        Description(
            name=entry.name,
            title=entry.title,
            # A file of labels is a header of 8 bytes and one byte per image.
            train_images=entry.files[1].size - 8,
            test_images=entry.files[3].size - 8,
            size=sum(spec.size for spec in entry.files),
            labels=entry.labels,
        )
        for entry in _catalog.CATALOG.values()
    )


def verify(name: str, root: Root = None) -> tuple[FileState, ...]:
    """The state of each file of the data set `name`, every present byte hashed; changes nothing.

    Args:
        root: the folder that holds all data sets; `data_root()` where None.

    Raises:
        UsageError: there is no such data set.
    """
    entry = _catalog.find(name)
    folder = _store.folder_of(entry, root)
    return tuple(_store.look(spec, folder) for spec in entry.files)


def get(name: str, root: Root = None, progress: Watcher | None = None) -> Path:
    """Have the data set `name` on disk, complete and right; asks its sources only for what is not.

    A wrong file is announced to `progress`, and replaced once the right one has arrived.

    Args:
        root: the folder that holds all data sets; `data_root()` where None.
        progress: called with a `Progress` whenever something is begun or has arrived.

    Returns:
        The folder with the four files, ``MNIST/raw`` under the root.

    Raises:
        UsageError: there is no such data set.
        DataError: no source had it (lists what was tried and why it failed), or it cannot be written.
    """
    entry = _catalog.find(name)
    folder = _store.folder_of(entry, root)
    states = {spec: _store.look(spec, folder) for spec in entry.files}
    needed = [spec for spec, state in states.items() if state.state != "present"]
    if not needed:
        return folder
    _store.prepare(folder)
    desk = Desk(folder, needed, progress)
    for state in states.values():
        if state.state == "wrong":
            desk.warn(f"{state.path} is not the published file ({state.why}) and will be replaced")
    _ask_sources(entry, desk)
    return folder


def load(name: str, root: Root = None, progress: Watcher | None = None) -> DataSet:
    """The data set `name` in memory, every byte verified; fetched first where files are absent.

    Args:
        root: the folder that holds all data sets; `data_root()` where None.
        progress: as in `get`.

    Returns:
        Images as uint8 (N, 28, 28), labels as int64 (N,), in the order of the published files.

    Raises:
        UsageError: there is no such data set.
        DataError: a file is wrong (it is named and left alone), or absent and no source had it.
    """
    entry = _catalog.find(name)
    folder = _store.folder_of(entry, root)
    if not all((folder / spec.name).exists() for spec in entry.files):
        # Before the network is asked: a wrong file among those present is refused, not repaired in passing.
        for state in verify(name, root):
            if state.state == "wrong":
                raise _store.refused(entry, state.path, state.why)
        get(name, root, progress)
    train_images, train_labels, test_images, test_labels = entry.files
    return DataSet(
        name=entry.name,
        title=entry.title,
        train=_split(entry, folder, train_images, train_labels),
        test=_split(entry, folder, test_images, test_labels),
        classes=len(entry.labels),
        labels=entry.labels,
    )


def _ask_sources(entry: Entry, desk: Desk) -> None:
    """Ask one source after the other until `desk` needs nothing any more."""
    failures = []
    # Somebody may have put the packed files there by hand; torchvision leaves them beside the unpacked ones.
    beside = [Folder(str(desk.folder))] if any(desk.folder.glob("*-ubyte.gz")) else []
    for source in (*beside, *entry.sources):
        try:
            source.fetch(desk)
        except SourceError as error:
            failures.append(f"{source.label}: {error}")
        if not desk.needed:
            return
    names = ", ".join(spec.name for spec in desk.needed)
    raise DataError(
        "\n    ".join([f"{entry.title} is not complete here, and no source could deliver the rest", *failures]),
        f"Put {names} (as they are or as .gz) into {desk.folder}, then run `dlgrade data get {entry.name}`.",
    )


def _split(entry: Entry, folder: Path, images: FileSpec, labels: FileSpec) -> Split:
    import numpy as np

    pictures, numbers = _array(entry, images, folder), _array(entry, labels, folder)
    if pictures.ndim != 3 or pictures.shape[:1] != numbers.shape:
        raise _store.refused(entry, folder / images.name, "it does not fit the file of labels")
    return Split(pictures, numbers.astype(np.int64))


def _array(entry: Entry, spec: FileSpec, folder: Path) -> NDArray[np.uint8]:
    """An idx file as an array of its own shape.

    The format: two zero bytes, 8 for unsigned bytes, the number of dimensions, each dimension as four bytes
    with the highest first, then the values in C order.
    """
    import struct

    import numpy as np

    content = _store.read(entry, spec, folder)
    dimensions = content[3] if content[:3] == b"\0\0\x08" else 0
    start = 4 + 4 * dimensions
    shape = struct.unpack_from(f">{dimensions}I", content, 4) if len(content) >= start else ()
    if not shape or start + math.prod(shape) != len(content):
        raise _store.refused(entry, folder / spec.name, "it is not an idx file of bytes")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
