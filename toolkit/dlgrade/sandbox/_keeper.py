"""One thread that starts every sandbox and, for root, keeps a view of the file system of its own.

Two facts of the kernel ask for it:

- "Die with the parent" means the *thread* that forked: a sandbox started by a pool's thread would be killed
  when that thread ends. The keeper lives as long as the process.
- Mount namespaces belong to threads too. Bubblewrap runs under a uid that may not walk through, say, /root
  (mode 700), where a pyenv lives, and an open descriptor does not help it: it resolves the name again. So the
  keeper, as root, mounts such folders where anyone can reach them, in a namespace that only it and the
  sandboxes it starts can see. It vanishes with the thread; the machine's own mounts never change.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from dlgrade.sandbox import _host, _linux

T = TypeVar("T")


class Keeper:
    """Runs functions on its own thread, one after the other, and mounts folders for bubblewrap to find."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._root: Path | None = None
        self._made = 0
        self._lasting: dict[Path, Path] = {}
        threading.Thread(target=self._work, name="dlgrade-keeper", daemon=True).start()

    def run(self, job: Callable[[], T]) -> T:
        """The result of `job`, run on the keeper's thread."""
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future.result()

    def alias(self, source: Path, *, lasting: bool) -> Path:
        """Where anyone may reach `source` in the keeper's view.

        Args:
            lasting: made once and kept, for the interpreter; otherwise to be given back with `drop`.
        """
        return self.run(lambda: self._alias(source, lasting))

    def drop(self, alias: Path) -> None:
        """Take an alias away that is not lasting."""
        self.run(lambda: self._drop(alias))

    def _work(self) -> None:
        while True:
            job, future = self._jobs.get()
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)
            del job, future  # or the last result would live until the next job comes

    def _alias(self, source: Path, lasting: bool) -> Path:
        if lasting and source in self._lasting:
            return self._lasting[source]
        if self._root is None:
            self._root = _private_root()
        self._made += 1
        target = self._root / str(self._made)
        if source.is_dir():
            target.mkdir()
        else:
            target.touch()
        _linux.mount_bind(source, target)
        if lasting:
            self._lasting[source] = target
        return target

    def _drop(self, alias: Path) -> None:
        _linux.unmount(alias)
        if alias.is_dir():
            alias.rmdir()
        else:
            alias.unlink()


def _private_root() -> Path:
    folder = _host.runtime_folder() / "view"
    folder.mkdir(mode=0o711, exist_ok=True)
    _linux.leave_mount_namespace()
    _linux.mount_empty(folder, "mode=711,size=1m")
    return folder


_lock = threading.Lock()
_keeper: Keeper | None = None


def keeper() -> Keeper:
    """The keeper of this process."""
    global _keeper
    with _lock:
        if _keeper is None:
            _keeper = Keeper()
        return _keeper


def _forget() -> None:
    """In a forked child: it has copies of our locks but none of our threads, so it starts anew."""
    global _keeper, _lock
    _keeper, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=_forget)
