"""Texts and references of a question: markup, names, tags, cards, and whether length gives the answer away."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dlgrade import markup
from dlgrade.course import Misconception
from dlgrade.course._yaml import shown
from dlgrade.errors import CourseError
from dlgrade.quiz._draw import Filler, where
from dlgrade.quiz._load import known_names
from dlgrade.quiz._nouns import Bank, Item, Option, Question

Place = tuple[str | int, ...]

_TEXTS = 3  # draws of which the texts are read: values change little about them
_ENOUGH_OF_BANK = 6  # choices from which a bank's own share says something
_MOST_OF_BANK = 0.5
_ENOUGH_OF_ALL = 20
_OF_ALL = (0.15, 0.35)
_CODE_KEYS = {"runs", "prints", "spot", "mend", "proof", "oracle", "figure", "unit", "alt"}
_BRACED = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)(:[^{}\n]*)?\}")
_CODE = re.compile(r"(?s)(`{3,}.*?`{3,}|``.*?``|`[^`]*`)")
_MATH = re.compile(r"(?s)(?<!\\)(\$\$.*?\$\$|\$.*?(?<!\\)\$)")
_GROUP = re.compile(r"(?:[\^_]|\\[A-Za-z]+|(?<!\{)\})\s*(\{[A-Za-z][A-Za-z0-9_]*\})(?!\})")


def tags_of(question: Question) -> set[str]:
    """All misconceptions that a question names."""
    return {tag for _, tag in _tags(question)}


def _tags(question: Question) -> Iterator[tuple[Place, str]]:
    written = question.written
    for place in (("wrong",), ("why", "wrong")):
        for i, option in enumerate(_at(written, place)):
            if option.get("misconception"):
                yield (*place, i, "misconception"), option["misconception"]
    if written.get("misconception"):
        yield ("misconception",), written["misconception"]
    for key in ("wrong_numbers", "blame"):
        for name, tag in written.get(key, {}).items():
            yield (key, name), tag


def _at(written: Any, place: Place) -> Any:
    for step in place:
        written = written.get(step, ())
        if not written:
            return ()
    return written


def reference_faults(
    bank: Bank, question: Question, misconceptions: Mapping[str, Misconception], cards: Iterable[str]
) -> Iterator[CourseError]:
    """Tags and cards that do not exist, and questions from which no card can be reached."""
    known = frozenset(cards)
    leads = False
    for place, tag in _tags(question):
        leads = True  # what is misspelt will lead somewhere
        if tag in misconceptions:
            continue
        near = difflib.get_close_matches(tag, misconceptions, n=1, cutoff=0.75)
        mend = f"Did you mean '{near[0]}'?" if near else "Describe it in misconceptions.yaml."
        yield CourseError(where(bank, question, *place), f"there is no misconception '{tag}'", mend)
    for i, card in enumerate(question.written.get("cards", ())):
        leads = True
        if card not in known:
            what, mend = no_card(card, known)
            yield CourseError(where(bank, question, "cards", i), what, mend)
    if not leads and question.kind != "free":
        what = f"no card can be reached from '{question.key}'"
        yield CourseError(where(bank, question), what, "Name 'cards', or the misconception of a wrong answer.")


def no_card(card: str, known: Iterable[str]) -> tuple[str, str]:
    """What to say of a card that no deck has."""
    near = difflib.get_close_matches(card, list(known), n=1, cutoff=0.75)
    mend = f"Did you mean '{near[0]}'?" if near else "Write the card in flashcards/, or take its id out here."
    return f"no deck has the card '{card}'", mend


def objective_faults(bank: Bank) -> Iterator[CourseError]:
    """Objectives that no question examines."""
    used = {question.objective for question in bank.questions}
    for key in bank.objectives:
        if key not in used:
            what = f"no question examines the objective '{key}'"
            yield CourseError(shown(bank.file), what, "Write one, or take the objective out.")


def markup_faults(text: str) -> tuple[str, ...]:
    """What the markup cannot read in a text."""
    return markup.faults(text)


def text_faults(bank: Bank, question: Question, draws: Sequence[Item]) -> Iterator[CourseError]:
    """Names without a value, names that nothing shows, math that loses its braces, and markup that cannot be read."""
    known = known_names(question)
    for place, text in _texts(question.written, ()):
        if place[0] not in _CODE_KEYS:
            yield from _brace_faults(bank, question, place, text, known)
    yield from _unused_names(bank, question)
    told: set[tuple[Place, str]] = set()
    for item in draws[:_TEXTS]:
        filler = Filler(bank, question, item.values)
        for place, text in _texts(question.written, ()):
            if place[0] in _CODE_KEYS or _is_output(question, place):
                continue
            for fault in markup_faults(filler.fill(text, *place)):
                if (place, fault) not in told:
                    told.add((place, fault))
                    yield CourseError(where(bank, question, *place), fault)


def _is_output(question: Question, place: Place) -> bool:
    return question.kind == "output" and place[0] == "wrong" and place[-1] == "text"


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """All texts that a learner reads, by their places."""
    unread = {"objective", "cards", "vary", "let", "require", "number", "tolerance", "wrong_numbers", "blame",
              "misconception", "compare"}  # fmt: skip
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key in unread:
                continue
            if place == ("match",):
                yield (*place, key), key
            yield from _texts(inner, (*place, key))
    elif isinstance(value, tuple):
        for i, inner in enumerate(value):
            yield from _texts(inner, (*place, i))


def _brace_faults(
    bank: Bank, question: Question, place: Place, text: str, known: Container[str]
) -> Iterator[CourseError]:
    if not question.written.get("vary") and not question.written.get("let"):
        return
    for i, part in enumerate(_CODE.split(text)):
        if i % 2:
            continue  # code: braces are its own
        for j, piece in enumerate(_MATH.split(part)):
            if j % 2:
                for hit in _GROUP.finditer(piece):
                    if hit.group(1)[1:-1] in known:
                        what = f"the value takes the place of {hit.group(1)} with its braces: TeX will read one digit"
                        yield CourseError(where(bank, question, *place), what, f"Write {{{hit.group(1)}}}.")
                continue
            for hit in _BRACED.finditer(piece):
                if hit.group(1) not in known:
                    what = f"nothing draws or computes '{hit.group(1)}', so {hit.group()} stays as it is"
                    yield CourseError(where(bank, question, *place), what, "Draw it, or show braces in `code`.")


def _unused_names(bank: Bank, question: Question) -> Iterator[CourseError]:
    from dlgrade.expressions import names_in

    written = question.written
    everything = " ".join(text for _, text in _texts(written, ()))
    programs = " ".join(written.get(key, "") for key in ("oracle", "figure"))
    expressions = [*written.get("let", {}).values(), *written.get("wrong_numbers", {})]
    expressions += [written.get(key) for key in ("number", "tolerance")]
    read = {name for one in expressions if isinstance(one, str) for name in names_in(one)}
    for key in ("vary", "let"):
        for name in written.get(key, {}):
            shown_somewhere = re.search(r"\{" + name + r"(:[^{}\n]*)?\}", everything)
            if name not in read and not shown_somewhere and not re.search(rf"\b{name}\b", programs):
                what = f"nothing uses '{name}'"
                yield CourseError(where(bank, question, key, name), what, f"Show it as {{{name}}}, or take it out.")


def longest_right(item: Item) -> tuple[int, int]:
    """Of how many sets of options one is right, and in how many of them that one is the longest."""
    if item.kind not in {"one", "two_tier"}:
        return 0, 0
    sets = [options for options in (item.options, item.reasons) if options]
    return len(sets), sum(map(_is_longest, sets))


def _is_longest(options: Sequence[Option]) -> bool:
    lengths = [len(markup.plain(option.text)) for option in options]
    return lengths[0] > max(lengths[1:])


def bias_of_bank(bank: Bank, choices: int, longest: Sequence[str]) -> Iterator[CourseError]:
    """Whether the longest option is too often the right one in this bank.

    Args:
        longest: the questions in which it is; one with two tiers may be there twice.
    """
    if choices >= _ENOUGH_OF_BANK and len(longest) > _MOST_OF_BANK * choices:
        what = f"the right option is the longest in {len(longest)} of {choices} choices, wanted at most half"
        mend = f"Shorten it, or give wrong ones their detail: {', '.join(dict.fromkeys(longest))}."
        yield CourseError(shown(bank.file), what, mend)


def bias_over_all(root: Path, choices: int, longest: int) -> Iterator[CourseError]:
    """Whether length gives the answer away over all banks together."""
    least, most = _OF_ALL
    if choices >= _ENOUGH_OF_ALL and not least <= longest / choices <= most:
        share = f"{100 * longest / choices:.0f} % of {choices} choices"
        what = f"the right option is the longest in {share}, wanted {100 * least:.0f} to {100 * most:.0f} %"
        more = longest / choices > most
        mend = "Shorten right options, or give wrong ones their detail." if more else "Let a right option be long."
        yield CourseError(shown(root / "quizzes"), what, mend)
