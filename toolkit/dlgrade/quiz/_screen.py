"""A terminal, or a pipe in its place: text goes out wrapped and harmless, answers come in line by line."""

from __future__ import annotations

import io
import sys
from typing import TextIO

from rich.console import Console
from rich.text import Text

from dlgrade import markup
from dlgrade.neutral import encodable, visible

_WIDEST = 100  # longer lines are hard to read
_PIPED = 80


class Stopped(Exception):  # noqa: N818 - reads better where it is caught
    """The learner wants to stop, or there is nobody to answer."""


class Screen:
    """Where a learner reads and answers.

    Args:
        console: standard output if None; colour appears only where it is a terminal.
        answers: standard input if None.
    """

    def __init__(self, console: Console | None = None, answers: TextIO | None = None) -> None:
        """See the class."""
        self.console = console or Console(highlight=False)
        self.answers = answers or sys.stdin
        if isinstance(self.answers, io.TextIOWrapper):
            self.answers.reconfigure(errors="replace")  # bytes that are no text are no reason to stop
        # rich takes a pipe's width from the terminal beside it; what lands in a file should not depend on that.
        self.width = min(self.console.width, _WIDEST if self.console.is_terminal else _PIPED)

    def say(self, plain: str = "", *, lead: str = "", hang: int = 0, style: str = "") -> None:
        """Put `lead`, and from column `hang` on the lines of a plain text, wrapped."""
        for line in plain.split("\n"):
            code = line.startswith("    ")  # code, tables and formulas of `markup.plain`: wrapping would break them
            pieces = [self._text(line, style)]
            if not code:
                pieces = list(pieces[0].wrap(self.console, max(self.width - hang, 24))) or [Text()]
            for piece in pieces:
                start = self._text(lead).plain.ljust(hang)
                self._print(Text.assemble(start, piece))
                lead = ""

    def read(self, text: str, *, lead: str = "", hang: int = 0, style: str = "") -> None:
        """Put a text of a bank, which is markup."""
        self.say(markup.plain(text), lead=lead, hang=hang, style=style)

    def code(self, code: str, *, numbered: bool = False) -> None:
        """Put a program, its lines unbroken."""
        for number, line in enumerate(code.split("\n"), 1):
            self._print(Text.assemble(f"  {number:>2} | " if numbered else "    ", self._text(line)))

    def ask(self, prompt: str = "> ") -> str:
        """One line of answer.

        Raises:
            Stopped: the answer is q, or there is none.
        """
        self._flush()
        if self.answers is sys.stdin and sys.stdin.isatty() and self.console.is_terminal:
            try:
                line = input(prompt)
            except EOFError:
                self.say()
                raise Stopped from None
        else:
            self.console.file.write(prompt)
            read = self.answers.readline()
            line = read.rstrip("\r\n")
            self.console.file.write(encodable(visible(line[:200]), self.console.encoding) + "\n")
            if not read:
                raise Stopped
        if line.strip().lower() == "q":
            raise Stopped
        return line

    def _flush(self) -> None:
        self.console.file.flush()

    def _text(self, plain: str, style: str = "") -> Text:
        return Text(encodable(visible(plain), self.console.encoding), style)

    def _print(self, line: Text) -> None:
        line.rstrip()
        self.console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)
