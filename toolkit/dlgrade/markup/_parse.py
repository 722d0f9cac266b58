"""From text to the tokens of markdown-it, with the parts of Markdown that this course writes and no others."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from dlgrade.neutral import visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_TAB = 4
_ADDRESS = re.compile(r"https?://[^\s]+\Z", re.IGNORECASE)
_BLOCKS = ["paragraph", "fence", "list", "table", "math_block"]
_INLINE = ["text", "newline", "escape", "backticks", "emphasis", "link", "autolink", "math_inline"]


def tokens(text: str, *, inline: bool = False) -> list[Token]:
    """The tokens of a text, with every harmful character written out before."""
    lines = text.replace("\r\n", "\n").split("\n")
    safe = "\n".join(visible(line.expandtabs(_TAB)) for line in lines)
    return parser().parseInline(safe) if inline else parser().parse(safe)


@functools.cache
def parser() -> MarkdownIt:
    """The one parser."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.use(dollarmath_plugin, allow_labels=False, double_inline=True, allow_blank_lines=False)
    parser.block.ruler.enableOnly(_BLOCKS)
    parser.inline.ruler.enableOnly(_INLINE)
    parser.inline.ruler2.enableOnly(["balance_pairs", "emphasis", "fragments_join"])
    # `text_join` would merge an escaped dollar with its neighbours, and an unclosed one is told by being bare.
    parser.core.ruler.enableOnly(["normalize", "block", "inline"])
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.validateLink = lambda url: bool(_ADDRESS.match(url))  # type: ignore[method-assign]
    return parser


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Emphasis by asterisks around words: ``__init__`` keeps its underscores and ``2*p*k`` its asterisks."""
    from markdown_it.rules_inline.emphasis import tokenize

    if state.src[state.pos] != "*":
        return False
    end = state.pos
    while state.src[end : end + 1] == "*":
        end += 1
    before, after = state.src[max(state.pos - 1, 0) : state.pos], state.src[end : end + 1]
    if before.isalnum() and after.isalnum():
        if not silent:
            state.pending += state.src[state.pos : end]
            state.pos = end
        return not silent
    return tokenize(state, silent)
