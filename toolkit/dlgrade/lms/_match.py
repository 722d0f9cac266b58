"""Which row of somebody else's table is which student: by an id, else by a name that only one has; never by guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dlgrade.gradebook import Grade

_AS_FORMULA = re.compile(r'="(.*)"\Z', re.DOTALL)  # how Canvas writes a name that begins with =
# Columns of a roster, and what submissions say of themselves, that name one person wherever they stand. Not among
# them: Moodle's participant, who is another person in another assignment.
_IDS = frozenset({
    "id", "studentid", "username", "user", "userid", "login", "loginid", "sisloginid", "sisuserid", "sisid", "idnumber",
    "studentnumber", "matriculationnumber", "matrikelnummer", "orgdefinedid", "netid", "sid", "canvasid",
    "canvasuserid", "integrationid",
})  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One student of the table.

    Attributes:
        number: of the row; ``ids``: all that stand in it and name one person; ``name``: as it stands there.
        issued: a number that the other side gave out, and which may be somebody else's number in another system; it
            counts where the names do not contradict it.
        lasting: whether that number is the person's for good, and not in this table only.
    """

    number: int
    ids: tuple[str, ...]
    name: str = ""
    issued: str = ""
    lasting: bool = False


@dataclass(frozen=True)
class Matched:
    """Rows by student id, and why there is none for the others."""

    rows: Mapping[str, int]
    left: Mapping[str, str]


def match(grades: Iterable[Grade], rows: Sequence[Row], also: Mapping[str, Sequence[str]], what: str) -> Matched:
    """Find each student's row.

    A student's own id decides; where no row has it, the further ids do, and where none has one of those, the name.
    A row that two students claim is nobody's.

    Args:
        what: the table, for the reasons: ``no row of canvas.csv has this id or name``.
    """
    table = _Table(rows)
    found: dict[str, int] = {}
    left: dict[str, str] = {}
    for who, name in {grade.who: grade.name for grade in grades}.items():
        candidates = (
            table.by_id([who], name, own=True)
            or table.by_id(also.get(who, ()), name, own=False)
            or table.by_name(name or who)
        )
        if len(candidates) == 1:
            (found[who],) = candidates
        elif candidates:
            left[who] = f"{len(candidates)} rows of {what} could be theirs"
        else:
            left[who] = f"no row of {what} has this id or name"
    return _without_rivals(found, left, what)


class _Table:
    """Rows, ready to be asked."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._ids: dict[str, list[Row]] = {}
        self._issued: dict[str, list[Row]] = {}
        self._names: dict[str, list[Row]] = {}
        for row in rows:
            keys_of = ((self._ids, row.ids), (self._issued, [row.issued]), (self._names, _names(row.name)))
            for index, keys in keys_of:
                for key in filter(None, map(_plain, keys)):
                    index.setdefault(key, []).append(row)

    def by_id(self, keys: Iterable[str], name: str, *, own: bool) -> set[int]:
        """Rows with one of these ids; a number that is not for good counts only as a student's own id."""
        keys = list(map(_plain, keys))
        certain = {row.number for key in keys for row in self._ids.get(key, ())}
        issued = [row for key in keys for row in self._issued.get(key, ()) if own or row.lasting]
        return certain | {row.number for row in issued if _agree(row, name)}

    def by_name(self, name: str) -> set[int]:
        return {row.number for key in _names(name) for row in self._names.get(key, ())}


def ids_in(other: Mapping[str, str]) -> tuple[str, ...]:
    """Of what a roster or a submission says of a student, by its headings: the ids and e-mail addresses."""
    return tuple(
        value.strip()
        for heading, value in other.items()
        if value.strip() and ("mail" in _squeezed(heading) or _squeezed(heading) in _IDS)
    )


def _without_rivals(found: dict[str, int], left: dict[str, str], what: str) -> Matched:
    claims: dict[int, list[str]] = {}
    for who, row in found.items():
        claims.setdefault(row, []).append(who)
    for rivals in claims.values():
        for who in rivals if len(rivals) > 1 else ():
            left[who] = f"the same row of {what} could be that of {', '.join(one for one in rivals if one != who)}"
            del found[who]
    return Matched(found, left)


def _plain(text: str) -> str:
    formula = _AS_FORMULA.match(text.strip())
    return " ".join(unicodedata.normalize("NFKC", formula[1] if formula else text).casefold().split())


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, _plain(text)))


def _names(text: str) -> set[str]:
    """The name as it is compared: ``Last, First`` and ``First Last`` are one."""
    name = _plain(text)
    last, _, first = name.partition(",")
    return {_squeezed(name) or name, _squeezed(first + last)} - {""}


def _agree(row: Row, name: str) -> bool:
    """Whether the row's name can be this one; a name that is not known can be any."""
    if not row.name or not name:
        return True
    if not row.lasting:
        return bool(_names(row.name) & _names(name))
    # Canvas' downloads squeeze a name and leave out what is not ASCII: "Müller, Jürgen" becomes mllerjrgen.
    ours = _ascii(_squeezed(name))
    words = [word for word in map(_ascii, re.findall(r"[^\W_]+", _plain(row.name))) if len(word) > 1]
    return not ours or not words or any(word in ours for word in words)


def _ascii(text: str) -> str:
    return "".join(filter(str.isascii, text))
