"""Changes to a text that keep every line where it is."""

from __future__ import annotations

import ast

__all__ = ["Edits"]


class Edits:
    """Collects replacements of syntax tree nodes in `code` and applies them at once."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._starts = [0]
        for i, char in enumerate(code):
            if char == "\n":
                self._starts.append(i + 1)
        self._changes: list[tuple[int, int, str]] = []

    def text(self, node: ast.expr | ast.stmt) -> str:
        """What stands at `node`."""
        start, end = self._extent(node)
        return self._code[start:end]

    def blank(self, statement: ast.stmt, top: bool) -> None:
        """Take `statement` out; where it is the only one of a block, or shares its line, ``pass`` stays."""
        start, end = self._extent(statement)
        line = self._code.rfind("\n", 0, start) + 1
        after = self._rest_of_line(end)
        continued = self._code[max(0, line - 2) : line] == "\\\n"
        alone = not self._code[line:start].strip() and (not after or after.startswith("#")) and not continued
        if top and alone:
            self._changes.append((start, end, "\n" * self._code.count("\n", start, end)))
        else:
            self.replace(statement, "pass")

    def replace(self, node: ast.expr | ast.stmt, text: str) -> None:
        """Put the one line `text` in the place of `node`, which may span several."""
        start, end = self._extent(node)
        lines = self._code.count("\n", start, end)
        after = self._rest_of_line(end)
        # What follows on the last line still belongs to the logical line: a backslash holds them together.
        joint = " \\\n" if after and not after.startswith("#") else "\n"
        self._changes.append((start, end, text + joint * lines))

    def put(self, node: ast.expr | ast.stmt, before: str, after: str) -> None:
        """Put `before` and `after`, a pair of brackets or the like, in the place of `node`."""
        start, end = self._extent(node)
        self._changes.append((start, end, before + "\n" * self._code.count("\n", start, end) + after))

    def set_line(self, line: int, text: str) -> None:
        """Replace a whole line."""
        start = self._starts[line - 1]
        end = self._code.find("\n", start)
        self._changes.append((start, len(self._code) if end < 0 else end, text))

    def applied(self) -> str:
        """The changed text; it has as many lines as the text had."""
        parts: list[str] = []
        at = 0
        for start, end, text in sorted(self._changes, key=lambda change: (change[0], -change[1])):
            if start < at:
                continue  # inside something that went already
            parts += [self._code[at:start], text]
            at = end
        return "".join([*parts, self._code[at:]])

    def _rest_of_line(self, offset: int) -> str:
        end = self._code.find("\n", offset)
        return self._code[offset : end if end >= 0 else len(self._code)].strip()

    def _extent(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        start = self._offset(node.lineno, node.col_offset)
        decorators = getattr(node, "decorator_list", ())
        if decorators:
            first = self._offset(decorators[0].lineno, decorators[0].col_offset)
            start = self._code.rfind("@", 0, first)
        return start, self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _offset(self, line: int, column: int) -> int:
        # The tree counts columns in bytes of UTF-8.
        start = self._starts[line - 1]
        head = self._code[start : start + column]
        if head.isascii():
            return start + column
        return start + len(head.encode("utf-8")[:column].decode("utf-8", "ignore"))
