"""From what an instructor has to one submission per student."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from dlgrade.errors import MachineError, UsageError
from dlgrade.intake._archive import ZipTree
from dlgrade.intake._choose import choose, last_of
from dlgrade.intake._layout import find_layout, read_layout
from dlgrade.intake._names import folded, plain_text, stranger_id, student_ids
from dlgrade.intake._nouns import Collection, HandedIn, Person, Refused
from dlgrade.intake._people import People
from dlgrade.intake._place import Placer
from dlgrade.intake._tree import FolderTree, NotTakenError, Tree
from dlgrade.intake._work import Found, Work
from dlgrade.neutral import neutral

__all__ = ["collect"]

_GIVE = "Give a folder, or the zip that a course system made."


def collect(
    source: Path,
    assignment: str,
    into: Path,
    *,
    roster: Sequence[Person] | None = None,
    student: str | None = None,
    layout: str | None = None,
) -> Collection:
    """Find every student's submission to one assignment. No part of it is executed.

    Args:
        source: a folder or a zip archive, in one of the layouts that the package's description names.
        assignment: id such as ``code6``; a file of that name is preferred, and nbgrader's folders are called so.
        into: what came packed is unpacked below it, in a folder per student; made where it is needed. What lies on disk
            as it was handed in is not copied.
        roster: who is in the class; without one everybody who handed in is.
        student: keeps only this one, by id, e-mail address, course system's id or name.
        layout: one of `LAYOUTS`, where what is found would be taken for another.

    Raises:
        UsageError: the source cannot be used at all, or there is no such student.
        MachineError: nothing can be unpacked.
    """
    into = Path(into).absolute()
    with _opened(Path(source), into) as tree:
        people = People(roster) if roster is not None else None
        chosen, top = find_layout(tree, assignment, layout, people.knows if people else lambda name: False)
        found = read_layout(tree, chosen, top, assignment, forced=layout is not None)
        found.refused.extend(tree.refused)
        by_student, refused = _assigned(found, people)
        everyone = {person.who: person for person in roster or ()}
        missing = [person for who, person in everyone.items() if who not in by_student]
        if student is not None:
            names = _names(by_student, refused, everyone)
            who = _one_of(names, student, tree.name)
            by_student = {who: by_student[who]} if who in by_student else {}
            refused = [one for one in refused if one.who == who]
            missing = [person for person in missing if person.who == who]
        handed_in = _placed(Placer(tree, into), by_student, everyone, assignment, refused)
    return Collection(
        chosen,
        tuple(sorted(handed_in, key=lambda one: one.who)),
        tuple(sorted(refused, key=lambda one: (one.who, one.origin, one.what))),
        tuple(sorted(missing, key=lambda person: person.who)),
    )


def _opened(source: Path, into: Path) -> Tree:
    name = neutral(source.name or str(source))
    try:
        if source.is_dir():
            if into.resolve() == source.resolve():
                raise UsageError(f"{name}: submissions cannot be unpacked where they lie", "Name another folder.")
            return FolderTree(source, without=into)
        if not source.exists():
            raise UsageError(f"{name}: there is no such file or folder{_near(source)}", _GIVE)
        if not source.is_file():
            raise UsageError(f"{name}: this is neither a folder nor a file", _GIVE)
    except OSError as error:
        raise UsageError(
            f"{name}: cannot be read: {error.strerror or error}", "Give yourself the right to read it."
        ) from None
    return ZipTree(source)


def _near(source: Path) -> str:
    try:
        names = [path.name for path in source.parent.iterdir()]
    except OSError:
        return ""
    near = difflib.get_close_matches(source.name, names, n=1, cutoff=0.6)
    return f"; there is {neutral(near[0])}" if near else ""


def _assigned(found: Found, people: People | None) -> tuple[dict[str, list[Work]], list[Refused]]:
    """Everybody's attempts, by the id in the roster or, without one, by the id that was found."""
    refused = list(found.refused)
    by_student: dict[str, list[Work]] = {}
    if people is None:
        clean = student_ids(work.id for work in found.works)
        for work in found.works:
            by_student.setdefault(clean[work.id], []).append(work)
        return by_student, refused
    for work in found.works:
        try:
            by_student.setdefault(people.find(work).who, []).append(work)
        except NotTakenError as trouble:
            refused.append(Refused(stranger_id(work.id, people.ids), work.origin, trouble.what, trouble.mend))
    return by_student, refused


def _names(
    by_student: dict[str, list[Work]], refused: list[Refused], everyone: dict[str, Person]
) -> dict[str, set[str]]:
    """What everybody is called who is in the roster or handed in."""
    names: dict[str, set[str]] = {one.who: set() for one in refused if one.who}
    for person in everyone.values():
        names.setdefault(person.who, set()).add(person.name)
    for who, works in by_student.items():
        for work in works:
            names.setdefault(who, set()).update((work.id, work.name, work.email, *work.ids))
    return {who: {folded(name) for name in (who, *called) if name} for who, called in names.items()}


def _one_of(names: dict[str, set[str]], student: str, source: str) -> str:
    """The id of the student who is called so."""
    key = folded(student.strip())
    matches = [student] if student in names else [who for who, called in names.items() if key in called]
    if len(matches) > 1:
        raise UsageError(f"{neutral(student)} may be {' or '.join(sorted(matches))}", "Give the id.")
    if not matches:
        known = {name: who for who, called in sorted(names.items()) for name in sorted(called)}
        near = {known[name]: None for name in difflib.get_close_matches(key, sorted(known), n=3, cutoff=0.6)}
        mend = f"Did you mean {' or '.join(near)}?" if near else f"There are {len(names):,} students in it."
        raise UsageError(f"{source}: nobody in it is called {neutral(student)}", mend)
    return matches[0]


def _placed(
    placer: Placer,
    by_student: dict[str, list[Work]],
    everyone: dict[str, Person],
    assignment: str,
    refused: list[Refused],
) -> list[HandedIn]:
    """Ready to be read; whoever's cannot be is added to `refused`."""
    handed_in = []
    for who, works in sorted(by_student.items()):
        try:
            handed_in.append(_handed_in(placer, who, works, everyone.get(who), assignment))
        except NotTakenError as trouble:
            origin = min(work.origin for work in works)
            refused.append(Refused(who, origin, trouble.what, trouble.mend))
        except MemoryError:
            raise MachineError("there is too little memory to unpack the submissions") from None
    return handed_in


def _handed_in(placer: Placer, who: str, works: Sequence[Work], person: Person | None, assignment: str) -> HandedIn:
    work, before = last_of(works)
    chosen = choose(work, assignment)
    told = {
        "earlier": ", ".join([*(one.origin for one in before), *chosen.earlier]),
        "left_out": ", ".join(chosen.left_out),
    }
    return HandedIn(
        who=who,
        path=placer.place(who, work, chosen),
        origin=work.origin,
        when=work.when,
        name=plain_text((person.name if person else "") or work.name),
        other={**work.other, **{key: value for key, value in told.items() if value}},
    )
