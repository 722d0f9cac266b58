"""Grades for other programs: spreadsheets, Canvas, Moodle, Gradescope, JUnit readers, GitHub Actions, nbgrader.

Promises: a file of somebody else's is filled, never made up: every byte of it stays but the cells of the grades and
the comments that were asked for, no column and no row is added, and a student who cannot be matched for certain is
named, not guessed; files are written whole or not at all; a text of a student or about one is no formula, markup,
command or path where it arrives; nothing that only an instructor may see leaves through here, except into the zip of
hidden graders for Gradescope. Does not promise that the other side takes a file (it may lock grades, or have changed
since the template was downloaded), and does not reach it: what is written here, a person uploads.
"""

from dlgrade.lms._export import SUMMARY, Exported, Options, export
from dlgrade.lms._match import ids_in
from dlgrade.lms._nouns import Content, Format, Left, Rules, Shape, Wanted
from dlgrade.lms._single import grade_of
from dlgrade.lms._text import file_name, unguarded

__all__ = [
    "SUMMARY",
    "Content",
    "Exported",
    "Format",
    "Left",
    "Options",
    "Rules",
    "Shape",
    "Wanted",
    "export",
    "file_name",
    "grade_of",
    "ids_in",
    "unguarded",
]
