"""What an answer is worth, and what is said to who gave it.

An answer is plain data, so that it can be kept and sent. Places count from 0 and lead into the item as it is, before
anyone shuffled what is shown:

    one, claim, output with options, spot    the place of the option (spot: of the line)
    several                                  the places of the options
    two_tier                                 the place of the answer and the place of the reason
    number                                   a number, or the text that was typed
    output without options                   the text that was typed
    order                                    the places of the items, in the order that was given
    match                                    for each left side the place in `right_sides`, or None
    free                                     {"text": what was written, "ticked": the places of the ideas}

None is "I do not know": no points, no reproach, and all cards that the question leads to.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dlgrade.course import Misconception
from dlgrade.errors import UsageError
from dlgrade.quiz._draw import as_code
from dlgrade.quiz._nouns import Item, Mark, Option
from dlgrade.quiz._numbers import number_text, typed_number

_NEAR = 1e-9  # share of a number by which two computations of it may differ
_NEAR_WRONG = 0.005  # share by which a typed number may miss one that betrays a belief
_WORDS = re.compile(r"\w+|[^\w\s]")


class NotAnAnswer(UsageError):  # noqa: N818 - reads better where it is caught
    """What was given is no answer to this question; it is asked again, not marked."""


def score(item: Item, answer: Any, misconceptions: Mapping[str, Misconception] | None = None) -> Mark:
    """Mark one answer.

    Args:
        answer: as the module says.
        misconceptions: by their tags; without them a mark names tags, and has neither their feedback nor their cards.

    Raises:
        NotAnAnswer: a number that is none, a place that the item does not have, the wrong kind of data.
    """
    known = {} if misconceptions is None else misconceptions
    if item.kind == "free":
        return _free(item, answer)
    if answer is None:
        return Mark(0.0, 1.0, right_answer(item), cards=_cards(item, _all_tags(item), known))
    try:
        points, feedback, taken = _MARKED[item.kind](item, answer)
    except (TypeError, IndexError, KeyError, ValueError):
        raise NotAnAnswer(f"this is no answer to a question of the kind {item.kind}") from None
    tags = tuple(dict.fromkeys(option.misconception for option in taken if option.misconception))
    for option in taken:
        belief = known.get(option.misconception)
        feedback += [f"Not right: {option.text}"] if item.kind == "several" else []
        feedback += [text for text in (option.because, belief.feedback if belief else "") if text]
    return Mark(
        points=points,
        out_of=1.0,
        right=right_answer(item),
        feedback=tuple(dict.fromkeys(feedback)),
        misconceptions=tags,
        cards=_cards(item, tags, known) if points < 1 else (),
    )


_Marked = tuple[float, list[str], list[Option]]
"""Points, what is said of the answer as a whole, and the wrong options that were taken."""


def _chosen(options: Sequence[Option], place: Any) -> Option:
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(options):
        raise ValueError
    return options[place]


def _one(item: Item, answer: Any) -> _Marked:
    option = _chosen(item.options, answer)
    return (1.0, [], []) if option.right else (0.0, [], [option])


def _several(item: Item, answer: Any) -> _Marked:
    places = _places(answer, len(item.options))
    chosen = [_chosen(item.options, place) for place in places]
    right = sum(option.right for option in item.options)
    hits, false = sum(option.right for option in chosen), [option for option in chosen if not option.right]
    missed = right - hits
    said = [f"{_counted(missed, 'right option')} not chosen."] if missed else []
    return max(0.0, (hits - len(false)) / right), said, false


def _places(answer: Any, most: int) -> list[int]:
    """Different places, each within reach."""
    if isinstance(answer, str | Mapping) or len(set(answer)) != len(answer):
        raise ValueError
    if any(isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < most for place in answer):
        raise ValueError
    return list(answer)


def _two_tier(item: Item, answer: Any) -> _Marked:
    first, second = answer
    taken = [_chosen(item.options, first), _chosen(item.reasons, second)]
    false = [option for option in taken if not option.right]
    said = (
        ["The answer is right, the reason is not: it counts only with its reason."] if taken[0].right and false else []
    )
    return float(not false), said, false


def _number(item: Item, answer: Any) -> _Marked:
    assert item.number is not None  # noqa: S101 - every item of this kind has one
    number = typed_number(answer, item.unit) if isinstance(answer, str) else answer
    if number is None or isinstance(number, bool) or not isinstance(number, int | float):
        raise NotAnAnswer(f"'{answer}' is not a number", "Write it like 24, 0.75, 3/4 or 1e-3.")
    if _near(number, item.number, item.tolerance):
        return 1.0, [], []
    for wrong in sorted(item.wrong_numbers, key=lambda wrong: abs(wrong.value - number)):
        slack = 0.0 if float(wrong.value).is_integer() else _NEAR_WRONG * abs(wrong.value)
        if _near(number, wrong.value, max(item.tolerance, slack)):
            return 0.0, [], [Option("", misconception=wrong.misconception)]
    return 0.0, [], []


def _near(number: float, wanted: float, tolerance: float) -> bool:
    return abs(number - wanted) <= max(tolerance, _NEAR * abs(wanted))


def _order(item: Item, answer: Any) -> _Marked:
    places = _places(answer, len(item.order))
    if len(places) != len(item.order):
        raise ValueError
    ends: list[int] = []  # of the best increasing runs, by their length
    for place in places:
        spot = bisect_left(ends, place)
        ends[spot : spot + 1] = [place]
    points = len(ends) / len(places)
    said = [] if points == 1 else [f"{len(ends)} of {len(places)} follow each other in the right order."]
    return points, said, []


def right_sides(item: Item) -> tuple[str, ...]:
    """All that a left side may go with: each right side once, then the distractors."""
    return tuple(dict.fromkeys([*(right for _, right in item.pairs), *item.distractors]))


def _match(item: Item, answer: Any) -> _Marked:
    sides = right_sides(item)
    if isinstance(answer, str | Mapping) or len(answer) != len(item.pairs):
        raise ValueError
    given = [None if place is None else sides[_places([place], len(sides))[0]] for place in answer]
    wrong = sum(text != right for text, (_, right) in zip(given, item.pairs, strict=True))
    said = [f"{len(given) - wrong} of {len(given)} are matched right."] if wrong else []
    return (len(given) - wrong) / len(given), said, []


def _output(item: Item, answer: Any) -> _Marked:
    if item.options:
        return _one(item, answer)
    if not isinstance(answer, str):
        raise ValueError
    return float(_WORDS.findall(answer) == _WORDS.findall(item.printed)), [], []


_MARKED = {
    "one": _one,
    "several": _several,
    "number": _number,
    "order": _order,
    "match": _match,
    "claim": _one,
    "output": _output,
    "two_tier": _two_tier,
    "spot": _one,
}


def _free(item: Item, answer: Any) -> Mark:
    try:
        if answer is not None and not isinstance(answer["text"], str):
            raise ValueError
        ticked = [] if answer is None else _places(answer["ticked"], len(item.ideas))
    except (TypeError, KeyError, ValueError):
        raise NotAnAnswer("this is no answer to a question of the kind free") from None
    said = () if answer is None else (f"{len(ticked)} of {_counted(len(item.ideas), 'idea')} ticked.",)
    return Mark(0.0, 0.0, "", feedback=said)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _all_tags(item: Item) -> tuple[str, ...]:
    tags = [option.misconception for option in (*item.options, *item.reasons)]
    tags += [wrong.misconception for wrong in item.wrong_numbers]
    return tuple(tag for tag in dict.fromkeys(tags) if tag)


def _cards(item: Item, tags: Iterable[str], known: Mapping[str, Misconception]) -> tuple[str, ...]:
    """Cards of the beliefs first: they are nearer to what was wrong."""
    beliefs = [card for tag in tags if tag in known for card in known[tag].cards]
    return tuple(dict.fromkeys([*beliefs, *item.cards]))


def right_answer(item: Item) -> str:
    """The right answer in markup; empty for kind free."""
    match item.kind:
        case "one" | "claim":
            return item.options[0].text
        case "several":
            return _listed([option.text for option in item.options if option.right])
        case "two_tier":
            return _listed([item.options[0].text, item.reasons[0].text])
        case "number":
            assert item.number is not None  # noqa: S101 - every item of this kind has one
            return number_text(item.number, item.unit, item.tolerance)
        case "order":
            return "\n".join(f"{place}. {_below(text, 3)}" for place, text in enumerate(item.order, 1))
        case "match":
            return _listed([f"{left} \u2192 {right}" for left, right in item.pairs])
        case "output":
            return as_code(item.printed)
        case "spot":
            return _mended(item)
        case "free":
            return ""


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else "\n".join(f"- {_below(text, 2)}" for text in texts)


def _below(text: str, indent: int) -> str:
    """A text whose further lines belong to its item of a list."""
    return text.replace("\n", "\n" + " " * indent)


def _mended(item: Item) -> str:
    place = next(place for place, option in enumerate(item.options) if option.right)
    faulty = as_code(item.options[place].text.strip())
    if not item.mend.strip():
        return f"Line {place + 1}, {faulty}, does not belong there."
    glue = "\n\n" if "\n" in item.mend.strip() else " "
    return f"Line {place + 1}: {faulty} should be{glue}{as_code(item.mend.strip())}"
