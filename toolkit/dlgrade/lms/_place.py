"""What is written into a student's cell of somebody else's gradebook, or why nothing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dlgrade.gradebook import Grade
from dlgrade.lms._nouns import Left, Rules, Wanted
from dlgrade.lms._sheet import Sheet
from dlgrade.lms._text import counted, number, read_number
from dlgrade.lms._told import rehearsal


@dataclass(frozen=True)
class Scale:
    """From our points to theirs.

    Attributes:
        most: what the assignment is worth there; None where the table does not say, then points go as they are.
        places: decimals that the other side keeps.
        comma: whether numbers there have a decimal comma.
    """

    most: float | None
    places: int
    comma: bool

    def points(self, grade: Grade, points: float) -> float:
        """The points as the other side counts them."""
        if not self.most or not grade.max or self.most == grade.max:
            return points
        return points * self.most / grade.max

    def text(self, points: float) -> str:
        """A number as the other side writes it."""
        return number(points, self.places, comma=self.comma)

    def note(self, grades: Sequence[Grade]) -> tuple[str, ...]:
        """That points were scaled, where they were."""
        ours = sorted({grade.max for grade in grades})
        if self.most is None:
            return ("the table does not say what the assignment is worth there, so points were not scaled",)
        if not self.most:
            return ("the assignment is worth 0 points there, so points were not scaled",)
        scaled = [number(most) for most in ours if most and most != self.most]
        return (f"scaled: {' or '.join(scaled)} points here are {number(self.most)} there",) if scaled else ()


def points_of(grade: Grade, rules: Rules) -> float | str:
    """The points that go out, or why the grade does not."""
    if grade.override is not None:
        return grade.score
    if grade.status == "missing":
        return 0.0 if rules.zero_missing else "handed in nothing"
    if grade.status == "review" and not rules.undecided:
        return "waits for a person to decide"
    return grade.score


def has_comma(sheet: Sheet, columns: Sequence[int]) -> bool:
    """Whether the numbers of these columns have a decimal comma."""
    texts = [sheet.text(row, column).strip() for row in range(1, len(sheet.rows)) for column in columns]
    numbers = [text for text in texts if read_number(text) is not None]
    return any("," in text for text in numbers) and not any("." in text for text in numbers)


@dataclass
class Filling:
    """One column as it is being filled."""

    sheet: Sheet
    column: int
    scale: Scale
    written: int = 0
    changed: int = 0

    def put(self, row: int, grade: Grade, points: float) -> str:
        """Write a grade and return an empty text, or why it cannot be written."""
        if not self.sheet.has(row, self.column):
            return f"their row of {self.sheet.name} is cut short"
        before = self.sheet.text(row, self.column).strip()
        new = self.scale.text(self.scale.points(grade, points))
        self.written += 1
        if read_number(before) is not None and read_number(before) == read_number(new):
            return ""  # 40.0 stays 40.0
        self.changed += bool(before)
        self.sheet.put(row, self.column, new)
        return ""


def notes_on(grades: Sequence[Grade], filling: Filling) -> tuple[str, ...]:
    """What must be known of a column that was filled."""
    notes = list(filling.scale.note(grades))
    if filling.changed:
        notes.append(f"{counted(filling.changed, 'cell')} had another grade before")
    return (*notes, *rehearsal_note(grades))


def rehearsal_note(grades: Sequence[Grade]) -> tuple[str, ...]:
    """That some were not measured at ``full``, where that is so."""
    rehearsed = sum(map(rehearsal, grades))
    many = "1 grade comes" if rehearsed == 1 else f"{rehearsed} grades come"
    return (f"{many} from a rehearsal; only --profile full gives the mark",) if rehearsed else ()


def left_of(wanted: Wanted, assignment: str, reasons: Mapping[str, str]) -> tuple[Left, ...]:
    """The grades of an assignment that were not written, in the order of the grades."""
    return tuple(
        Left(grade.who, assignment, reasons[grade.who])
        for grade in wanted.grades
        if grade.id == assignment and grade.who in reasons
    )
