"""Read banks from their YAML files.

Promises: what is returned has exactly the documented keys with values of the right type, expressions that can
be read and names that are known in them; whatever is wrong is a `CourseError` with file, line and the mend.
Does not draw, run or measure anything: that is the work of `build`.
"""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dlgrade.course import MISCONCEPTIONS, Located, read_yaml, validated
from dlgrade.errors import CourseError
from dlgrade.expressions import CONSTANTS, FUNCTIONS, ExpressionError, names_in
from dlgrade.quiz._nouns import Bank, Kind, Question
from dlgrade.quiz._written import DECIDING, TEXTS, BankText

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_ID_MEND = "Use small letters, digits and single hyphens."
_WIDEST_SPAN = 100_000
_LONGEST_PROGRAM = 15  # lines of a program in which one is to be found
_KINDS: dict[str, Kind] = {
    "number": "number",
    "order": "order",
    "match": "match",
    "claim": "claim",
    "runs": "output",
    "spot": "spot",
    "free": "free",
}
Place = tuple[str | int, ...]


def load_bank(path: Path) -> Bank:
    """Read one bank.

    Raises:
        CourseError: the first thing that is wrong with it.
    """
    bank, faults = read_bank(path)
    if bank is None or faults:
        raise faults[0]
    return bank


def load_banks(folder: Path) -> tuple[Bank, ...]:
    """Read all banks of a folder, by their ids.

    Raises:
        CourseError: the first thing that is wrong with one of them.
    """
    return tuple(load_bank(path) for path in bank_files(folder))


def bank_files(folder: Path) -> tuple[Path, ...]:
    """The files of the banks in `folder`, by name; numbers in names count as numbers (quiz2 before quiz10)."""
    files = [path for path in folder.glob("*.yaml") if path.stem != MISCONCEPTIONS]
    return tuple(sorted(files, key=lambda path: _natural(path.stem)))


