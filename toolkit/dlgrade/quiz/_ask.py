"""Put one item on a screen and take its answer, as `score` wants it.

Everything that is chosen is shown in an order that the seed decides; what is typed wrong is asked again, never marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from dlgrade.quiz._chance import shuffled
from dlgrade.quiz._nouns import Item, Option
from dlgrade.quiz._numbers import typed_number
from dlgrade.quiz._score import right_sides
from dlgrade.quiz._screen import Screen

HELP = "Answer with letters or numbers. ? means: I do not know. q stops; what you answered is kept."

_LETTERS = "abcdefghijklmnoprstuvwxyz"  # without q, which stops
_UNKNOWN = "?"
_LONGEST_TEXT = 20_000  # characters of a free answer


def put(screen: Screen, item: Item) -> None:
    """Show the question, without its choices."""
    screen.read(item.ask)
    if item.alt:
        screen.say(f"[figure: {item.alt}]", hang=2)
    if item.code:
        screen.say()
        screen.code(item.code, numbered=item.kind == "spot")
    screen.say()


def take(screen: Screen, item: Item, seed: int) -> Any:
    """The answer; None for "I do not know".

    Raises:
        Stopped: the learner stops here.
    """
    match item.kind:
        case "one" | "claim" | "output" if item.options:
            return _choice(screen, item.options, item.kind == "claim", item.id, seed)
        case "several":
            return _several(screen, item, seed)
        case "two_tier":
            return _two_tier(screen, item, seed)
        case "number":
            return _number(screen, item)
        case "order":
            return _order(screen, item, seed)
        case "match":
            return _match(screen, item, seed)
        case "spot":
            return _spot(screen, item)
        case "output":
            return _output(screen, item)
        case _:
            return _free(screen, item)


def _until(screen: Screen, read: Callable[[str], Any], wanted: str, prompt: str = "> ") -> Any:
    """Ask until `read` understands the answer; it returns None where it does not."""
    while True:
        typed = screen.ask(prompt).strip()
        if typed == _UNKNOWN:
            return None
        answer = read(typed)
        if answer is not None:
            return answer
        screen.say(f"Type {wanted}, or ? if you do not know.")


def _choices(screen: Screen, texts: Sequence[str]) -> None:
    for letter, text in zip(_LETTERS, texts, strict=False):
        screen.read(text, lead=f"  {letter}) ", hang=5)


def _range(count: int) -> str:
    return f"a letter from a to {_LETTERS[count - 1]}"


def _letter(text: str, count: int) -> int | None:
    """The place that a letter or a number from 1 stands for."""
    text = text.rstrip(").").lower()
    if len(text) == 1 and text in _LETTERS[:count]:
        return _LETTERS.index(text)
    if re.fullmatch(r"[0-9]{1,2}", text) and 1 <= int(text) <= count:
        return int(text) - 1
    return None


def _letters(text: str, count: int) -> list[int] | None:
    """Different places: ``acd``, ``a c d``, ``1, 3, 4``."""
    parts = [part for part in re.split(r"[\s,;]+", text) if part]
    if len(parts) == 1 and (parts[0].isalpha() or (parts[0].isdigit() and count < 10)):
        parts = list(parts[0])
    places = [_letter(part, count) for part in parts]
    found = [place for place in places if place is not None]
    return found if found and len(found) == len(places) == len(set(found)) else None


def _choice(screen: Screen, options: Sequence[Option], fixed: bool, purpose: str, seed: int) -> int | None:
    order = shuffled(range(len(options)), purpose, seed)
    if fixed:
        order = sorted(order, key=lambda place: options[place].text, reverse=True)  # True before False
    _choices(screen, [options[place].text for place in order])
    words = {options[place].text.lower(): shown for shown, place in enumerate(order)} if fixed else {}
    words |= {word[0]: shown for word, shown in words.items()}

    def read(typed: str) -> int | None:
        return words.get(typed.lower(), _letter(typed, len(options)))

    shown: int | None = _until(screen, read, _range(len(options)))
    return None if shown is None else order[shown]


def _several(screen: Screen, item: Item, seed: int) -> list[int] | None:
    order = shuffled(range(len(item.options)), item.id, seed)
    _choices(screen, [item.options[place].text for place in order])
    wanted = "the letters of all that is right, such as a c"
    shown = _until(screen, lambda typed: _letters(typed, len(order)), wanted, "all that is right > ")
    return None if shown is None else sorted(order[place] for place in shown)


def _two_tier(screen: Screen, item: Item, seed: int) -> list[int] | None:
    first = _choice(screen, item.options, False, item.id, seed)
    if first is None:
        return None
    screen.say()
    screen.read(item.reason_ask)
    second = _choice(screen, item.reasons, False, f"{item.id} why", seed)
    return None if second is None else [first, second]


def _number(screen: Screen, item: Item) -> str | None:
    def read(typed: str) -> str | None:
        return typed if typed_number(typed, item.unit) is not None else None

    unit = f"in {item.unit} " if item.unit else ""
    answer: str | None = _until(screen, read, "a number, such as 24, 0.75, 3/4 or 1e-3", f"a number {unit}> ")
    return answer


def mixed(item: Item, seed: int) -> list[int]:
    """The places of the items of an order, in an order that is not the right one."""
    places = shuffled(range(len(item.order)), item.id, seed)
    return places[::-1] if places == sorted(places) else places


def _order(screen: Screen, item: Item, seed: int) -> list[int] | None:
    order = mixed(item, seed)
    _choices(screen, [item.order[place] for place in order])

    def read(typed: str) -> list[int] | None:
        places = _letters(typed, len(order))
        return places if places is not None and len(places) == len(order) else None

    wanted = f"all {len(order)} letters, each once, from first to last"
    shown = _until(screen, read, wanted, "from first to last > ")
    return None if shown is None else [order[place] for place in shown]


def _match(screen: Screen, item: Item, seed: int) -> list[int] | None:
    sides = right_sides(item)
    order = shuffled(range(len(sides)), item.id, seed)
    for number, (left, _) in enumerate(item.pairs, 1):
        screen.read(left, lead=f" {number:>2}  ", hang=5)
    screen.say("goes with")
    _choices(screen, [sides[place] for place in order])

    def read(typed: str) -> list[int] | None:
        parts = [part for part in re.split(r"[\s,;]+", typed) if part]
        if len(parts) == 1 and parts[0].isalpha():
            parts = list(parts[0])
        pairs = [re.fullmatch(r"([0-9]{1,2})[-:=.]?([a-z])", part.lower()) for part in parts]
        if all(pairs):
            named = {int(pair[1]): pair[2] for pair in pairs if pair}
            parts = (
                [named.get(number, "") for number in range(1, len(item.pairs) + 1)] if len(named) == len(pairs) else []
            )
        places = [_letter(part, len(order)) if part.isalpha() else None for part in parts]
        found = [place for place in places if place is not None]
        return found if len(found) == len(places) == len(item.pairs) else None

    wanted = f"{len(item.pairs)} letters, one for each number from 1 on, such as b a c"
    shown = _until(screen, read, wanted, f"letters for 1 to {len(item.pairs)} > ")
    return None if shown is None else [order[place] for place in shown]


def _spot(screen: Screen, item: Item) -> int | None:
    def read(typed: str) -> int | None:
        number = int(typed) if re.fullmatch(r"[0-9]{1,2}", typed) else 0
        return number - 1 if 1 <= number <= len(item.options) else None

    answer: int | None = _until(screen, read, f"a number from 1 to {len(item.options)}", "the faulty line > ")
    return answer


def _output(screen: Screen, item: Item) -> str | None:
    if "\n" not in item.printed:
        answer: str | None = _until(screen, lambda typed: typed or None, "what is printed", "what is printed > ")
        return answer
    screen.say("What is printed, line by line; an empty line ends it.")
    typed = _lines(screen)
    return None if typed.strip() in {_UNKNOWN, ""} else typed


def _free(screen: Screen, item: Item) -> dict[str, Any] | None:
    screen.say("Write as much as you like; an empty line ends it.")
    text = _lines(screen)
    if text.strip() in {_UNKNOWN, ""}:
        return None
    screen.say()
    screen.say("A good answer may hold these ideas. Which are in yours?")
    _choices(screen, item.ideas)
    ticked = _until(
        screen,
        lambda typed: [] if typed in {"", "-", "none"} else _letters(typed, len(item.ideas)),
        "letters such as a c, or nothing for none of them",
        "in my answer > ",
    )
    return {"text": text, "ticked": sorted(ticked or [])}


def _lines(screen: Screen) -> str:
    lines: list[str] = []
    while sum(map(len, lines)) < _LONGEST_TEXT:
        line = screen.ask("| ")
        if not line.strip():
            break
        lines.append(line)
    return "\n".join(lines)[:_LONGEST_TEXT]
