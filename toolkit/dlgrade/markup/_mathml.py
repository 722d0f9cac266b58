"""TeX as MathML, by latex2mathml; its text is escaped here, since its own output lets ``\\text{<b>}`` through."""

from __future__ import annotations

import functools
import re
from html import unescape

from dlgrade.markup._tex import TexError, read

_ARG = re.compile(r"\\arg(?![A-Za-z])")  # the one function that latex2mathml lacks


@functools.lru_cache(maxsize=4096)
def mathml(tex: str, *, block: bool = False) -> str:
    """The formula as a ``<math>`` element.

    Raises:
        TexError: it is not TeX, or holds what MathML or a line of text cannot say.
    """
    from xml.etree.ElementTree import tostring

    from latex2mathml.converter import convert_to_element

    read(tex)
    try:
        root = convert_to_element(_ARG.sub(r"\\operatorname{arg}", tex), display="block" if block else "inline")
    except Exception as error:  # its errors have no base of their own, and some are plain IndexErrors
        raise TexError(f"cannot be converted to MathML ({type(error).__name__})") from None
    for element in root.iter():
        # Symbols arrive as character references in text that is escaped once more below.
        element.text = unescape(element.text) if element.text else element.text
        if element.text and element.text.startswith("\\") and len(element.text) > 1:
            raise TexError(f"{element.text} is not known in MathML")
    return tostring(root, encoding="unicode")