def _natural(name: str) -> list[tuple[bool, int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def read_bank(path: Path) -> tuple[Bank | None, list[CourseError]]:
    """The bank with those of its questions that are right, and everything that is wrong, from the top down."""
    try:
        located = read_yaml(path)
        text = validated(BankText, located)
    except CourseError as error:
        return None, [error]
    faults = list(_bank_faults(path, text, located))
    questions: list[Question] = []
    for key in text.questions:
        try:
            question = _question(key, located)
            wrong = [*_any_faults(question, text, located), *_kind_faults(question, located)]
            faults += wrong
            if not wrong:
                questions.append(question)
        except CourseError as error:
            faults.append(error)
    bank = Bank(path.stem, text.title, path, text.objectives, tuple(questions), text.lesson, text.draw)
    return bank, faults


def _bank_faults(path: Path, text: BankText, located: Located) -> Iterator[CourseError]:
    if not _ID.match(path.stem):
        yield CourseError(located.where(), f"'{path.stem}' cannot be the id of a bank", _ID_MEND)
    for name, part in (("objectives", text.objectives), ("questions", text.questions)):
        if not part:
            yield CourseError(located.where((name,)), f"there are no {name}", "Write at least one.")
    for key in text.objectives:
        if not _ID.match(key):
            yield CourseError(located.where(("objectives", key)), f"'{key}' cannot be an objective's id", _ID_MEND)
        yield from _empty(located, ("objectives", key))
    if not text.title.strip():
        yield CourseError(located.where(("title",)), "'title' is empty", "Write what the quiz is about.")
    if text.draw is not None and not 1 <= text.draw <= len(text.questions):
        what = f"'draw' is {text.draw}, and the bank has {len(text.questions)} questions"
        yield CourseError(located.where(("draw",)), what, "Draw from 1 to all of them.")


def _question(key: str, located: Located) -> Question:
    place: Place = ("questions", key)
    written = located.data["questions"][key]
    if not isinstance(written, dict):
        raise CourseError(located.where(place), f"'{key}' must be a mapping of keys to values")
    if not _ID.match(key):
        raise CourseError(located.where(place), f"'{key}' cannot be the id of a question", _ID_MEND)
    kind = _kind(key, written, located)
    validated(TEXTS[kind], located, place)
    lines = {spot[2:]: line for spot, line in located.lines.items() if spot[:2] == place}
    return Question(key, kind, written["objective"], located.line(place), written, lines)


def _kind(key: str, written: Mapping[str, Any], located: Located) -> Kind:
    place: Place = ("questions", key)
    deciding = [name for name in DECIDING if name in written]
    if not deciding:
        near = [hit for name in written for hit in difflib.get_close_matches(name, DECIDING, n=1)]
        mend = f"Did you mean '{near[0]}'?" if near else f"Write one of: {', '.join(DECIDING)}."
        raise CourseError(located.where(place), f"'{key}' has no answer", mend)
    if len(deciding) > 1:
        what = f"'{key}' has both '{deciding[0]}' and '{deciding[1]}': two kinds in one question"
        raise CourseError(located.where((*place, deciding[1])), what, "Make two questions of it.")
    if deciding[0] != "right":
        return _KINDS[deciding[0]]
    if isinstance(written["right"], tuple):
        return "several"
    return "two_tier" if "why" in written else "one"


def _any_faults(question: Question, text: BankText, located: Located) -> Iterator[CourseError]:
    """What may be wrong in a question of any kind."""
    place: Place = ("questions", question.key)
    written = question.written
    if question.objective not in text.objectives:
        near = difflib.get_close_matches(question.objective, text.objectives, n=1)
        mend = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(text.objectives)}."
        what = f"the bank has no objective '{question.objective}'"
        yield CourseError(located.where((*place, "objective")), what, mend)
    if bool(written.get("figure")) != bool(written.get("alt")):
        there, missing = ("figure", "alt") if written.get("figure") else ("alt", "figure")
        mend = "Say in words what the figure shows." if missing == "alt" else "Draw it, or leave 'alt' out."
        yield CourseError(located.where((*place, there)), f"'{there}' stands without '{missing}'", mend)
    yield from _empty(located, place)
    yield from _name_faults(question, located)
    yield from _expression_faults(question, located)


def _empty(located: Located, place: Place) -> Iterator[CourseError]:
    """Every text below `place` that says nothing."""
    value = located.data
    for step in place:
        value = value[step]
    if isinstance(value, str):
        # What is printed, deleted or not given may well be nothing.
        if not value.strip() and place[-1] not in {"prints", "mend", "unit"}:
            yield CourseError(located.where(place), f"'{_last_key(place)}' is empty", "Write it, or leave it out.")
    elif isinstance(value, dict | tuple):
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from _empty(located, (*place, step))


def _last_key(place: Place) -> str:
    return next(str(step) for step in reversed(place) if isinstance(step, str))


def known_names(question: Question) -> frozenset[str]:
    """All names that are drawn or computed for a question."""
    return frozenset({*question.written.get("vary", {}), *question.written.get("let", {})})


def _name_faults(question: Question, located: Located) -> Iterator[CourseError]:
    place: Place = ("questions", question.key)
    vary, let = question.written.get("vary", {}), question.written.get("let", {})
    for key, names in (("vary", vary), ("let", let)):
        for name in names:
            spot = (*place, key, name)
            if not _NAME.match(name) or keyword.iskeyword(name):
                yield CourseError(located.where(spot), f"'{name}' cannot be a name", "Use letters, digits and _.")
            elif name in FUNCTIONS or name in CONSTANTS:
                yield CourseError(located.where(spot), f"'{name}' is what expressions call their own", "Rename it.")
    for name in set(vary) & set(let):
        yield CourseError(located.where((*place, "let", name)), f"'{name}' is drawn already", "Rename one of the two.")
    for name, values in vary.items():
        what, mend = _span_fault(values)
        if what:
            yield CourseError(located.where((*place, "vary", name)), f"'{name}' {what}", mend)


def _span_fault(values: Any) -> tuple[str, str]:
    """What is wrong with the values of a drawn name, and the mend; both empty where nothing is."""
    mend = "Write a list of values, or {from: 1, to: 9}."
    if isinstance(values, dict):
        if set(values) != {"from", "to"}:
            return "needs 'from' and 'to' and nothing else", mend
        low, high = values["from"], values["to"]
        if any(isinstance(end, bool) or not isinstance(end, int) for end in (low, high)):
            return "runs from and to whole numbers", mend
        if high <= low:
            return f"runs from {low} to {high}", "The first number must be the smaller one."
        return ("has too many values", "Draw fewer.") if high - low > _WIDEST_SPAN else ("", "")
    if not isinstance(values, tuple):
        return "is not a list of values", mend
    if len(values) < 2:
        return f"has {'one value' if values else 'no values'} to draw from", "Write two or more."
    if not all(_drawable(value) for value in values):
        return "has a value that is no number, text or list of them", "Put words such as yes and no in quotes."
    if len({repr(value) for value in values}) < len(values):
        return "has one value twice", "Keep one of the two."
    return "", ""


def _drawable(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(_drawable(item) for item in value)
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _expression_faults(question: Question, located: Located) -> Iterator[CourseError]:
    """Expressions that cannot be read, and names in them that nothing draws or computes."""
    written = question.written
    vary = set(written.get("vary", {}))
    computed: set[str] = set()
    for name, expression in written.get("let", {}).items():
        yield from _one_expression(question, located, ("let", name), expression, vary | computed)
        computed.add(name)
    known = vary | computed
    require = written.get("require", ())
    for i, expression in enumerate((require,) if isinstance(require, str) else require):
        place: Place = ("require",) if isinstance(require, str) else ("require", i)
        yield from _one_expression(question, located, place, expression, known)
    for key in ("number", "tolerance"):
        if key in written and question.kind == "number":
            yield from _one_expression(question, located, (key,), written[key], known)
    for expression in written.get("wrong_numbers", {}):
        yield from _one_expression(question, located, ("wrong_numbers", expression), expression, known)


def _one_expression(
    question: Question, located: Located, place: Place, expression: Any, known: set[str]
) -> Iterator[CourseError]:
    where = located.where(("questions", question.key, *place))
    if not isinstance(expression, str):
        return
    try:
        unknown = sorted(names_in(expression) - known)
    except ExpressionError as error:
        yield CourseError(where, error.what, error.mend)
        return
    if unknown:
        near = difflib.get_close_matches(unknown[0], known, n=1)
        known_here = f"Drawn and computed here: {', '.join(sorted(known))}." if known else "Draw it with 'vary'."
        mend = f"Did you mean '{near[0]}'?" if near else known_here
        yield CourseError(where, f"'{expression}': there is no name '{unknown[0]}'", mend)


def _kind_faults(question: Question, located: Located) -> Iterator[CourseError]:
    """What may be wrong in a question of one kind."""
    written = question.written
    place: Place = ("questions", question.key)
    match question.kind:
        case "one" | "two_tier" | "output" if "wrong" in written:
            yield from _wrong_faults(written["wrong"], located, (*place, "wrong"), least=2)
        case "several":
            yield from _few(written["right"], located, (*place, "right"), 1, "right options")
            yield from _wrong_faults(written["wrong"], located, (*place, "wrong"), least=1)
        case "order":
            yield from _few(written["order"], located, (*place, "order"), 3, "items")
        case "match":
            yield from _few(written["match"], located, (*place, "match"), 2, "pairs")
        case "spot":
            yield from _spot_faults(written, located, place)
        case "free":
            yield from _few(written["free"], located, (*place, "free"), 1, "ideas")
    if question.kind == "two_tier":
        yield from _wrong_faults(written["why"]["wrong"], located, (*place, "why", "wrong"), least=2)


_MOST_WRONG = 5
_MOST_ITEMS = 12  # letters and eyes have an end


def _few(items: Any, located: Located, place: Place, least: int, noun: str) -> Iterator[CourseError]:
    if not least <= len(items) <= _MOST_ITEMS:
        yield CourseError(located.where(place), f"{len(items)} {noun}, wanted {least} to {_MOST_ITEMS}")


def _wrong_faults(
    wrong: tuple[Mapping[str, Any], ...], located: Located, place: Place, least: int
) -> Iterator[CourseError]:
    if not least <= len(wrong) <= _MOST_WRONG:
        words = {1: "one", 2: "two"}
        yield CourseError(located.where(place), f"{len(wrong)} wrong options, wanted {words[least]} to five")
    for i, option in enumerate(wrong):
        if not option.get("misconception") and not option.get("because"):
            what = f"the wrong option '{option['text'].strip()}' says nothing to who takes it"
            yield CourseError(located.where((*place, i)), what, "Name its misconception or write a because.")


def _spot_faults(written: Mapping[str, Any], located: Located, place: Place) -> Iterator[CourseError]:
    lines = written["spot"].rstrip("\n").split("\n")
    if len(lines) >= _LONGEST_PROGRAM:
        what = f"{len(lines)} lines to look through, wanted fewer than {_LONGEST_PROGRAM}"
        yield CourseError(located.where((*place, "spot")), what, "Cut the program down to its point.")
    if not 1 <= written["line"] <= len(lines) or not lines[written["line"] - 1].strip():
        what = f"the program has no line {written['line']} to be faulty"
        yield CourseError(located.where((*place, "line")), what, f"Lines run from 1 to {len(lines)}; a blank is none.")
    elif lines[written["line"] - 1].strip() == written["mend"].strip():
        yield CourseError(located.where((*place, "mend")), "the mended line is the faulty one")
    for number in written.get("blame", {}):
        spot = (*place, "blame", number)
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(lines):
            yield CourseError(located.where(spot), f"the program has no line {number}", f"It has {len(lines)}.")
        elif int(number) == written["line"]:
            yield CourseError(located.where(spot), f"line {number} is the faulty one: nobody is to blame for taking it")
