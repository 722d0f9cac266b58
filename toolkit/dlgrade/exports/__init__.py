"""Quizzes for other programs: Moodle, Canvas, anything that reads QTI 2.1, nbgrader's notebooks, Anki, a page.

Promises: every question is in the file or named as left out, and what a format could only hold as something else is
named too; ids are the items' own, and the same banks and seed give the same bytes wherever the format has no clock in
it (Anki has); every text of a bank stays text. Does not import torch. Does not promise that two platforms mark alike
where one of them has no partial credit of the kind that dlgrade gives.
"""

from dlgrade.exports._export import FORMATS, TEXTS, export
from dlgrade.exports._nouns import Exported, Format

__all__ = ["FORMATS", "TEXTS", "Exported", "Format", "export"]
