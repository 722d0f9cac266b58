"""The HTML of a text."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from dlgrade.markup._cloze import revealed
from dlgrade.markup._highlight import code
from dlgrade.markup._mathml import mathml
from dlgrade.markup._parse import parser, tokens
from dlgrade.markup._tex import TexError

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

Math = Literal["mathml", "tex"]
_COMMANDS = re.compile(r"\\(?=[(\[]|$)|\[(?=sound:|anki:|latex|\$)", re.IGNORECASE)


def html(text: str, math: Math = "mathml", inline: bool = False) -> str:
    r"""The text as HTML that can stand in any page.

    Args:
        math: ``mathml``, or ``tex`` for pages that typeset ``\( \)`` and ``\[ \]`` themselves.
        inline: without paragraphs and blocks, for the inside of a label or heading.
    """
    rendered: str = _renderer(math).render(tokens(text, inline=inline), parser().options, {})
    return rendered.strip()


@functools.cache
def _renderer(math: Math) -> RendererHTML:
    from markdown_it.renderer import RendererHTML

    renderer = RendererHTML()
    rules: dict[str, Callable[[Token], str]] = {
        "text": lambda token: _text(token.content, math),
        "text_special": lambda token: _text(token.content, math),
        "code_inline": lambda token: f"<code>{escape(token.content, quote=False)}</code>",
        "fence": lambda token: code(token.content, token.info.strip()) + "\n",
        "math_inline": lambda token: _formula(token.content, math, block=False),
        "math_inline_double": lambda token: _formula(token.content, math, block=True),
        "math_block": lambda token: f'<div class="math">{_formula(token.content, math, block=True)}</div>\n',
    }
    handlers: dict[str, Any] = {name: _as_rule(rule) for name, rule in rules.items()}
    handlers["link_open"] = _link
    renderer.rules.update(handlers)
    return renderer


def _text(content: str, math: Math) -> str:
    safe = escape(content, quote=False)
    # What typesets math, or Anki, would take these for commands: an empty element keeps their halves apart.
    return _COMMANDS.sub(r"\g<0><span></span>", safe) if math == "tex" else safe


def _as_rule(rule: Callable[[Token], str]) -> Any:
    return lambda tokens, index, options, env: rule(tokens[index])


def _link(tokens: Any, index: int, options: object, env: object) -> str:
    return f'<a href="{escape(str(tokens[index].attrs["href"]))}" rel="noopener noreferrer">'


def _formula(tex: str, math: Math, *, block: bool) -> str:
    tex = " ".join(tex.split())
    if math == "tex":
        left, right = (r"\[", r"\]") if block else (r"\(", r"\)")
        return f"{left}{escape(tex, quote=False)}{right}"
    try:
        return mathml(revealed(tex), block=block)
    except TexError:
        return f"<code>{escape(tex, quote=False)}</code>"
