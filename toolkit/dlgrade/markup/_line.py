"""Parts of a formula side by side in a line, spaced and bracketed so that the line means the same."""

from __future__ import annotations

from dataclasses import dataclass

_FACTOR = {"operand", "number", "word"}
PREFIXES = ("∂", "∇", "Δ")
BARS = ("|", "‖")
_CLINGING = ("/", "!", "'", *PREFIXES, *BARS)  # what stands close to a fraction and would be read into it


@dataclass(frozen=True)
class Part:
    """A piece of a formula in plain words, and how it stands among its neighbours.

    Attributes:
        kind: ``operand``, ``number``, ``word`` (a function or a name of several letters), ``big`` (a sum), ``binary``,
            ``relation``, ``open``, ``close``, ``comma``, ``tight`` (as it is, without spaces).
        whole: stays one thing beside a fraction bar or in an exponent.
        fraction: a fraction said in a line, which needs parentheses next to other factors.
    """

    text: str
    kind: str = "operand"
    whole: bool = True
    fraction: bool = False
    spaced: bool = False  # the source has a space before it
    raised: bool = False  # ends in an exponent


def _fenced(parts: list[Part]) -> bool:
    """Whether one pair of brackets holds all of it."""
    if len(parts) < 2 or parts[0].kind != "open" or parts[-1].kind != "close" or parts[-1].raised:
        return False
    depth = 0
    for i, part in enumerate(parts):
        depth += (part.kind == "open") - (part.kind == "close")
        if depth == 0 and i < len(parts) - 1:
            return False
    return True


def stands_alone(parts: list[Part]) -> bool:
    """Whether it stays together without parentheses."""
    if len(parts) == 2 and parts[0].text in (*PREFIXES, "d") and parts[1].kind == "operand":
        return True  # dx and ∂w are one thing to every reader
    if len(parts) != 1:
        return _fenced(parts)
    words = " " in parts[0].text.partition("(")[0]
    return parts[0].whole and parts[0].kind not in ("big", "tight") and not words


def single(parts: list[Part], *, fenced: bool = False) -> str:
    """The parts as one thing, in parentheses unless they are one already (with `fenced`: nor end in an exponent)."""
    if stands_alone(parts) and (not parts[0].raised or not fenced):
        return line(parts)
    return f"({line(parts)})"


def is_product(parts: list[Part]) -> bool:
    """Whether it is a mere product, which a fraction bar behind it does not tear."""
    if stands_alone(parts):
        return True
    if any(part.kind in ("big", "relation", "comma", "word") or part.fraction or not part.whole for part in parts):
        return False
    if any(part.kind == "tight" and part.text not in BARS for part in parts):
        return False
    depth = 0
    for i, part in enumerate(parts):
        depth += (part.kind == "open") - (part.kind == "close")
        if part.kind == "binary" and depth == 0 and (i > 0 or part.text != "-") and part.text not in ("·", "×", "*"):
            return False
    return True


def line(parts: list[Part], *, tight: bool = False) -> str:
    """The parts side by side, spaced as a line of text is."""
    pieces: list[str] = []
    before: Part | None = None
    for i, part in enumerate(parts):
        after = parts[i + 1] if i + 1 < len(parts) else None
        if part.fraction and _beside(before, after):
            part = Part(f"({part.text})", spaced=part.spaced)
        text = part.text
        if part.kind in ("binary", "relation"):
            sign = part.kind == "binary" and (before is None or before.kind in ("binary", "relation", "open", "comma"))
            gap = "" if sign or tight else " "
            left = "" if before is None or (sign and before.kind != "comma") or tight else " "
            pieces.append(left + text + gap)
            before = Part(text, "open") if sign else part
            continue
        pieces.append(_gap(before, part, tight) + text)
        before = part
    return "".join(pieces).strip()


def _beside(before: Part | None, after: Part | None) -> bool:
    """Whether a fraction stands among factors, so that its bar would reach too far."""
    left = before is not None and (before.kind in _FACTOR | {"close"} or before.text[0] in _CLINGING)
    right = after is not None and (after.kind in _FACTOR | {"open", "big"} or after.text[0] in _CLINGING)
    return left or right


def _gap(before: Part | None, part: Part, tight: bool) -> str:
    if before is None or part.kind == "close" or before.kind in ("open", "binary", "relation"):
        return ""
    if before.kind == "comma":
        numbers = part.kind == "number" and not part.spaced
        return "" if numbers or tight else " "
    if part.kind == "comma":
        return ""
    if before.kind == "tight" and "_" in before.text and part.kind != "open":
        return " "
    if before.kind == "tight" or (part.kind == "tight" and part.text not in PREFIXES):
        return ""
    if part.text.startswith("(") and before.kind == "word":
        return ""
    if part.kind == "open":
        return " " if before.raised or before.kind == "big" or (part.spaced and before.kind != "word") else ""
    if before.kind in ("word", "big") or part.kind in ("word", "big"):
        return " "
    scripted = "_" in before.text or before.raised
    if scripted or part.spaced or (before.kind == part.kind == "number") or len(before.text) > 1 < len(part.text):
        return " "
    return ""


def script(inner: list[Part], mark: str) -> str:
    """What stands behind ``^`` or ``_``, in parentheses unless it holds together without."""
    text = line(inner, tight=True)
    if stands_alone(inner) and not any(part.raised or part.fraction for part in inner) and "_" not in text:
        return text
    signed = len(inner) == 2 and inner[0].text == "-" and (inner[1].kind == "number" or len(inner[1].text) == 1)
    letters = mark == "_" and all(part.kind in ("operand", "number") and len(part.text) == 1 for part in inner)
    return text if signed or letters else f"({text})"
