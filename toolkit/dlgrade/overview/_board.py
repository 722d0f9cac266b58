"""Who is where: networks of one assignment and one profile, ranked by accuracy and then by fewer parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from dlgrade.course import PROFILES, Profile
from dlgrade.gradebook import Grade
from dlgrade.overview._page import latest, title_of
from dlgrade.overview._work import Work, works
from dlgrade.report.page import count

SCHEMA = 1
"""Version of the JSON form; it changes when a key is renamed, removed or changes its meaning."""

View = Literal["all", "public", "private"]

SAYS: dict[View, str] = {
    "all": "Accuracy on all test images",
    "public": "Accuracy on the public half of the test images",
    "private": "Accuracy on the private half of the test images",
}


@dataclass(frozen=True)
class Entry:
    """One line of the board.

    Attributes:
        name: as it is shown, a pseudonym or an id.
        rank: counted from 1; equal results share one, and the next is as if they did not.
        accuracy: the one that ranks.
        public: on the public half, where the private one ranks; ``moved``: places gained since the public board.
        points: of the attempt, with what persons settled, before lateness.
        front: nobody has at least this accuracy with at most these parameters and is better in one of the two.
        review: a criterion still waits for a person.
    """

    rank: int
    name: str
    accuracy: float
    parameters: int
    epochs: int | None
    points: float
    max: float
    profile: str
    front: bool
    review: bool = False
    mine: bool = False
    public: float | None = None
    moved: int | None = None

    @property
    def change(self) -> str:
        """``+2`` for two places up since the public board, ``=`` for none; empty where nothing was closed."""
        return "" if self.moved is None else "=" if self.moved == 0 else f"{self.moved:+,}"


@dataclass(frozen=True)
class Board:
    """The board of one assignment.

    Attributes:
        profile: of everyone on it; empty where nobody is.
        view: which accuracy ranks.
        notes: what a reader must know, such as who was left out and why.
        mine: where the student who was asked for is, in words; empty where none was.
        allowed: parameters that the assignment allows.
        latest: when the last of these results was finished, in UTC.
    """

    id: str
    title: str
    profile: str
    view: View
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()
    mine: str = ""
    allowed: int | None = None
    latest: str = ""

    def to_json(self) -> dict[str, Any]:
        """The documented form: dict, list, str, int, float, bool and None only."""
        plain = asdict(self)
        return {"schema": SCHEMA, **plain, "entries": list(plain["entries"]), "notes": list(self.notes)}


def board(
    id: str,  # noqa: A002 - as it is called everywhere
    grades: Sequence[Grade],
    names: Mapping[str, str],
    *,
    title: str = "",
    private: bool = False,
    profile: Profile | None = None,
    mine: str = "",
) -> Board:
    """The board of an assignment.

    Args:
        grades: everyone's; only the attempt that counts is looked at.
        names: how each student is called on the board.
        private: rank by the private half of the test images instead of the public one.
        profile: whom to rank; None for those graded at full, or at quick where there are none. Two profiles never
            stand on one board: they train on different images for different times.
        mine: a student whose line is marked.
        title: of the assignment; empty: as the reports say.
    """
    everyone = works(grades)
    trained = [one for one in everyone if one.accuracy is not None and one.parameters is not None]
    seen = {one.profile for one in trained if not _over(one)} or {one.profile for one in trained}
    here: str = profile or next((name for name in reversed(PROFILES) if name in seen), "")
    same = [one for one in trained if one.profile == here]
    ranked = [one for one in same if not _over(one)]
    view = _view(ranked, private)
    entries = _entries(ranked, names, view, mine)
    return Board(
        id=id,
        title=title or title_of(everyone),
        profile=here if entries else "",
        view=view,
        entries=entries,
        notes=tuple(_notes(everyone, trained, same, ranked, here)),
        mine=_mine(mine, everyone, entries, here) if mine else "",
        allowed=next((one.allowed for one in ranked if one.allowed is not None), None),
        latest=latest(ranked),
    )


def pareto(points: Sequence[tuple[float, float]]) -> tuple[bool, ...]:
    """Of each (cost, value), whether no other costs at most as much, is worth at least as much, and differs."""
    order = sorted(range(len(points)), key=lambda place: (points[place][0], -points[place][1]))
    found = [False] * len(points)
    best: tuple[float, float] | None = None
    for place in order:
        if best is None or points[place][1] > best[1] or points[place] == best:
            best = points[place]
            found[place] = True
    return tuple(found)


def _over(work: Work) -> bool:
    return work.allowed is not None and work.parameters is not None and work.parameters > work.allowed


def _view(ranked: Sequence[Work], private: bool) -> View:
    """Two halves only where everyone has them: a share of some images is not compared with a share of others."""
    if not ranked or any(one.public is None or one.private is None for one in ranked):
        return "all"
    return "private" if private else "public"


def _accuracy(work: Work, view: View) -> float:
    found = {"all": work.accuracy, "public": work.public, "private": work.private}[view]
    return found if found is not None else 0.0


def _ranks(ranked: Sequence[Work], view: View) -> dict[str, int]:
    """Ranks by student."""
    keys = {one.who: (-_accuracy(one, view), one.parameters or 0) for one in ranked}
    order = sorted(keys.values())
    first: dict[tuple[float, int], int] = {}
    for place, key in enumerate(order, 1):
        first.setdefault(key, place)
    return {who: first[key] for who, key in keys.items()}


def _entries(ranked: Sequence[Work], names: Mapping[str, str], view: View, mine: str) -> tuple[Entry, ...]:
    ranks = _ranks(ranked, view)
    before = _ranks(ranked, "public") if view == "private" else {}
    front = pareto([(one.parameters or 0, _accuracy(one, view)) for one in ranked])
    entries = [
        Entry(
            rank=ranks[one.who],
            name=names[one.who],
            accuracy=_accuracy(one, view),
            parameters=one.parameters or 0,
            epochs=one.epochs,
            points=one.grade.settled,
            max=one.grade.max,
            profile=one.profile,
            front=best,
            review=one.grade.status == "review",
            mine=one.who == mine,
            public=one.public if before else None,
            moved=before[one.who] - ranks[one.who] if before else None,
        )
        for one, best in zip(ranked, front, strict=True)
    ]
    # Among equals by the name that is shown: by the id, a pseudonym's place would tell something of it.
    return tuple(sorted(entries, key=lambda entry: (entry.rank, entry.name)))


def _notes(
    everyone: Sequence[Work], trained: Sequence[Work], same: Sequence[Work], ranked: Sequence[Work], here: str
) -> list[str]:
    notes = []
    if ranked and any(one.public is None or one.private is None for one in ranked):
        notes.append("There is no public and private half here: the reports hold one accuracy, on all test images.")
    if here == "quick" and ranked:
        notes.append("A rehearsal: quick trains on fewer images for fewer epochs, and the mark is given at full.")
    elsewhere = Counter(one.profile for one in trained if one.profile != here)
    for name, number in sorted(elsewhere.items()):
        notes.append(f"{_people(number)} left out, graded at {name}: {name} and {here} are not compared.")
    over = len(same) - len(ranked)
    if over:
        notes.append(f"{_people(over)} left out: more parameters than the assignment allows.")
    untrained = sum(one.grade.attempt is not None for one in everyone) - len(trained)
    if untrained:
        notes.append(f"{_people(untrained)} left out: nothing was trained.")
    for number, what in (
        (len({one.grader for one in ranked}), "versions of the grader; grading again makes them comparable"),
        (len({one.seed for one in ranked}), "seeds; accuracies differ a little by chance"),
        (len({one.processor for one in ranked}), "kinds of processor; accuracies differ a little between them"),
    ):
        if number > 1:
            notes.append(f"Measured with {count(number)} {what}.")
    return notes


def _people(number: int) -> str:
    return "1 student is" if number == 1 else f"{count(number)} students are"


def _mine(who: str, everyone: Sequence[Work], entries: Sequence[Entry], here: str) -> str:
    entry = next((one for one in entries if one.mine), None)
    if entry is not None:
        return f"rank {count(entry.rank)} of {count(len(entries))}, as {entry.name}"
    work = next((one for one in everyone if one.who == who), None)
    if work is None or work.grade.attempt is None:
        return "not on the board: nothing was handed in"
    if work.accuracy is None or work.parameters is None:
        return "not on the board: nothing was trained"
    if work.profile != here:
        return f"not on the board: graded at {work.profile}, this is the board of {here}"
    return "not on the board: more parameters than the assignment allows"
