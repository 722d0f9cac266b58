r"""TeX of formulas, read into a tree and said in a line of plain words.

Promises that the line means what the formula means: a fraction, an exponent or a root that holds more than one
thing gets parentheses, since a line has no other way to keep them together. What cannot be said so, or is not
known, is a `TexError`, never a line that only looks right. Symbols are those of pylatexenc.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass, field

from dlgrade.markup._line import BARS, PREFIXES, Part, is_product, line, script, single, stands_alone
from dlgrade.markup._symbols import (
    ACCENTS,
    BIG,
    BINARY,
    CLOSE,
    ENVIRONMENTS,
    FONTS,
    IGNORED,
    OPEN,
    RELATIONS,
    SPACES,
    WORDS,
    symbol,
)  # fmt: skip

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_FRACTIONS = {"\\frac", "\\dfrac", "\\tfrac"}


class TexError(Exception):
    """Says what is wrong, in words that follow the formula."""


@functools.lru_cache(maxsize=4096)
def spoken(tex: str) -> str:
    """The formula in one line.

    Raises:
        TexError: not TeX, or nothing that a line can say.
    """
    return line(read(tex))


def read(tex: str) -> list[Part]:
    """The parts of a formula.

    Raises:
        TexError: see `spoken`.
    """
    try:
        reader = _Reader([match[0] for match in _TOKEN.finditer(tex)])
        parts = reader.row(until=None)
    except RecursionError:
        raise TexError("is nested too deeply") from None
    if reader.fences:
        raise TexError("has a \\left without \\right")
    if not parts:
        raise TexError("is an empty formula")
    return parts


@dataclass
class _Reader:
    tokens: list[str]
    place: int = 0
    fences: list[str] = field(default_factory=list)

    def peek(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> str:
        bit = self.peek()
        if bit is None:
            raise TexError("ends too early")
        self.place += 1
        return bit

    def skip(self) -> bool:
        """Pass over spaces; whether there were any."""
        begin = self.place
        while (bit := self.peek()) is not None and (bit.isspace() or bit == "~"):
            self.place += 1
        return self.place > begin

    def row(self, until: str | None, *ends: str) -> list[Part]:
        """Parts up to the bit `until`, which is taken, or to one of `ends`, which is left."""
        parts: list[Part] = []
        spaced = False
        while True:
            spaced = self.skip() or spaced
            bit = self.peek()
            if bit is None:
                if until is not None:
                    raise TexError(f"has no {until} to what was opened")
                return parts
            if bit == until:
                self.place += 1
                return parts
            if bit in ends:
                return parts
            if bit in ("^", "_"):
                self._script(parts, bit)
                continue
            new = self.unit()
            if new is None:
                spaced = True
                continue
            if bit == "{" and len(new) > 1 and self._script_follows():
                new = [Part(f"({line(new)})")]
            if spaced and new:
                new = [_with_space(new[0]), *new[1:]]
            parts += new
            spaced = False

    def _script(self, parts: list[Part], mark: str) -> None:
        self.take()
        self.skip()
        inner = self.argument(script=True)
        base = parts.pop() if parts else Part("", "operand")
        if base.fraction or not base.whole or base.text.startswith("√"):
            base = Part(f"({base.text})", spaced=base.spaced)
        if base.kind in ("binary", "relation", "open", "comma"):
            raise TexError(f"raises or lowers nothing behind '{base.text}'")
        if not inner:
            raise TexError("has an empty exponent or index")
        kind = "operand" if base.kind == "number" else base.kind
        text = base.text + mark + script(inner, mark)
        parts.append(Part(text, kind, spaced=base.spaced, raised=mark == "^" or base.raised))

    def _script_follows(self) -> bool:
        rest = self.tokens[self.place :]
        return next((bit for bit in rest if not bit.isspace()), "") in ("^", "_")

    def unit(self) -> list[Part] | None:
        """The next thing; None for a mere space, an empty list for what shows nothing."""
        bit = self.take()
        if bit == "{":
            inner = self.row("}")
            if [part.text for part in inner] == [","]:
                return [Part(",", "tight")]
            return inner
        if bit in ("}", "&", "$", "#", "%") or bit == "\\\\":
            raise TexError(f"has a '{bit}' that does not belong there")
        if bit.startswith("\\"):
            return self.command(bit)
        return [_character(bit)]

    def command(self, bit: str) -> list[Part] | None:
        name = bit[1:]
        if name in SPACES:
            return None
        if name in IGNORED:
            return []
        if bit in _FRACTIONS:
            return [_fraction(self.argument(), self.argument())]
        if name in ("left", "right", "middle") or name in ("bigl", "bigr", "Bigl", "Bigr", "big", "Big"):
            return self.fence(name)
        if name in FONTS:
            return self._font(name)
        if name in ACCENTS:
            return [_accent(name, self.argument())]
        match name:
            case "sqrt":
                return [self._root()]
            case "binom":
                return [Part(f"({line(self.argument())} choose {line(self.argument())})")]
            case "begin":
                return [self._environment()]
            case "overset" | "underset" | "end" | "limits" | "nolimits":
                raise TexError(f"has a \\{name} that a line cannot say")
        return [_symbol(name)]

    def argument(self, *, script: bool = False) -> list[Part]:
        """What the next brace group holds, or the next single thing."""
        self.skip()
        bit = self.peek()
        if bit is None or bit in ("}", "&", "^", "_"):
            raise TexError("ends where something is missing")
        if bit == "{":
            self.take()
            return self.row("}")
        if bit[0].isdigit() and len(bit) > 1:
            if script:
                raise TexError(f"raises or lowers only the first digit of {bit}; write it in braces")
            self.tokens[self.place] = bit[1:]
            return [Part(bit[0], "number")]
        if bit == "-" and script:
            raise TexError("raises or lowers only the minus; write it in braces")
        return self.unit() or []

    def fence(self, name: str) -> list[Part]:
        self.skip()
        bit = self.take()
        if name == "left":
            self.fences.append(bit)
        elif name == "right":
            if not self.fences:
                raise TexError("has a \\right without \\left")
            self.fences.pop()
        part = _character(bit) if not bit.startswith("\\") else _symbol(bit[1:])
        if part.text == ".":
            return []
        kind = {"left": "open", "right": "close"}.get(name, part.kind)
        return [Part(part.text, kind)]

    def _font(self, name: str) -> list[Part]:
        if FONTS[name] == "text":
            return [Part(self._verbatim(), "word")]
        inner = self.argument()
        if name in ("mathbb", "mathcal"):
            return [Part(_styled(name, part.text), part.kind, spaced=part.spaced) for part in inner]
        # `\mathrm{ReLU}` is one name and not four letters.
        if len(inner) > 1 and all(part.kind in ("operand", "number") and part.text.isalnum() for part in inner):
            return [Part("".join(" " * (part.spaced and i > 0) + part.text for i, part in enumerate(inner)), "word")]
        return inner

    def _verbatim(self) -> str:
        """The text inside braces, as it is written."""
        self.skip()
        if self.take() != "{":
            raise TexError("has a \\text without braces")
        pieces: list[str] = []
        while (bit := self.take()) != "}":
            if bit == "{" or (bit.startswith("\\") and bit[1:] not in (*"_#%&{}", *SPACES)):
                raise TexError(f"has '{bit}' inside of \\text")
            pieces.append(" " if bit[1:] in SPACES and bit.startswith("\\") else bit.removeprefix("\\"))
        return " ".join("".join(pieces).replace("~", " ").split())

    def _root(self) -> Part:
        self.skip()
        index = ""
        if self.peek() == "[":
            self.take()
            index = line(self.row("]"))
        inner = self.argument()
        if index:
            return Part(f"{single(inner)}^(1/{index})", raised=True)
        return Part(f"√{single(inner, fenced=True)}")

    def _environment(self) -> Part:
        name = self._verbatim()
        if name not in ENVIRONMENTS:
            raise TexError(f"has an environment {name} that is not known")
        if name == "array":
            self._verbatim()
        rows: list[list[str]] = [[""]]
        while True:
            parts = self.row(None, "&", "\\\\", "\\end")
            rows[-1][-1] = line(parts)
            match self.take():
                case "&":
                    rows[-1].append("")
                case "\\\\":
                    rows.append([""])
                case _:
                    break
        if self._verbatim() != name:
            raise TexError(f"has a \\begin{{{name}}} without its \\end")
        left, cell, right = ENVIRONMENTS[name]
        lines = [cell.join(filter(None, row)) for row in rows]
        return Part(left + "; ".join(filter(None, lines)) + right, whole=bool(left))


def _with_space(part: Part) -> Part:
    return Part(part.text, part.kind, part.whole, part.fraction, True, part.raised)


def _character(bit: str) -> Part:
    if bit[0].isdigit():
        return Part(bit, "number")
    if bit in BINARY:
        return Part(BINARY[bit], "binary")
    if bit in RELATIONS:
        return Part(bit, "relation")
    if bit in OPEN:
        return Part(bit, "open")
    if bit in CLOSE:
        return Part(bit, "close")
    if bit in ",;:":
        return Part(bit, "comma")
    if bit in "/|!'.?":
        return Part(bit, "tight")
    if bit in '`"\\':
        raise TexError(f"has a {bit} in it")
    return Part(bit)


def _symbol(name: str) -> Part:
    if name in WORDS:
        return Part(WORDS[name], "word")
    text = symbol(name)
    if text is None:
        raise TexError(f"has a command \\{name} that is not known")
    if name in BIG:
        return Part(text, "big")
    if name == "mid":
        return Part("|", "relation")
    if name in ("lvert", "lVert", "rvert", "rVert"):
        return Part(text, "open" if name[0] == "l" else "close")
    if text in OPEN or text in CLOSE or text in BINARY.values() or text in RELATIONS:
        kind = "open" if text in OPEN else "close" if text in CLOSE else "relation" if text in RELATIONS else "binary"
        return Part(text, kind)
    return Part(text, "tight" if text in (*PREFIXES, *BARS) else "operand")


def _fraction(above: list[Part], below: list[Part]) -> Part:
    over, under = line(above), line(below)
    if not over or not under:
        raise TexError("has a fraction without one of its halves")
    if not is_product(above):
        over = f"({over})"
    if not stands_alone(below):
        under = f"({under})"
    return Part(f"{over}/{under}", whole=False, fraction=True)


def _accent(name: str, inner: list[Part]) -> Part:
    text = line(inner)
    if len(text) == 1:
        return Part(unicodedata.normalize("NFC", text + ACCENTS[name]))
    return Part(f"{name}({text})")


def _styled(name: str, text: str) -> str:
    if name == "mathbb" and len(text) == 1 and text.isalpha():
        try:
            return unicodedata.lookup(f"DOUBLE-STRUCK CAPITAL {text}")
        except KeyError:
            return text
    return text
