"""What instructors really have becomes one submission per student.

Reads, from a folder or a zip archive: a file per student, a folder per student, nbgrader's ``submitted`` folder, and
the bulk downloads of Canvas, Moodle and Gradescope; which of them it is is decided by evidence and told in
`Collection.layout`. Reads class lists as course systems and spreadsheets write them.

Promises: nothing of a student's is executed or followed (links, paths that lead out, archives in archives); one
student's trick costs nobody else a grade, and whatever might be a submission and is not taken is told in
`Collection.refused`; only what is hidden, and what operating systems and tools leave behind, is passed over. Nothing is
written but below the folder for unpacking, there all or nothing, and in bounded amount. `who` is a clean, bounded name,
unique whatever its case (`_names` has the rule). The same input gives the same `Collection`.

`HandedIn.other` holds what the source says, where it says it: ``canvas_user_id``, ``canvas_anonymous_id``,
``moodle_participant``, ``gradescope_submission``, ``email``, ``group`` (names of a group that handed in together),
``late`` (``yes`` or what the source says), ``timestamp`` (a time that could not be read); and what was passed over:
``earlier`` (attempts before the one that counts), ``left_out`` (files that might have been the submission).

Does not promise that a submission can be graded: `dlgrade.submission.read` looks into it. Origins, names and what is
said of files quote strangers; whoever shows them makes them harmless.
"""

from dlgrade.intake._collect import collect
from dlgrade.intake._layout import LAYOUTS
from dlgrade.intake._nouns import Collection, HandedIn, Person, Refused
from dlgrade.intake._roster import read_roster

__all__ = ["LAYOUTS", "Collection", "HandedIn", "Person", "Refused", "collect", "read_roster"]
