"""Text to syntax tree, without a way to hurt the process, and syntax errors in plain words.

Python's own messages are good; they are rephrased only where a beginner would not know what to do. Found by
trying (3.11): brackets, operators and blocks nested too deeply end in a clean exception, but ``import a.a.a``
with many parts takes quadratic memory in the parser, 50,000 ``for`` in one comprehension overflow the
compiler's stack, and thousands of functions or keywords in one place take it minutes. No honest homework
comes near the limits that keep these out.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Callable

from dlgrade.errors import SubmissionError
from dlgrade.submission._text import printable

__all__ = ["CODE_LIMIT", "Where", "check_compiles", "parse"]

Where = Callable[[int], str]

CODE_LIMIT = 500_000
_DEPTH_LIMIT = 200
_NODE_LIMIT = 100_000
_ITEM_LIMIT = 250
_FUNCTION_LIMIT = 3_000
# A class weighs more than a function: how classes build on each other takes quadratic time to find out.
_SCOPES = {ast.FunctionDef: 1, ast.AsyncFunctionDef: 1, ast.Lambda: 1, ast.ClassDef: 8}
_IMPORT = re.compile(r"\bimport\b")
_DOTTED = re.compile(r"(?<!\.)\.(?!\.)")  # not those of a rule such as "# ....."
_PARTS = re.compile(r"""[,;:()\[\]{}'"=#]""")
_TOO_DEEP = "is nested too deeply to be read"


def parse(code: str, where: Where) -> ast.Module:
    """The syntax tree of `code`.

    Args:
        where: tells the place of a line in the student's words.

    Raises:
        SubmissionError: it is not Python, or it is of a size or depth that no person writes.
    """
    _refuse_before(code, where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in plain quotes and the like: no business of the grader's
            tree = ast.parse(code)
    except SyntaxError as error:
        raise _explained(error, code, where) from None
    except (MemoryError, RecursionError, ValueError):
        raise SubmissionError(f"{where(1)}: this file {_TOO_DEEP}") from None
    _refuse_after(tree, where)
    return tree


def check_compiles(source: str, where: Where) -> None:
    """Raise for what Python refuses only when it compiles: ``break`` outside a loop, an argument twice."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "submission", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise _explained(error, source, where) from None
    except (MemoryError, RecursionError, ValueError):
        raise SubmissionError(f"{where(1)}: this file {_TOO_DEEP}") from None


def _refuse_before(code: str, where: Where) -> None:
    if len(code) > CODE_LIMIT:
        raise SubmissionError(
            f"{where(1)}: holds {len(code):,} characters of code; at most {CODE_LIMIT:,} are read",
            "Keep data and weights out of the source.",
        )
    for number, line in enumerate(code.replace("\\\n", "  ").split("\n"), 1):
        if _IMPORT.search(line) and any(len(_DOTTED.findall(part)) > _ITEM_LIMIT for part in _PARTS.split(line)):
            raise SubmissionError(f"{where(number)}: imports a name of more than {_ITEM_LIMIT} parts")


def _refuse_after(tree: ast.Module, where: Where) -> None:
    nodes = functions = 0
    todo: list[tuple[ast.AST, int, int]] = [(tree, 0, 1)]
    while todo:
        node, depth, line = todo.pop()
        line = getattr(node, "lineno", line)
        nodes += 1
        functions += _SCOPES.get(type(node), 0)
        if depth > _DEPTH_LIMIT:
            raise SubmissionError(f"{where(line)}: this line {_TOO_DEEP}")
        if nodes > _NODE_LIMIT or functions > _FUNCTION_LIMIT:
            raise SubmissionError(f"{where(1)}: this file is too long to be graded", "Keep data out of the source.")
        if _crowd(node) > _ITEM_LIMIT:
            raise SubmissionError(f"{where(line)}: more than {_ITEM_LIMIT} parts in one expression")
        todo.extend((child, depth + 1, line) for child in ast.iter_child_nodes(node))


def _crowd(node: ast.AST) -> int:
    """How many of those parts `node` has that the compiler compares with each other or nests."""
    match node:
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return len(node.generators)
        case ast.Call() | ast.ClassDef():
            return len(node.keywords)
        case ast.MatchClass() | ast.MatchSequence() | ast.MatchOr():
            return len(node.patterns) + len(getattr(node, "kwd_attrs", ()))
        case ast.MatchMapping():
            return len(node.keys)
    return 0


# -- what Python says, and what we say instead ----------------------------------------------------------

_REPHRASED: tuple[tuple[str, str, str], ...] = (
    (
        r"inconsistent use of tabs",
        "tabs and spaces are mixed in the indentation",
        "Indent with four spaces throughout; an editor can convert the tabs.",
    ),
    (
        r"unindent does not match",
        "this line is indented like none of the blocks above it",
        "Indent it exactly as the lines that it belongs with.",
    ),
    (
        r"unexpected indent",
        "this line is indented, but no block begins above it",
        "Remove the spaces in front of it.",
    ),
    (
        r"Missing parentheses in call to '(print|exec)'",
        r"\1 without parentheses is Python 2",
        r"Write \1(...).",
    ),
    (
        r"unterminated triple-quoted",
        "the triple quotes that open here are never closed",
        "",
    ),
    (r"unterminated (?:f-)?string literal", "the quote that opens here is not closed on this line", ""),
    (r"expected ':'", "a colon is missing", "Put ':' at the end of the line."),
    (r"unexpected EOF|was never closed in f-string", "the file ends in the middle of a statement", ""),
    (r"Exceeds the limit .* integer string", "a number of more than 4,300 digits", ""),
    (r"too many nested parentheses|too many levels of indentation", f"this line {_TOO_DEEP}", ""),
    (
        r"from __future__ imports must occur",
        "'from __future__' is not at the beginning of the file",
        "Move it to the first line.",
    ),
    (r"^invalid syntax$", "Python cannot read this line", ""),
    (
        r"^(f-string: .*(?:expecting|unmatched|empty).*)",
        r"\1",
        "Inside the braces use other quotes than around the text.",
    ),
)


def _explained(error: SyntaxError, code: str, where: Where) -> SubmissionError:
    lines = code.split("\n")
    number = min(max(1, error.lineno or 1), len(lines))
    line = lines[number - 1]
    what, mend = _sentence(str(error.msg), line, error.offset or 0)
    shown = printable(line.strip())
    return SubmissionError(f"{where(number)}: {what}" + (f": {shown}" if shown else ""), mend)


def _sentence(message: str, line: str, column: int) -> tuple[str, str]:
    if line.startswith(("<<<<<<< ", "=======", ">>>>>>> ")):
        return "a merge conflict was left in the file", "Keep one of the two versions and delete the marks."
    odd = re.search(r"\(U\+([0-9A-F]{4,6})\)|character U\+([0-9A-F]{4,6})", message)
    if odd:
        return _odd_character(chr(int(odd[1] or odd[2], 16)), line, column)
    for pattern, what, mend in _REPHRASED:
        found = re.search(pattern, message)
        if found:
            return found.expand(what), found.expand(mend)
    return printable(message), ""


def _odd_character(char: str, line: str, column: int) -> tuple[str, str]:
    code = f"U+{ord(char):04X}"
    name = unicodedata.name(char, "").lower()
    spelled = (
        f"{char} ({code}, {name})"
        if char.isprintable() and not char.isspace()
        else f"{code} ({name or 'a control character'})"
    )
    at = line.find(char) + 1 or column
    mend = "Delete it and type that place anew."
    if "quotation mark" in name or char in "´`‘’′″":
        mend = "Type the quotes on the keyboard; text pasted from a PDF or a slide has typographic ones."
    elif "dash" in name or "minus" in name or "hyphen" in name:
        mend = "Type a minus on the keyboard; text pasted from a PDF or a slide has a dash there."
    elif "space" in name:
        mend = "Replace it by an ordinary space; it came with pasted text."
    return f"column {at} holds {spelled}, which is not Python", mend
