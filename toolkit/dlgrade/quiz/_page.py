"""A sitting as one HTML page that works from a file, without a network, and marks itself.

Promises: the page asks for nothing (its content security policy forbids it), is the same text for the same items,
and gives the same points, feedback and cards as `score` for the same answer. Every text of a bank stays text.

Does not promise secrecy. The page works offline, so all it needs for marking is in it: what is right, the feedback
and the explanation are scrambled with a key that is on the page too. This hides them from a glance at the source
and protects nothing from a determined reader; marks that count are given elsewhere. A cipher of the browser's own
would protect no better, and is missing in some browsers on pages opened from a file.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from dlgrade import markup
from dlgrade.course import Misconception
from dlgrade.neutral import visible
from dlgrade.quiz._chance import shuffled
from dlgrade.quiz._nouns import Bank, Item, Option
from dlgrade.quiz._score import right_answer, right_sides, score

if TYPE_CHECKING:
    from jinja2 import Template

_CELL = re.compile(r'<(t[hd]) style="text-align:(left|center|right)">')
_CODE = re.compile(r'(<pre class="highlight"><code>)(.*?)(</code></pre>)', re.DOTALL)
_SPAN = re.compile(r"<span [^>]*>|</span>")
_BUTTONS = {"two_tier": "Go on to the reason", "free": "Compare with a checklist"}
# Where the right answer is not marked among the choices, it is written below them.
_WRITTEN_OUT = {"number", "order", "spot"}
_TAB = 4
_DEEPEST = 12  # places of indentation that the style sheet knows
_WORD = 0xFFFFFFFF


def page(bank: Bank, items: Sequence[Item], misconceptions: Mapping[str, Misconception]) -> str:
    """The page that puts these items.

    Args:
        misconceptions: by their tags; feedback and cards of the beliefs that wrong options betray come from here.
    """
    key = _key(bank, items, misconceptions)
    # Paper is white, whatever the reader's screen is.
    style = markup.styles().replace("@media (", "@media screen and (") + _asset("page.css")
    script = "\n".join(map(_asset, ("score.js", "controls.js", "page.js")))
    return _template().render(
        bank=bank.id,
        title=_one_line(bank.title),
        heading=_inline(bank.title),
        lesson=bank.lesson,
        key=key,
        intro=_intro(items),
        objectives=_objectives(bank, items),
        puts=[_put(bank, item, number, key, misconceptions) for number, item in enumerate(items, 1)],
        style=Markup(style),  # noqa: S704 - ours
        style_hash=_policy_hash(style),
        script=Markup(script),  # noqa: S704 - ours
        script_hash=_policy_hash(script),
    )


@dataclass(frozen=True, kw_only=True)
class _Put:
    """One question as the template shows it; lists of choices stand in an order that tells nothing.

    Attributes:
        name: of the question's element, and the beginning of the names of all in it.
        form: which controls the question has.
        sealed: all that must not be read before the answer.
        fixed: whether the options keep their order.
        digits: whether a keyboard of digits is enough for the answer.
        rights: what a left side may go with, in plain words: a list to choose from shows no markup.
    """

    name: str
    number: int
    kind: str
    form: str
    objective: str
    about: Markup
    ask: Markup
    sealed: str
    button: str
    figure: str
    alt: str
    fixed: bool = False
    digits: bool = False
    unit: str = ""
    program: str = ""
    lines: tuple[Markup, ...] = ()
    options: tuple[Markup, ...] = ()
    reason_ask: str = ""
    reasons: tuple[Markup, ...] = ()
    lefts: tuple[Markup, ...] = ()
    rights: tuple[str, ...] = ()


def _put(bank: Bank, item: Item, number: int, key: str, misconceptions: Mapping[str, Misconception]) -> _Put:
    name = f"q{number}"
    shown, places = _shown(item, key)
    secret = {**_secret(item, misconceptions), **places}
    return _Put(
        name=name,
        number=number,
        kind=item.kind,
        objective=item.objective,
        about=_inline(bank.objectives[item.objective]),
        ask=_block(item.ask),
        sealed=_sealed(secret, f"{key}/{name}"),
        button=_BUTTONS.get(item.kind, "Check"),
        figure=_image(item.figure) if item.figure else "",
        alt=_one_line(item.alt),
        **shown,
    )


def _shown(item: Item, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the template shows of this kind; and, for the sealed part, which place in the item each choice has."""
    match item.kind:
        case "one" | "several" | "claim" | "two_tier":
            return _shown_options(item, key)
        case "output":
            program = _safe(_program(item.code))
            shown, places = _shown_options(item, key) if item.options else ({"form": "output"}, {})
            return {**shown, "program": program}, places
        case "number":
            return _shown_number(item), {}
        case "order":
            mixed = _mixed(len(item.order), key, item.id)
            return {"form": "order", "options": _choices(item.order, mixed)}, {"places": mixed}
        case "match":
            sides = right_sides(item)
            mixed = _mixed(len(sides), key, item.id)
            lefts = tuple(_inline(left) for left, _ in item.pairs)
            rights = tuple(_one_line(sides[place]).replace("`", "") for place in mixed)
            return {"form": "match", "lefts": lefts, "rights": rights}, {"places": mixed}
        case "spot":
            return {"form": "spot", "lines": tuple(_rows(_CODE.sub(r"\2", _program(item.code))))}, {
                "places": [*range(len(item.options))]
            }
        case "free":
            return {"form": "free"}, {}


