"""Which lines of a program are taken out, and whether what was typed in their place does.

Promises: only a line is taken out whose absence the machine notices: without it the program stops, prints something
else, breaks its proof or leaves something else behind. What is typed is judged by running it, never by its letters,
so that another line that does the same is right. Nothing runs here: that is the bench's work.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dlgrade.quiz import shuffled
from dlgrade.study._bench import Outcome
from dlgrade.study._programs import Program

Run = Callable[[str, str], Outcome]
_WORDS = re.compile(r"\w+|[^\w\s]")
_HEADS = (ast.For, ast.While, ast.With, ast.If)
_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Delete, ast.Raise, ast.Assert)


@dataclass(frozen=True)
class Gap:
    """A line that is taken out: its number from 1, its text without indentation and comment, and both of these."""

    line: int
    text: str
    indent: str
    comment: str = ""
    head: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether a filled program does; `says` why not, in plain words."""

    right: bool
    says: str = ""


def gaps(code: str) -> tuple[Gap, ...]:
    """Every line that could be taken out: statements of one line, and the heads of loops, conditions and contexts."""
    lines = code.split("\n")
    comments = _comments(code)
    found: dict[int, Gap] = {}
    for node, head in _statements(ast.parse(code)):
        number = node.lineno
        start, rest = lines[number - 1][: node.col_offset], lines[number - 1][node.col_offset :]
        comment = comments.get(number, "")
        text = rest[: len(rest) - len(comment)].rstrip() if comment else rest.rstrip()
        if number in found or start.strip() or not text:
            found.pop(number, None)  # two statements in a line stay
            continue
        found[number] = Gap(number, text, start, comment, head)
    return tuple(found[number] for number in sorted(found))


def _statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, bool]]:
    for node in ast.walk(tree):
        if isinstance(node, _HEADS):
            if node.body[0].lineno > node.lineno and _head_end(node) == node.lineno:
                yield node, True
        elif isinstance(node, _SIMPLE) and node.lineno == node.end_lineno and not _is_docstring(node):
            yield node, False


def _head_end(node: ast.For | ast.While | ast.With | ast.If) -> int:
    if isinstance(node, ast.With):
        return max(item.context_expr.end_lineno or 0 for item in node.items)
    part = node.iter if isinstance(node, ast.For) else node.test
    return part.end_lineno or 0


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _comments(code: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def filled(program: Program, typed: Mapping[Gap, str]) -> str:
    """The program with what was typed in place of its gaps, at their indentation."""
    lines = program.code.split("\n")
    for gap, text in typed.items():
        lines[gap.line - 1] = gap.indent + text.strip()
    return "\n".join(lines)


def shown(program: Program, chosen: tuple[Gap, ...]) -> str:
    """The program as it is put, gaps as rules, its lines numbered; comments stay as hints."""
    lines = program.code.split("\n")
    for gap in chosen:
        lines[gap.line - 1] = f"{gap.indent}________  {gap.comment}".rstrip()
    return "\n".join(lines)


def noticed(program: Program, run: Run) -> tuple[Gap, ...]:
    """The lines that may be taken out of a program; none where it does not run as it stands."""
    wanted = _outcome(program, program.code, run)
    if not judged(program, wanted, wanted).right:
        return ()
    blind = {gap: "if True:" if gap.head else "pass" for gap in gaps(program.code)}
    return tuple(
        gap
        for gap, nothing in blind.items()
        if not judged(program, _outcome(program, filled(program, {gap: nothing}), run), wanted).right
    )


def pick(program: Program, may: tuple[Gap, ...], count: int, *purpose: object) -> tuple[Gap, ...]:
    """`count` of the lines that may be taken out, the key line first, the others as chance has it; in their order."""
    mixed = shuffled(may, program.id, *purpose)
    mixed.sort(key=lambda gap: gap.line != program.key_line)
    return tuple(sorted(mixed[:count], key=lambda gap: gap.line))


def judge(program: Program, typed: Mapping[Gap, str], run: Run) -> Verdict:
    """Whether the program does with what was typed."""
    code = filled(program, typed)
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        return Verdict(False, f"{f'line {line}: ' if line else ''}not Python: {getattr(error, 'msg', error)}")
    wanted = Outcome() if program.proof else _outcome(program, program.code, run)
    return judged(program, _outcome(program, code, run), wanted)


def judged(program: Program, came: Outcome, wanted: Outcome) -> Verdict:
    """Compare what came of a filled program with what came of the right one."""
    if came.fault:
        return Verdict(False, f"{f'line {came.line}: ' if came.line else ''}{came.fault}")
    if program.proof:
        return Verdict(True)
    if _WORDS.findall(came.printed) != _WORDS.findall(wanted.printed):
        return Verdict(False, f"it prints {_quoted(came.printed)}, wanted {_quoted(wanted.printed)}")
    left = dict(came.left)
    other = [name for name, text in wanted.left if left.get(name) != text]
    return Verdict(not other, f"{other[0]} is not what it is in the lesson" if other else "")


def _outcome(program: Program, code: str, run: Run) -> Outcome:
    """Run it behind what comes before it; the line of a fault is that of the code alone."""
    if not program.before:
        return run(code, program.proof)
    came = run(f"{program.before}\n{code}", program.proof)
    above = program.before.count("\n") + 1
    return Outcome(came.printed, came.fault, max(0, came.line - above), came.left)


def _quoted(text: str) -> str:
    line = " / ".join(text.rstrip("\n").split("\n"))
    return f"'{line[:77]}...'" if len(line) > 80 else f"'{line}'" if line else "nothing"
