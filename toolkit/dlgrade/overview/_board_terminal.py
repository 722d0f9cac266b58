"""The leaderboard on a terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dlgrade.neutral import NAME_LIMIT, encodable, neutral, visible
from dlgrade.overview._board import SAYS, Board, Entry
from dlgrade.report.page import amount, count, percent

_WIDEST = 110
_PIPED = 80

_COLUMNS: dict[str, Callable[[Entry], str]] = {
    "rank": lambda entry: count(entry.rank),
    "+/-": lambda entry: entry.change,
    "who": lambda entry: neutral(entry.name, NAME_LIMIT) + (" (you)" if entry.mine else ""),
    "accuracy": lambda entry: percent(entry.accuracy),
    "public": lambda entry: percent(entry.public) if entry.public is not None else "",
    "parameters": lambda entry: count(entry.parameters),
    "epochs": lambda entry: count(entry.epochs) if entry.epochs is not None else "",
    "points": lambda entry: amount(entry.points) + (" so far" if entry.review else ""),
    "profile": lambda entry: entry.profile,
    "front": lambda entry: "yes" if entry.front else "",
}
_NUMBERS = {"rank", "+/-", "accuracy", "public", "parameters", "epochs", "points"}
_ONLY_PRIVATE = {"+/-", "public"}


def terminal(board: Board, console: Console | None = None) -> None:
    """Print the board.

    Args:
        console: where to; standard output if None. Nothing on it needs colour to be understood.
    """
    console = console or Console(highlight=False)
    # rich takes a pipe's width from the terminal beside it; what lands in a file should not depend on that.
    width = min(console.width, _WIDEST) if console.is_terminal else _PIPED
    _say(console, width, f"{board.id}  {board.title}", "bold")
    if not board.entries:
        _say(console, width, "Nobody is on the board yet: it ranks trained networks.")
    else:
        _say(console, width, f"{SAYS[board.view]}, then fewer parameters")
        console.print()
        for line in console.render_lines(_table(board, console), console.options.update(width=width), pad=False):
            _put(console, Text.assemble(*((piece.text, piece.style or "") for piece in line)))
        console.print()
        if board.view == "private":
            _say(console, width, "+/-: places won or lost since the public board")
        _say(console, width, "front: nobody is as accurate with as few parameters and better in one of the two")
    for note in board.notes:
        _say(console, width, note)
    if board.mine:
        _say(console, width, f"You: {board.mine}.")


def _table(board: Board, console: Console) -> Table:
    shown = [name for name in _COLUMNS if board.view == "private" or name not in _ONLY_PRIVATE]
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name in shown:
        table.add_column(name, justify="right" if name in _NUMBERS else "left", overflow="fold", no_wrap=name != "who")
    for entry in board.entries:
        cells = [Text(encodable(visible(_COLUMNS[name](entry)), console.encoding)) for name in shown]
        table.add_row(*cells, style="bold" if entry.mine else "")
    return table


def _say(console: Console, width: int, plain: str, style: str = "") -> None:
    for line in Text(encodable(visible(plain), console.encoding), style).wrap(console, width):
        _put(console, line)


def _put(console: Console, line: Text) -> None:
    line.rstrip()
    console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)
