"""Two words in place of a student: the same ones in every assignment of a class, and telling nothing.

The words come from a secret that is drawn once and kept beside the gradebook, so that nobody who knows the ids of a
class can work out who is who. The file also keeps which names were given, so that somebody who joins later takes
nobody's name away; who owns the gradebook may write other names into it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from dlgrade.errors import MachineError, UsageError
from dlgrade.overview._words import FIRST, SECOND

_SECRET_BYTES = 32


@dataclass(frozen=True)
class _Kept:
    """What the file holds: the secret, and the names given so far by student."""

    secret: bytes
    names: Mapping[str, str]


def pseudonyms_file(gradebook: Path) -> Path:
    """Where the pseudonyms of a gradebook are kept: beside it."""
    return gradebook.with_name(f"{gradebook.stem}-pseudonyms.json")


def pseudonyms(people: Iterable[str], path: Path) -> dict[str, str]:
    """The name of each of these students, no two alike.

    Args:
        path: the file that keeps them, made with a fresh secret where it is missing.

    Raises:
        UsageError: the file holds something else.
        MachineError: it cannot be read, or not be made.
    """
    wanted = set(people)
    kept = _read(path)
    fresh = kept is None
    kept = kept or _Kept(secrets.token_bytes(_SECRET_BYTES), {})
    names = given(wanted, kept.secret, kept.names)
    if fresh or len(names) > len(kept.names):
        try:
            _write(path, _Kept(kept.secret, names))
        except OSError as error:
            # Without a secret on disk the next board would have other names. New names alone come out the same again.
            if fresh:
                raise MachineError(
                    f"{path} cannot be written: {error.strerror}",
                    "It keeps the class's pseudonyms; --names shows ids and needs no file.",
                ) from None
    return {who: names[who] for who in wanted}


def given(people: Iterable[str], secret: bytes, names: Mapping[str, str]) -> dict[str, str]:
    """The names so far, and one for each student without."""
    found = dict(names)
    taken = set(found.values())
    # In an order that says nothing about ids and does not depend on the order of the list.
    for who in sorted(set(people) - found.keys(), key=lambda one: _digest(secret, one, 0)):
        found[who] = next(name for name in _candidates(secret, who) if name not in taken)
        taken.add(found[who])
    return found


def _candidates(secret: bytes, who: str) -> Iterator[str]:
    for turn in count():
        number = int.from_bytes(_digest(secret, who, turn), "big")
        second, first = number % len(SECOND), number // len(SECOND) % len(FIRST)
        name = f"{FIRST[first]} {SECOND[second]}"
        # A class larger than the words allow gets numbers rather than none.
        yield name if turn < len(FIRST) * len(SECOND) else f"{name} {turn}"


def _digest(secret: bytes, who: str, turn: int) -> bytes:
    return hmac.new(secret, f"{turn}/{who}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _read(path: Path) -> _Kept | None:
    """What the file holds, None where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise _no_pseudonyms(path) from None
    except OSError as error:
        raise MachineError(f"{path} cannot be read: {error.strerror}") from None
    try:
        plain: Any = json.loads(text)
        secret, names = bytes.fromhex(plain["secret"]), plain["names"]
        sound = len(secret) >= _SECRET_BYTES and isinstance(names, dict)
        sound = sound and all(isinstance(name, str) and name.strip() for name in names.values())
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise _no_pseudonyms(path)
    if len(set(names.values())) < len(names):
        raise UsageError(f"{path} gives two students the same name", "Change one of them there.")
    return _Kept(secret, names)


def _no_pseudonyms(path: Path) -> UsageError:
    return UsageError(f"{path} does not hold pseudonyms as dlgrade writes them",
                      "Mend it, or move it away: the class then gets other names.")  # fmt: skip


def _write(path: Path, kept: _Kept) -> None:
    """All or nothing, readable by its owner alone."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    text = json.dumps({"secret": kept.secret.hex(), "names": dict(sorted(kept.names.items()))}, indent=1) + "\n"
    try:
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
