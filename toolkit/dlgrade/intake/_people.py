"""Who in the roster a submission belongs to: by id, then e-mail address, then the course system's id, then name.

A number that a course system gave out may be another person's number elsewhere, so it counts as an id of the roster
only where the names, if both are known, have a word in common. What fits several people fits nobody.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence, Set

from dlgrade.errors import UsageError
from dlgrade.intake._names import clean_id, folded, is_id, plain_text
from dlgrade.intake._nouns import Person
from dlgrade.intake._tree import NotTakenError
from dlgrade.intake._work import Work
from dlgrade.neutral import neutral

__all__ = ["ID_HEADINGS", "People", "heading", "participant_number"]

ID_HEADINGS = frozenset(
    {
        "id",
        "studentid",
        "student",
        "username",
        "user",
        "userid",
        "login",
        "loginid",
        "sisloginid",
        "sisuserid",
        "sisid",
        "idnumber",
        "studentnumber",
        "matriculationnumber",
        "matrikelnummer",
        "orgdefinedid",
        "netid",
        "sid",
        "canvasid",
        "canvasuserid",
        "moodleid",
        "participant",
        "participantid",
        "identifier",
    }
)
_SUGGESTED = 20  # people that are looked for in the roster by likeness, which takes time


def heading(text: str) -> str:
    """A column's heading as it is compared: letters and digits only, without capitals."""
    return re.sub(r"[\W_]+", "", folded(text))


class People:
    """A roster, ready to be asked.

    Raises:
        UsageError: an id in it cannot be one, or stands in it twice.
    """

    def __init__(self, roster: Sequence[Person]) -> None:
        self._roster = {person.who: person for person in roster}
        if len({folded(who) for who in self._roster}) < len(roster):
            raise UsageError("the roster names a student twice", "Give each student one line.")
        self._ids: dict[str, list[Person]] = {}
        self._mails: dict[str, list[Person]] = {}
        self._others: dict[str, list[Person]] = {}
        self._names: dict[str, list[Person]] = {}
        self._suggested = 0
        for person in roster:
            self._enter(person)

    @property
    def ids(self) -> Set[str]:
        """Everybody's id, folded."""
        return self._ids.keys()

    def knows(self, name: str) -> bool:
        """Whether a name can be a student's."""
        return self._one(self._ids, [name, clean_id(name)]) is not None

    def find(self, work: Work) -> Person:
        """Whose it is.

        Raises:
            NotTakenError: nobody's, or it might be several people's.
        """
        exact = self._roster.get(work.id) or self._one(self._ids, [work.id, clean_id(work.id)])
        mail = work.email or (work.id if "@" in work.id else "")
        other = self._one(self._others, [work.id, *work.ids])
        named = self._named(work)
        for person in (
            exact if exact is not None and _agree(work, exact) else None,
            self._one(self._mails, [mail]) if mail else None,
            other if other is not None and _agree(work, other) else None,
            named,
        ):
            if person is not None:
                return person
        raise self._unknown(work)

    def _enter(self, person: Person) -> None:
        if not is_id(person.who):
            raise UsageError(
                f"roster: {neutral(person.who)} cannot be a student's id", "Read the roster with read_roster."
            )
        self._ids.setdefault(folded(person.who), []).append(person)
        for column, value in person.other.items():
            if "mail" in heading(column) and value.strip():
                self._mails.setdefault(folded(value.strip()), []).append(person)
            elif heading(column) in ID_HEADINGS and value.strip():
                for key in filter(None, (folded(value.strip()), participant_number(value))):
                    self._others.setdefault(key, []).append(person)
        if "@" in person.who:
            self._mails.setdefault(folded(person.who), []).append(person)
        for key in _name_keys(person.name):
            self._names.setdefault(key, []).append(person)

    def _one(self, index: dict[str, list[Person]], keys: Iterable[str]) -> Person | None:
        found = {person.who: person for key in keys if key for person in index.get(folded(key.strip()), ())}
        return next(iter(found.values())) if len(found) == 1 else None

    def _named(self, work: Work) -> Person | None:
        name = work.name or ("" if work.issued else work.id)
        found = {person.who: person for person in self._names.get(_squeezed(name), ())} if name else {}
        if len(found) > 1:
            raise NotTakenError(
                f"several people in the roster are called {plain_text(name)}",
                "Add the course system's ids to the roster as a column.",
            )
        return next(iter(found.values()), None)

    def _unknown(self, work: Work) -> NotTakenError:
        if work.issued and not work.name:
            return NotTakenError("not in the roster", "The submissions are anonymous: grade them without a roster.")
        self._suggested += 1
        known = [*self._roster, *(person.name for person in self._roster.values() if person.name)]
        wanted = [work.name or work.id] if self._suggested <= _SUGGESTED else []
        near = [name for one in wanted for name in difflib.get_close_matches(one, known, n=2, cutoff=0.7)]
        said = f" Near: {', '.join(near)}." if near else ""
        return NotTakenError("not in the roster", f"Add the student to the roster, or correct the name.{said}")


def participant_number(value: str) -> str:
    """The number in Moodle's "Participant 12345", in the language of the site; empty where it is not of that form."""
    found = re.fullmatch(r"\D+\s(\d+)", value.strip())
    return found[1] if found else ""


def _agree(work: Work, person: Person) -> bool:
    if not work.issued or not work.name or not person.name:
        return True
    squeezed = _squeezed(work.name)
    return any(len(word) > 1 and word in squeezed for word in _words(person.name))


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded(name))


def _squeezed(name: str) -> str:
    """Only letters and digits: Canvas takes spaces and commas out, Moodle underscores."""
    return "".join(_words(name))


def _name_keys(name: str) -> set[str]:
    """The name squeezed, whichever of its words begins: "Doe, Jane" and "Jane Doe" are one person's."""
    words = _words(name)
    return {"".join([*words[start:], *words[:start]]) for start in range(min(len(words), 8))}
