"""The leaderboard as a page that may be published: it knows names only as they are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlgrade.overview._board import SAYS, Board
from dlgrade.report.page import environment, write_page

_LABELLED = 3  # so many of the first have their rank written into the drawing


def board_page(board: Board) -> str:
    """The page, the same text for the same board."""
    return environment("dlgrade.overview").get_template("leaderboard.html.j2").render(_context(board))


def write_board(board: Board, path: Path | str) -> None:
    """Write the page to ``path``, wholly or not at all.

    Raises:
        MachineError: the folder is missing or cannot be written to.
    """
    write_page(board_page(board), path, "the leaderboard")


def _context(board: Board) -> dict[str, Any]:
    return {
        "board": board,
        "says": SAYS[board.view],
        "front": [entry for entry in board.entries if entry.front],
        "scatter": _scatter(board) if board.entries else "",
    }


def _scatter(board: Board) -> str:
    from dlgrade.overview._drawings import Dot, scatter

    dots = [
        Dot(entry.parameters, entry.accuracy, entry.profile, entry.front,
            "you" if entry.mine else str(entry.rank) if entry.rank <= _LABELLED else "")
        for entry in board.entries
    ]  # fmt: skip
    return scatter(dots, board.allowed, what=f"{SAYS[board.view]}, %")
