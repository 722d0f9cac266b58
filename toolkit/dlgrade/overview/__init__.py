"""A class at a glance: the instructor's index of an assignment, and its leaderboard.

Promises: both are made from grades alone (`dlgrade.gradebook.grades`), the same text for the same grades; the pages
load nothing from anywhere and are whole without a script; every string that a student can influence is harmless on
them; the leaderboard holds no id unless ids are asked for. Equal submissions are reported and change nothing. Does
not grade, does not decide, does not publish: the index is for instructors, and a leaderboard goes where they put it.
"""

from dlgrade.overview._board import Board, Entry, board, pareto
from dlgrade.overview._board_page import board_page, write_board
from dlgrade.overview._board_terminal import terminal
from dlgrade.overview._index import index, write_index
from dlgrade.overview._pseudonyms import pseudonyms, pseudonyms_file

__all__ = [
    "Board",
    "Entry",
    "board",
    "board_page",
    "index",
    "pareto",
    "pseudonyms",
    "pseudonyms_file",
    "terminal",
    "write_board",
    "write_index",
]
