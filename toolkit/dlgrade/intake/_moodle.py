"""Moodle's "Download all submissions".

Relied on, from Moodle's own source (`mod/assign/classes/downloader.php`, before 4.1 in `mod/assign/locallib.php`): a
folder per student and kind of submission, ``<full name>_<participant>_assignsubmission_file`` (older versions put a
``_`` behind it), with the student's folders below; without "download in folders" one flat list of
``<full name>_<participant>_assignsubmission_file_<file name>``; ``onlinetext`` instead of ``file`` for what was typed
into the page. Underscores in names become spaces. The participant is the number that the grading worksheet shows as
"Participant 12345"; it is given out per assignment and is no user id. With anonymous submissions everyone is called
"Participant", in the language of the site; a team has its name and the group's number, or no number. Only the last
attempt is in it, and no times.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dlgrade.intake._names import folded
from dlgrade.intake._tree import Node, Tree
from dlgrade.intake._work import Found, Item, Work, below

__all__ = ["read_moodle", "seems_moodle"]

_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<number>\d{1,20}))?_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL
)
_TYPED = "onlinetext"


def seems_moodle(nodes: tuple[Node, ...], share: float = 0.5) -> bool:
    """Whether at least that share is named so, which nothing else is."""
    named = sum(1 for node in nodes if _NAME.fullmatch(node.name))
    return named > 0 and named >= share * len(nodes)


def read_moodle(tree: Tree, top: Node) -> Found:
    """Every participant's folder, or flat files brought together."""
    found = Found()
    flat: dict[tuple[str, str], list[Item]] = {}
    typed: dict[tuple[str, str], Node] = {}
    folders: list[tuple[tuple[str, str], Node]] = []
    for node in tree.children(top):
        match = _NAME.fullmatch(node.name)
        if match is None:
            if not node.name.lower().endswith((".csv", ".xlsx", ".ods")) and not node.name.startswith("."):
                found.refuse(node, "is not named as Moodle names a submission", "Download the submissions again.")
            continue
        student = (match["number"] or "", match["name"])
        if match["kind"] == _TYPED:
            typed.setdefault(student, node)
        elif node.kind == "folder":
            folders.append((student, node))
        else:
            flat.setdefault(student, []).append(Item(match["file"] or node.name, node))
    for student, home in folders:
        items, trouble, mend = below(tree, home)
        found.works.append(_work(student, home.shown, items, home, trouble, mend))
    for student, many in flat.items():
        found.works.append(_work(student, min(item.node.shown for item in many), tuple(many)))
    with_files = {student for student, _ in folders} | set(flat)
    for student, node in typed.items():
        if student not in with_files:
            what = "was typed into the page, and no file was handed in"
            found.works.append(_work(student, node.shown, trouble=what, mend="Ask for the .py file or notebook."))
    return _without_common_name(found)


def _work(
    student: tuple[str, str],
    origin: str,
    items: tuple[Item, ...] = (),
    home: Node | None = None,
    trouble: str = "",
    mend: str = "",
) -> Work:
    number, name = student
    other = {"moodle_participant": number} if number else {}
    return Work(number or name, origin, items, home, name, issued=bool(number), other=other, trouble=trouble, mend=mend)


def _without_common_name(found: Found) -> Found:
    """What everybody is called, when marking is anonymous, is nobody's name."""
    names = {folded(work.name) for work in found.works}
    if (len(found.works) > 1 and len(names) == 1) or names == {"participant"}:
        found.works = [replace(work, name="") for work in found.works]
    return found
