"""All draws of a question: each gives one right answer, and none of what is shown beside it equals it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from dlgrade.errors import CourseError
from dlgrade.quiz._draw import DRAWS, draw_values, item_of, told, varies, where
from dlgrade.quiz._nouns import Bank, Item, Option, Question

Draw = Item
_LEAST_USABLE = 5  # one draw in so many
_FIGURES = 3  # drawings per question: they take long, and differ little


def all_draws(bank: Bank, question: Question) -> tuple[list[Item], list[CourseError]]:
    """The items of all draws, each set of values once and without figures, and the first fault found in them."""
    found: dict[str, Item] = {}
    attempts = 0
    try:
        for number in range(DRAWS if varies(question) else 1):
            drawn = draw_values(bank, question, number)
            attempts += drawn.attempts
            if repr(drawn.values) not in found:
                item = item_of(bank, question, number, drawn.values, figure=False)
                found[repr(drawn.values)] = item
                _refuse_equal(bank, question, item)
    except CourseError as error:
        return [], [error]
    if attempts > _LEAST_USABLE * DRAWS and varies(question):
        what = f"'{question.key}': {DRAWS} of {attempts} draws are usable, wanted one in {_LEAST_USABLE} or more"
        mend = "Draw such values that 'require' mostly holds and wrong numbers are mostly wrong."
        return [], [CourseError(where(bank, question, "vary"), what, mend)]
    return list(found.values()), []


def same(left: str, right: str, *, printed: bool = False) -> bool:
    """Whether a learner reads the two as one answer: equal but for space, or numbers of equal value."""
    one, other = " ".join(left.split()), " ".join(right.split())
    if one == other:
        return True
    if printed:
        return False  # 4 and 4.0 are not printed by the same program
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def _refuse_equal(bank: Bank, question: Question, item: Item) -> None:
    for place, options in (((), item.options), (("why",), item.reasons)):
        if item.kind != "spot":
            _refuse_equal_options(bank, question, item, place, options)
    if item.kind == "order":
        for one, other in combinations(range(len(item.order)), 2):
            if same(item.order[one], item.order[other]):
                raise _twice(bank, question, item, ("order", other), item.order[other], "items are one and the same")
    if item.kind == "match":
        lefts, rights = [left for left, _ in item.pairs], [right for _, right in item.pairs]
        for one, other in combinations(range(len(lefts)), 2):
            if same(lefts[one], lefts[other]):
                raise _twice(bank, question, item, ("match",), lefts[other], "left sides are one and the same")
        for i, distractor in enumerate(item.distractors):
            if any(same(distractor, right) for right in rights):
                raise _twice(bank, question, item, ("distractors", i), distractor, "the distractor is a right side")


def _refuse_equal_options(
    bank: Bank, question: Question, item: Item, place: tuple[str, ...], options: Sequence[Option]
) -> None:
    rights = sum(option.right for option in options)
    for one, other in combinations(range(len(options)), 2):
        if not same(options[one].text, options[other].text, printed=item.kind == "output"):
            continue
        if options[other].right:
            raise _twice(bank, question, item, (*place, "right"), options[other].text, "a right option is there twice")
        which = "right" if options[one].right else "another wrong"
        raise _twice(
            bank, question, item, (*place, "wrong", other - rights), options[other].text,
            f"the wrong option equals {'the ' if which == 'right' else ''}{which} one",
        )  # fmt: skip


def _twice(
    bank: Bank, question: Question, item: Item, place: tuple[str | int, ...], text: str, why: str
) -> CourseError:
    mend = "Write another, or refuse such draws with 'require'." if varies(question) else "Write another."
    return CourseError(where(bank, question, *place), f"{why}: '{' '.join(text.split())}'{told(item.values)}", mend)


def figure_faults(bank: Bank, question: Question, draws: Sequence[Item]) -> Iterator[CourseError]:
    """Whether the figure can be drawn, for a few draws."""
    if not question.written.get("figure"):
        return
    try:
        for item in draws[:_FIGURES]:
            item_of(bank, question, 0, item.values, figure=True)
    except CourseError as error:
        yield error
