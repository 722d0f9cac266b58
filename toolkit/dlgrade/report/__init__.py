"""A `Report` for reading: on a terminal, and as one self-contained HTML page.

Promises: both tell the same story in the same words; nothing needs colour to be understood; every string
that a student can influence is made harmless first (`neutral`), whichever way it goes out; the student's view
never holds the detail that is meant for instructors; the page loads nothing from anywhere, needs no script,
and is the same bytes for the same report.

`settle` writes what a person decided of what could not be proven beside what was measured, never over it.

Does not measure, judge or change a measurement, knows nothing of how it came about, and reads nothing but the
report, and those of earlier steps where it is given them: what is not in it is left out and the page says why.
"""

from dlgrade.neutral import neutral
from dlgrade.report._html import html, write_html
from dlgrade.report._ladder import Step, step_of
from dlgrade.report._settle import settle
from dlgrade.report._terminal import terminal

__all__ = ["Step", "html", "neutral", "settle", "step_of", "terminal", "write_html"]
