"""From a question and the number of a draw to an item, in which every text is final.

Promises: the same question and number give the same item in every process and under every Python; each of the
`DRAWS` numbers can be built, checked and put to a learner, and no other; only ``{name}`` and ``{name:format}``
of drawn and computed names are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dlgrade.course._yaml import shown
from dlgrade.errors import CourseError
from dlgrade.expressions import ExpressionError, evaluate, names_in
from dlgrade.quiz._chance import chance
from dlgrade.quiz._nouns import Bank, Item, Option, Question, WrongNumber

DRAWS = 200
"""How many draws a question has; all of them are checked when the bank is built."""

_ATTEMPTS = 50  # draws that are drawn again before a question is given up
_NEAR = 1e-9  # share of the answer by which two computed numbers may differ and still be the same
_DEFAULT_TOLERANCE = 0.005
_FIELD = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)(?::([^{}\n]*))?\}")
_FORMAT = re.compile(r"[<>^]?[+ ]?0?\d{0,2}[,_]?(\.\d{1,2})?[bdeEfgGoxX%s]?\Z")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Drawn:
    """The values of one draw, and how many draws it took to get a usable one."""

    values: Mapping[str, Any]
    attempts: int


def where(bank: Bank, question: Question, *place: str | int) -> str:
    """``file:line`` of a part of a question."""
    spot: Place = place
    while spot and spot not in question.lines:
        spot = spot[:-1]
    return f"{shown(bank.file)}:{question.lines.get(spot, question.line)}"


def where_in_code(bank: Bank, question: Question, key: str, line: int | None) -> str:
    """``file:line`` of a line, counted from 1, of the code at `key`; of the key where no line is known."""
    place = where(bank, question, key)
    if line is None or "\n" not in question.written[key]:
        return place
    file, _, first = place.rpartition(":")
    return f"{file}:{int(first) + line}"  # the text of a block begins one line below its key


def varies(question: Question) -> bool:
    """Whether anything is drawn for the question."""
    return bool(question.written.get("vary"))


def draw(bank: Bank, question: Question, number: int = 0, *, figure: bool = True) -> Item:
    """The item of one draw.

    Args:
        number: from 0 to `DRAWS` - 1; of no effect where nothing is drawn.
        figure: False leaves the figure out, which takes most of the time.

    Raises:
        CourseError: no usable draw, an expression without a value, a figure that cannot be drawn.
    """
    drawn = draw_values(bank, question, number)
    return item_of(bank, question, number, drawn.values, figure=figure)


def draw_values(bank: Bank, question: Question, number: int) -> Drawn:
    """The values of one draw.

    Raises:
        CourseError: as `draw`.
    """
    vary = question.written.get("vary", {})
    for attempt in range(_ATTEMPTS if vary else 1):
        values = {
            name: _pick(span, chance(bank.id, question.key, number, attempt, name)) for name, span in vary.items()
        }
        complete = _completed(bank, question, values)
        if complete is not None and not _betrays(bank, question, complete):
            return Drawn(complete, attempt + 1)
    if not vary:
        what = f"'{question.key}': nothing is drawn, and a wrong number is the right one or 'require' does not hold"
        raise CourseError(where(bank, question), what, "Change the numbers.")
    what = f"'{question.key}': none of {_ATTEMPTS} draws is usable"
    raise CourseError(where(bank, question, "vary"), what, _USABLE)


_USABLE = "Usable is a draw in which 'require' holds and no wrong number is the right one."


def _pick(span: Any, number: int) -> Any:
    if isinstance(span, Mapping):
        return span["from"] + number % (span["to"] - span["from"] + 1)
    value = span[number % len(span)]
    return _listed(value)


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _completed(bank: Bank, question: Question, drawn: Mapping[str, Any]) -> dict[str, Any] | None:
    """Drawn and computed names; None where the question does not want this draw."""
    written = question.written
    values = dict(drawn)
    require = written.get("require", ())
    listed = (require,) if isinstance(require, str) else require
    waiting: list[tuple[Place, str]] = [
        (("require",) if listed is not require else ("require", i), condition) for i, condition in enumerate(listed)
    ]
    for name, expression in [*written.get("let", {}).items(), ("", "")]:
        # A condition is met as soon as its names are known: it may keep what follows from dividing by zero.
        for place, condition in list(waiting):
            if names_in(condition) <= set(values):
                waiting.remove((place, condition))
                if not _value(bank, question, place, condition, values):
                    return None
        if name:
            values[name] = _value(bank, question, ("let", name), expression, values)
    return values


def _value(bank: Bank, question: Question, place: Place, expression: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(expression, str):
        return expression
    try:
        return evaluate(expression, values)
    except ExpressionError as error:
        raise CourseError(where(bank, question, *place), f"{error.what}{told(values)}", error.mend) from None


def told(values: Mapping[str, Any]) -> str:
    """`` with n = 3, k = 5``; empty where nothing was drawn."""
    listed = ", ".join(f"{name} = {shown_value(value)}" for name, value in values.items())
    return f" with {listed}" if listed else ""


def _betrays(bank: Bank, question: Question, values: Mapping[str, Any]) -> bool:
    """Whether a wrong number is right in this draw."""
    if question.kind != "number":
        return False
    number, tolerance = _number(bank, question, values)
    return any(abs(wrong.value - number) <= tolerance for wrong in _wrong_numbers(bank, question, values))


def _number(bank: Bank, question: Question, values: Mapping[str, Any]) -> tuple[float, float]:
    """The answer, and how far from it an answer still counts."""
    number = _real(bank, question, ("number",), question.written["number"], values)
    given = question.written.get("tolerance")
    if given is not None:
        tolerance = _real(bank, question, ("tolerance",), given, values)
        if tolerance < 0:
            raise CourseError(where(bank, question, "tolerance"), f"the tolerance is {tolerance:g}{told(values)}")
    else:
        tolerance = 0.0 if float(number).is_integer() else abs(number) * _DEFAULT_TOLERANCE
    return number, max(tolerance, abs(number) * _NEAR)


def _wrong_numbers(bank: Bank, question: Question, values: Mapping[str, Any]) -> Iterator[WrongNumber]:
    for expression, misconception in question.written.get("wrong_numbers", {}).items():
        value = _real(bank, question, ("wrong_numbers", expression), expression, values)
        yield WrongNumber(value, misconception)


def _real(bank: Bank, question: Question, place: Place, expression: Any, values: Mapping[str, Any]) -> float:
    value = _value(bank, question, place, expression, values)
    if isinstance(value, bool) or not isinstance(value, int | float):
        what = f"'{expression}' is {shown_value(value)}, wanted a number"
        raise CourseError(where(bank, question, *place), what + told(values))
    return value


def shown_value(value: Any) -> str:
    """A value as text: as it was written where it was drawn, rounded to ten digits where it was computed."""
    if isinstance(value, bool) or not isinstance(value, float | list):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(repr(item) if isinstance(item, str) else shown_value(item) for item in value)}]"
    return repr(value) if len(repr(value)) <= 12 else repr(float(f"{value:.10g}"))


class Filler:
    """Puts the values of one draw into the texts of one question."""

    def __init__(self, bank: Bank, question: Question, values: Mapping[str, Any]) -> None:
        self.bank, self.question, self.values = bank, question, values

    def text(self, *place: str | int, default: str = "") -> str:
        """The text at `place`."""
        value: Any = self.question.written
        for step in place:
            if isinstance(value, Mapping) and step not in value:
                return default
            value = value[step]
        return self.fill(value, *place)

    def fill(self, text: str, *place: str | int) -> str:
        """Some text of the question, with values for names."""

        def value(hit: re.Match[str]) -> str:
            name, form = hit.group(1), hit.group(2)
            if name not in self.values:
                return hit.group()
            if not form:
                return shown_value(self.values[name])
            try:
                if not _FORMAT.match(form):
                    raise ValueError
                return format(self.values[name], form)
            except (ValueError, TypeError):
                what = f"{shown_value(self.values[name])} cannot be written as {hit.group()}"
                raise CourseError(where(self.bank, self.question, *place), what, "Write it as {x:.2f}.") from None

        return _FIELD.sub(value, text)

    def texts(self, *place: str | int) -> tuple[str, ...]:
        """The texts of the list at `place`."""
        value: Any = self.question.written
        for step in place:
            value = value.get(step, ()) if isinstance(value, Mapping) else value[step]
        return tuple(self.fill(text, *place, i) for i, text in enumerate(value))

    def wrong(self, *place: str | int, code: bool = False) -> tuple[Option, ...]:
        """The wrong options listed at `place`."""
        value: Any = self.question.written
        for step in place:
            value = value.get(step, ())
        return tuple(
            Option(
                text=as_code(self.fill(option["text"], *place, i, "text")) if code
                else self.fill(option["text"], *place, i, "text").strip(),
                misconception=option.get("misconception", ""),
                because=self.fill(option.get("because", ""), *place, i, "because").strip(),
            )
            for i, option in enumerate(value)
        )  # fmt: skip


def item_of(bank: Bank, question: Question, number: int, values: Mapping[str, Any], *, figure: bool) -> Item:
    """The item with these values.

    Raises:
        CourseError: as `draw`.
    """
    filler = Filler(bank, question, values)
    written = question.written
    return Item(
        id=f"{bank.id}/{question.key}" + (f"/{number}" if varies(question) else ""),
        kind=question.kind,
        objective=question.objective,
        ask=filler.text("ask").strip(),
        because=filler.text("because").strip(),
        difficulty=written.get("difficulty", 2),
        cards=tuple(written.get("cards", ())),
        values=dict(values),
        figure=_figure(filler) if figure and written.get("figure") else "",
        alt=filler.text("alt").strip(),
        **_parts(filler),
    )


def _figure(filler: Filler) -> str:
    from dlgrade import figures

    try:
        return figures.draw(filler.text("figure"), filler.text("alt").strip(), dict(filler.values))
    except figures.FigureError as error:
        place = where_in_code(filler.bank, filler.question, "figure", error.line)
        raise CourseError(place, error.what + told(filler.values), error.mend) from None


def _parts(filler: Filler) -> dict[str, Any]:
    """What only items of this kind have."""
    written = filler.question.written
    match filler.question.kind:
        case "one":
            return {"options": (_right(filler.text("right")), *filler.wrong("wrong"))}
        case "several":
            return {"options": (*map(_right, filler.texts("right")), *filler.wrong("wrong"))}
        case "two_tier":
            return {
                "options": (_right(filler.text("right")), *filler.wrong("wrong")),
                "reason_ask": filler.text("why", "ask", default="Why?").strip(),
                "reasons": (_right(filler.text("why", "right")), *filler.wrong("why", "wrong")),
            }
        case "number":
            return _number_parts(filler)
        case "order":
            return {"order": tuple(text.strip() for text in filler.texts("order"))}
        case "match":
            pairs = [
                (filler.fill(left, "match", left).strip(), filler.text("match", left).strip())
                for left in written["match"]
            ]
            return {"pairs": tuple(pairs), "distractors": tuple(text.strip() for text in filler.texts("distractors"))}
        case "claim":
            right, wrong = ("True", "False") if written["claim"] else ("False", "True")
            return {"options": (_right(right), Option(wrong, misconception=written.get("misconception", "")))}
        case "output":
            return _output_parts(filler)
        case "spot":
            return _spot_parts(filler)
        case "free":
            return {
                "ideas": tuple(text.strip() for text in filler.texts("free")),
                "compare": written.get("compare", ""),
            }


def _right(text: str) -> Option:
    return Option(text.strip(), right=True)


def _number_parts(filler: Filler) -> dict[str, Any]:
    number, tolerance = _number(filler.bank, filler.question, filler.values)
    wrong: dict[float, WrongNumber] = {}
    for one in _wrong_numbers(filler.bank, filler.question, filler.values):
        wrong.setdefault(one.value, one)  # of two beliefs that give one number, the first is named
    unit = filler.text("unit").strip()
    return {"number": number, "tolerance": tolerance, "unit": unit, "wrong_numbers": tuple(wrong.values())}


def _output_parts(filler: Filler) -> dict[str, Any]:
    printed = filler.text("prints").rstrip("\n")
    wrong = filler.wrong("wrong", code=True)
    options = (Option(as_code(printed), right=True), *wrong) if wrong else ()
    return {"code": filler.text("runs").rstrip("\n"), "printed": printed, "options": options}


def _spot_parts(filler: Filler) -> dict[str, Any]:
    written = filler.question.written
    code = filler.text("spot").rstrip("\n")
    blame = {int(number): tag for number, tag in written.get("blame", {}).items()}
    options = [
        Option(line, right=number == written["line"], misconception=blame.get(number, ""))
        for number, line in enumerate(code.split("\n"), 1)
    ]
    return {"code": code, "options": tuple(options), "mend": mended_line(code, written["line"], filler.text("mend"))}


def mended_line(code: str, line: int, mend: str) -> str:
    """What belongs in the line, indented as the faulty one unless it brings an indentation of its own."""
    mend = mend.rstrip()
    if mend[:1].isspace() or not mend:
        return mend
    faulty = code.split("\n")[line - 1]
    indentation = faulty[: len(faulty) - len(faulty.lstrip())]
    return "\n".join(indentation + part for part in mend.split("\n"))


def as_code(text: str) -> str:
    """The text as code in markup, whatever is in it: what a program prints is no markup."""
    text = text.rstrip("\n")
    if not text.strip():
        return "*nothing*"
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    if "\n" in text:
        fence = "`" * max(3, longest + 1)
        return f"{fence}\n{text}\n{fence}"
    ticks = "`" * (longest + 1)
    return f"{ticks} {text} {ticks}" if text[0] in "` " or text[-1] in "` " else f"{ticks}{text}{ticks}"