def _shown_options(item: Item, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    mixed = _mixed(len(item.options), key, item.id)
    if item.kind == "claim":
        mixed = sorted(mixed, key=lambda place: item.options[place].text != "True")
    texts = [option.text for option in item.options]
    form = item.kind if item.kind in ("several", "two_tier") else "one"
    shown: dict[str, Any] = {"form": form, "fixed": item.kind == "claim", "options": _choices(texts, mixed)}
    if item.kind != "two_tier":
        return shown, {"places": mixed}
    mixed_reasons = _mixed(len(item.reasons), key, item.id, "reasons")
    reasons = _choices([option.text for option in item.reasons], mixed_reasons)
    shown |= {"reason_ask": _block(item.reason_ask), "reasons": reasons}
    return shown, {"places": mixed, "reason_places": mixed_reasons}


def _shown_number(item: Item) -> dict[str, Any]:
    # Some telephones have no minus among their digits, so those of the wrong answers count here as well.
    numbers = [item.number or 0, *(wrong.value for wrong in item.wrong_numbers)]
    digits = all(number >= 0 and float(number).is_integer() for number in numbers)
    return {"form": "number", "unit": _inline(item.unit), "digits": digits}


def _mixed(count: int, *purpose: object) -> list[int]:
    return shuffled(range(count), "page", *purpose)


def _choices(texts: Sequence[str], places: Sequence[int]) -> tuple[Markup, ...]:
    # Code of several lines needs a block; what has one line stands in a label.
    return tuple((_block if "\n" in texts[place] else _inline)(texts[place]) for place in places)


def _secret(item: Item, known: Mapping[str, Misconception]) -> dict[str, Any]:
    secret: dict[str, Any] = {
        "because": _block(item.because),
        "cards": item.cards,
        "all_cards": score(item, None, known).cards,
        "right": _block(right_answer(item)),
        "show_right": item.kind in _WRITTEN_OUT or (item.kind == "output" and not item.options),
    }
    if item.options:
        named = item.kind == "several"
        secret["options"] = [_told(option, known, named=named) for option in item.options]
    match item.kind:
        case "two_tier":
            secret["reasons"] = [_told(option, known) for option in item.reasons]
        case "number":
            wrong = [{"value": one.value, **_told(Option("", misconception=one.misconception), known)}
                     for one in item.wrong_numbers]  # fmt: skip
            secret |= {"number": item.number, "tolerance": item.tolerance, "unit": item.unit, "wrong": wrong}
        case "match":
            sides = right_sides(item)
            secret |= {"pairs": [sides.index(right) for _, right in item.pairs], "sides": [*map(_inline, sides)]}
        case "output":
            secret["printed"] = item.printed
        case "free":
            secret |= {"ideas": [*map(_inline, item.ideas)], "compare": item.compare}
    return secret


def _told(option: Option, known: Mapping[str, Misconception], *, named: bool = False) -> dict[str, Any]:
    """What is said to who takes a wrong option, which is named where it is one of several."""
    belief = known.get(option.misconception)
    says = [f"Not right: {option.text}" if named else "", option.because, belief.feedback if belief else ""]
    return {
        "right": option.right,
        "says": [_block(text) for text in says if text],
        "cards": belief.cards if belief else (),
    }


def _intro(items: Sequence[Item]) -> str:
    free = sum(item.kind == "free" for item in items)
    count = f"{len(items)} question{'' if len(items) == 1 else 's'}"
    if not free:
        return f"{count}."
    return f"{count}; {'one is a reflection' if free == 1 else f'{free} are reflections'} without points."


def _objectives(bank: Bank, items: Sequence[Item]) -> list[dict[str, Any]]:
    examined = {item.objective for item in items}
    return [{"id": name, "text": _inline(text)} for name, text in bank.objectives.items() if name in examined]


def _inline(text: str) -> Markup:
    return _safe(markup.html(text, inline=True))


def _block(text: str) -> Markup:
    return _safe(markup.html(text))


def _one_line(text: str) -> str:
    return " ".join(markup.plain(text).split())


def _safe(html: str) -> Markup:
    # The page's policy allows no style on an element, which is how tables are aligned.
    aligned = _CELL.sub(r'<\1 class="to-\2">', html)
    return Markup(_CODE.sub(lambda hit: f"{hit[1]}{''.join(_rows(hit[2]))}{hit[3]}", aligned))  # noqa: S704 - escaped


def _program(code: str) -> str:
    return markup.code("\n".join(visible(line.expandtabs(_TAB)) for line in code.split("\n")))


def _rows(inside: str) -> Iterator[Markup]:
    """The lines of highlighted code, each a whole of its own, so that it can be chosen, and wrapped with sense."""
    running = ""
    lines = inside.split("\n")
    for number, line in enumerate(lines, 1):
        begun = running + line
        for tag in _SPAN.findall(line):
            running = "" if tag == "</span>" else tag
        depth = min(len(line) - len(line.lstrip(" ")), _DEEPEST) // _TAB * _TAB
        end = ("</span>" if running else "") + ("\n" if number < len(lines) else "")
        yield Markup(f'<span class="row in{depth}">{begun}{end}</span>')  # noqa: S704 - escaped by dlgrade.markup


def _image(svg: str) -> str:
    """The figure as an image, in which nothing can run or load, whatever is in it."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _key(bank: Bank, items: Sequence[Item], misconceptions: Mapping[str, Misconception]) -> str:
    """The name of this content: what a learner answered is kept under it, and the seals and shuffles hang on it."""
    tags = {option.misconception for item in items for option in (*item.options, *item.reasons)}
    tags |= {wrong.misconception for item in items for wrong in item.wrong_numbers}
    beliefs = [misconceptions[tag] for tag in sorted(tags) if tag in misconceptions]
    content = repr((bank.id, bank.title, dict(bank.objectives), tuple(items), beliefs))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _sealed(secret: Mapping[str, Any], seed: str) -> str:
    plain = json.dumps(secret).encode()
    return b64encode(bytes(byte ^ word & 255 for byte, word in zip(plain, _stream(seed), strict=False))).decode()


def _stream(seed: str) -> Iterator[int]:
    """The generator of score.js: 32 bits a step, the same from the same seed."""
    a, b, c, d = 0x9E3779B9, 0x243F6A88, 0xB7E15162, 1
    for letter in seed:
        a, b, c = (a ^ ord(letter)) * 0x01000193, (b ^ ord(letter)) * 0x85EBCA6B, (c ^ ord(letter)) * 0xC2B2AE35
        a, b, c = a & _WORD, b & _WORD, c & _WORD
    step = 0
    while True:
        total = (a + b + d) & _WORD
        d = (d + 1) & _WORD
        a, b, c = b ^ b >> 9, (c + (c << 3)) & _WORD, ((c << 21 | c >> 11) + total) & _WORD
        step += 1
        if step > 16:
            yield total


def _policy_hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return resources.files("dlgrade.quiz").joinpath("templates", name).read_text("utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("dlgrade.quiz", "templates"),
        autoescape=True,
        # Every value on the page passes here, so that none can be forgotten.
        finalize=lambda value: visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
