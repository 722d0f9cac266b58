"""Names that strangers chose, made fit to be student ids and names of files.

The rule for a student's id (``who``), so that it can be a file name on any system, a cell of a spreadsheet and a
word on a command line:

- letters and digits of any script, marks that belong to a letter, and ``. _ - @ +`` stay as they are; every run of
  anything else becomes one ``_``. It does not begin with ``. - @ +`` and does not end with ``.``;
- it has at most 64 characters and 120 bytes in UTF-8; a longer one is cut and ``~`` with eight hexadecimal digits of
  its SHA-256 is put behind it;
- the same suffix marks what would be empty, what Windows reserves (``con``, ``lpt1``) and ``me``, which is the user
  of a machine;
- ids that the rule makes equal, or equal but for upper and lower case, stay apart: the one that needed no cleaning and
  has no capital letter keeps its name, all others get the suffix. ``~`` cannot come from outside, so nobody can choose
  an id that takes another's place.

So an id does not depend on who else handed in, except where two would be confused.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container, Iterable

from dlgrade.neutral import visible

__all__ = ["ID_LIMIT", "clean_id", "file_name", "folded", "is_id", "plain_text", "stranger_id", "student_ids"]

ID_LIMIT = 64
_ID_BYTES = 120
_FILE_BYTES = 180
_SUFFIX = 9  # "~" and eight digits
_ALLOWED = frozenset("._-@+")
_MARKS = frozenset({"Mn", "Mc"})
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$", "me"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)
_NO_FILE_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]+')


def folded(text: str) -> str:
    """What two names have in common that a person or a file system would take for the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def plain_text(text: str, limit: int = 500) -> str:
    """The text without halves of characters, which no file or database takes, and not longer than any name."""
    return text[:limit].encode("utf-8", "backslashreplace").decode("utf-8")


def clean_id(raw: str) -> str:
    """The id by the rule above, were there nobody else."""
    kept = _kept(raw)
    cut = _cut(kept, ID_LIMIT, _ID_BYTES)
    if cut and cut == kept and cut.split(".")[0].lower() not in _RESERVED:
        return cut
    return _marked(raw, cut)


def is_id(who: str) -> bool:
    """Whether it is an id by the rule above, with or without the suffix."""
    head, mark, digest = who.partition("~")
    return bool(re.fullmatch(r"[0-9a-f]{8}", digest) and head == _kept(head)) if mark else clean_id(who) == who


def student_ids(raws: Iterable[str]) -> dict[str, str]:
    """Of every id as it was found, the clean one; no two are equal, whatever their case."""
    alike: dict[str, list[str]] = {}
    for raw in sorted(set(raws)):
        alike.setdefault(folded(clean_id(raw)), []).append(raw)
    return {raw: clean for group in alike.values() for raw, clean in _apart(group).items()}


def stranger_id(raw: str, taken: Container[str]) -> str:
    """The clean id of somebody who is not in the roster; never one that folds to an id that is taken."""
    clean = clean_id(raw)
    return _marked(raw, clean) if folded(clean) in taken else clean


def file_name(raw: str) -> str:
    """A name for one file or folder on any system; dots and the ending stay, since imports depend on them."""
    name = _NO_FILE_NAME.sub("_", unicodedata.normalize("NFC", raw)).rstrip(" .") or "_"
    if name.split(".")[0].lower() in _RESERVED:
        name = f"_{name}"
    if len(name.encode("utf-8")) <= _FILE_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = name, "", ""
    return f"{_cut(stem, _FILE_BYTES, _FILE_BYTES - 20)}~{_digest(raw)}{dot}{ending}"


def _apart(group: list[str]) -> dict[str, str]:
    cleaned = {raw: clean_id(raw) for raw in group}
    if len(group) == 1:
        return cleaned
    intact = [raw for raw in group if cleaned[raw] == raw == folded(raw)]
    return {raw: raw if [raw] == intact else _marked(raw, clean) for raw, clean in cleaned.items()}


def _kept(raw: str) -> str:
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", raw.strip()[: 8 * ID_LIMIT]):
        category = unicodedata.category(character)
        fine = character.isalnum() or character in _ALLOWED or (category in _MARKS and kept and kept[-1] != "_")
        # Some letters show nothing; two ids that look alike would be taken for one.
        if fine and (category in _MARKS or visible(character) == character):
            kept.append(character)
        elif not kept or kept[-1] != "_":
            kept.append("_")
    text = "".join(kept)
    beheaded = text.lstrip(".-@+").rstrip(".")
    return "" if not beheaded.strip("_") else beheaded


def _marked(raw: str, clean: str) -> str:
    head = clean.partition("~")[0] or "student"
    return f"{_cut(head, ID_LIMIT - _SUFFIX, _ID_BYTES - _SUFFIX)}~{_digest(raw)}"


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _cut(text: str, characters: int, size: int) -> str:
    return text[:characters].encode("utf-8")[:size].decode("utf-8", "ignore")
