"""From items of ten kinds to the forms that platforms know.

Promises: every item gets a form in which a right answer earns full marks and a wrong one does not, whatever its kind.
Two tiers become a choice among all pairs of answer and reason, so that the answer without its reason earns nothing; a
faulty line is chosen among the lines of the program. The order in which choices are shown depends on the id of the
item and the seed alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product

from dlgrade.course import Misconception
from dlgrade.exports._nouns import Choice, Put, WrongAnswer
from dlgrade.neutral import visible
from dlgrade.quiz import Item, Option, right_answer, right_sides, shuffled
from dlgrade.quiz._draw import as_code

_NEAR_WRONG = 0.005  # share by which a typed number may miss one that betrays a belief, as when dlgrade marks
_TOKENS = re.compile(r"\w+|[^\w\s]")
_TICKS = re.compile(r"`{3,}")
NOT_TYPED = "the program prints nothing, or nothing that a keyboard has"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def put(item: Item, known: Mapping[str, Misconception], seed: int) -> Put:
    """The item in its form.

    Args:
        known: misconceptions by their tags.
    """
    right, because = right_answer(item), item.because
    match item.kind:
        case "one" | "several":
            form = "choices" if item.kind == "several" else "choice"
            return Put(item, form, item.ask, _choices(item, known, seed), right=right, because=because)  # type: ignore[arg-type]
        case "claim":
            choices = sorted(_choices(item, known, seed), key=lambda choice: choice.text != "True")
            return Put(item, "claim", item.ask, tuple(choices), fixed=True, right=right, because=because)
        case "two_tier":
            return _two_tier(item, known, seed)
        case "output":
            return _output(item, known, seed)
        case "spot":
            stem = f"{item.ask}\n\n{fenced(item.code)}"
            lines = tuple(
                _line(number, line, known) for number, line in enumerate(item.options, 1) if line.text.strip()
            )
            return Put(item, "choice", stem, lines, fixed=True, right=right, because=because)
        case "number":
            return Put(item, "number", _with_unit(item), wrong=_wrong(item, known), right=right, because=because)
        case "order":
            shown = tuple(shuffled(range(len(item.order)), "export", item.id, seed))
            return Put(
                item, "order", item.ask, order=item.order, shown_order=shown, right=right, because=because
            )  # fmt: skip
        case "match":
            sides = tuple(shuffled(right_sides(item), "export", item.id, seed))
            return Put(item, "match", item.ask, pairs=item.pairs, sides=sides, right=right, because=because)
        case "free":
            return Put(item, "essay", item.ask, ideas=item.ideas)


def fenced(code: str) -> str:
    """A program as a block of markup that nothing in it can end."""
    ticks = "`" * max([3, *(len(run) + 1 for run in _TICKS.findall(code))])
    return f"{ticks}python\n{code}\n{ticks}"


def listed(texts: Sequence[str], marks: Sequence[str]) -> str:
    """Texts below each other in markup, each behind its mark."""
    return "\n".join(f"- **{mark}** {_below(text)}" for mark, text in zip(marks, texts, strict=True))


def _below(text: str) -> str:
    # A text that begins with a block of code needs lines of its own below the mark.
    lines = text.replace("\n", "\n  ")
    return f"\n\n  {lines}" if text.startswith(("```", "~~~")) else lines


def _choices(item: Item, known: Mapping[str, Misconception], seed: int) -> tuple[Choice, ...]:
    mixed = shuffled(item.options, "export", item.id, seed)
    return tuple(Choice(option.text, option.right, _told(option, known)) for option in mixed)


def _told(option: Option, known: Mapping[str, Misconception]) -> tuple[str, ...]:
    belief = known.get(option.misconception)
    return tuple(text for text in (option.because, belief.feedback if belief else "") if text)


def _line(number: int, option: Option, known: Mapping[str, Misconception]) -> Choice:
    return Choice(f"Line {number}: {as_code(option.text.strip())}", option.right, _told(option, known), str(number))


def _two_tier(item: Item, known: Mapping[str, Misconception], seed: int) -> Put:
    answers = shuffled(item.options, "export", item.id, seed)
    reasons = shuffled(item.reasons, "export", item.id, seed, "reasons")
    stem = "\n\n".join(
        [
            item.ask,
            listed([answer.text for answer in answers], [f"{LETTERS[i]}." for i in range(len(answers))]),
            item.reason_ask,
            listed([reason.text for reason in reasons], [f"{i}." for i in range(1, len(reasons) + 1)]),
            "Choose the answer together with its reason.",
        ]
    )
    choices: list[Choice] = []
    right = ""
    for (i, answer), (j, reason) in product(enumerate(answers), enumerate(reasons, 1)):
        text = f"{LETTERS[i]}, because of {j}"
        told = (*_told(answer, known), *_told(reason, known))
        if answer.right and not reason.right:
            told = ("The answer is right, the reason is not: it counts only with its reason.", *told)
        choices.append(Choice(text, answer.right and reason.right, tuple(dict.fromkeys(told)), f"{LETTERS[i]}{j}"))
        right = text if answer.right and reason.right else right
    shown = f"{right}\n\n{right_answer(item)}"
    return Put(item, "choice", stem, tuple(choices), fixed=True, right=shown, because=item.because)


def _output(item: Item, known: Mapping[str, Misconception], seed: int) -> Put:
    stem, right = f"{item.ask}\n\n{fenced(item.code)}", right_answer(item)
    if item.options:
        return Put(item, "choice", stem, _choices(item, known, seed), right=right, because=item.because)
    if len(item.printed.strip().split("\n")) > 1:
        stem += "\n\nType it in one line, with a space for each new line."
    return Put(item, "typed", stem, answers=_spellings(item.printed), right=right, because=item.because)


def _spellings(printed: str) -> tuple[str, ...]:
    """In one line as printed, and with as few and as many spaces as change nothing; none where it cannot be typed."""
    if visible(" ".join(printed.split())) != " ".join(printed.split()):
        return ()
    tokens = _TOKENS.findall(printed)
    close = ""
    for token in tokens:
        between = close and close[-1].isalnum() and token[0].isalnum()
        close += f" {token}" if between or (close[-1:] == "_" and token[0].isalnum()) else token
    spellings = (" ".join(printed.split()), close, re.sub(r",(?=\S)", ", ", close))
    same = [text for text in spellings if text and _TOKENS.findall(text) == tokens]
    return tuple(dict.fromkeys(same))


def _with_unit(item: Item) -> str:
    return f"{item.ask}\n\nAnswer with the number alone, in {item.unit}." if item.unit else item.ask


def _wrong(item: Item, known: Mapping[str, Misconception]) -> tuple[WrongAnswer, ...]:
    found = []
    for wrong in item.wrong_numbers:
        slack = 0.0 if float(wrong.value).is_integer() else _NEAR_WRONG * abs(wrong.value)
        told = _told(Option("", misconception=wrong.misconception), known)
        found.append(WrongAnswer(wrong.value, max(item.tolerance, slack), told))
    return tuple(found)
