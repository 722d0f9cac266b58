"""The plain words of a text, for a terminal: lines, indented code, aligned tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlgrade.markup._cloze import revealed
from dlgrade.markup._parse import tokens
from dlgrade.markup._tex import TexError, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.tree import SyntaxTreeNode

_INDENT = "    "


def plain(text: str) -> str:
    """The text as plain lines; math in plain words where they say the same, and else as TeX."""
    from markdown_it.tree import SyntaxTreeNode

    return "\n".join(_blocks(SyntaxTreeNode(tokens(text)).children))


def formula(tex: str) -> str:
    """A formula in plain words, or the TeX itself between dollars where words would not say the same."""
    tex = revealed(" ".join(tex.split()))
    try:
        return spoken(tex)
    except TexError:
        return f"${tex}$"


def _blocks(nodes: Sequence[SyntaxTreeNode], *, tight: bool = False) -> list[str]:
    """The lines of blocks below each other, with a blank line between them unless they stand tight."""
    lines: list[str] = []
    for node in nodes:
        if lines and not tight:
            lines.append("")
        lines += _block(node)
    return lines


def _block(node: SyntaxTreeNode) -> list[str]:
    match node.type:
        case "paragraph":
            return _words(node.children[0].children).split("\n")
        case "fence":
            return [(_INDENT + line).rstrip() for line in node.content.rstrip("\n").split("\n")]
        case "math_block":
            return [_INDENT + formula(node.content)]
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "table":
            return _table(node)
    raise AssertionError(node.type)  # the parser knows no other


def _list(node: SyntaxTreeNode) -> list[str]:
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    lines: list[str] = []
    for i, item in enumerate(node.children):
        mark = "- " if number is None else f"{number + i}. "
        if lines and not tight:
            lines.append("")
        inner = _blocks(item.children, tight=tight) or [""]
        hang = " " * len(mark)
        lines += [((hang if j else mark) + line).rstrip() for j, line in enumerate(inner)]
    return lines


def _table(node: SyntaxTreeNode) -> list[str]:
    rows = [
        [_words(cell.children[0].children).replace("\n", " ") for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _words(nodes: Sequence[SyntaxTreeNode]) -> str:
    return "".join(map(_word, nodes))


def _word(node: SyntaxTreeNode) -> str:
    match node.type:
        case "code_inline":
            return f"`{node.content}`"
        case "math_inline" | "math_inline_double":
            return formula(node.content)
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            words, url = _words(node.children), str(node.attrs["href"])
            return words if words == url else f"{words} ({url})"
        case "strong" | "em":
            return _words(node.children)
    return node.content
