"""Canvas' "Download Submissions".

Relied on, from Canvas' own source (`lib/content_zipper.rb`, `Attachment.make_unique_filename`): one flat zip; a file is
named ``<name>_<user id>_<attachment id>_<file name>``, with ``LATE_`` before the user id where it is late; the name is
the sortable name ("Doe, Jane") in lower case without anything but letters, digits and ``_``, the group's in group
assignments; an anonymous assignment has ``anon_<id>`` instead (``LATE_anon_<id>`` where late); text entries and links
end in ``<user id>_text.html`` and ``<user id>_link.html``. Only the last attempt is in a download, all of its files;
a student who uploads ``code6.py`` again gets it renamed to ``code6-1.py``, ``code6-2.py``, and from the eighth time on
to ``code6-<uuid>.py``. No times are in it.

In group assignments only one member's number is in it.

So files of one student are one submission, those that differ only in that suffix are attempts at one file (downloads
put together), and what is late came after what is not.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from dlgrade.intake._names import folded
from dlgrade.intake._tree import Node, Tree
from dlgrade.intake._work import Found, Item, Work

__all__ = ["read_canvas", "seems_canvas"]

_FILE = re.compile(
    r"(?:(?P<late>LATE_)?anon_(?P<anon>[A-Za-z0-9]+)|(?P<name>[\w-]+?)_(?P<late2>LATE_)?(?P<user>\d{1,20}))"
    r"_(?P<file>\d{1,20})_(?P<rest>.+)",
    re.DOTALL,
)
_TEXT = re.compile(
    r"(?:(?:LATE_)?anon_(?P<anon>[A-Za-z0-9]+)|(?P<name>[\w-]+?)_(?:LATE_)?(?P<user>\d{1,20}))_(?P<kind>text|link)\.html"
)
_AGAIN = re.compile(
    r"(?P<stem>.+)-(?:(?P<number>[1-9]\d?)|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)
_RANDOM = 8  # Canvas' first suffix that is no number


def seems_canvas(nodes: tuple[Node, ...], share: float = 0.5) -> bool:
    """Whether at least that share of the files is named so, each with an attachment of its own."""
    files = [node for node in nodes if node.kind != "folder"]
    matches = [found for node in files if (found := _FILE.fullmatch(node.name))]
    texts = [node for node in files if _TEXT.fullmatch(node.name)]
    attachments = {found["file"] for found in matches}
    named = len(matches) + len(texts)
    return named > 0 and named >= share * len(nodes) and (len(attachments) == len(matches) or not share)


def read_canvas(tree: Tree, top: Node, assignment: str) -> Found:
    """Every student's files, brought together and under the names that the students gave them."""
    found = Found()
    works: dict[tuple[str, bool], tuple[str, list[Item], dict[str, str]]] = {}
    texts: dict[str, tuple[Node, str]] = {}
    for node in tree.children(top):
        match, text = _FILE.fullmatch(node.name), _TEXT.fullmatch(node.name)
        if match is not None and node.kind != "folder":
            student, other = _student(match)
            late = bool(match["late"] or match["late2"])
            _, items, _ = works.setdefault((student, late), (match["name"] or "", [], other))
            items.append(_item(node, match["rest"], assignment))
        elif text is not None:
            texts.setdefault(_student(text)[0], (node, text["name"] or ""))
        elif not _beside(node):
            found.refuse(node, "is not named as Canvas names a submission", "Download the submissions again.")
    for (student, late), (name, items, other) in works.items():
        known = {**other, "late": "yes"} if late else other
        origin = _told(items, assignment)
        found.works.append(Work(student, origin, tuple(items), name=name, issued=True, number=int(late), other=known))
    with_files = {student for student, _ in works}
    for student, (node, name) in texts.items():
        if student not in with_files:
            found.works.append(
                Work(
                    student,
                    node.shown,
                    name=name,
                    issued=True,
                    trouble="a text or a link was handed in, and no file",
                    mend="Ask for the .py file or notebook.",
                )
            )
    return found


def _student(match: re.Match[str]) -> tuple[str, dict[str, str]]:
    if match["anon"]:
        return f"anon_{match['anon']}", {"canvas_anonymous_id": match["anon"]}
    return match["user"], {"canvas_user_id": match["user"]}


def _item(node: Node, rest: str, assignment: str) -> Item:
    path = PurePosixPath(rest)
    again = _AGAIN.fullmatch(path.stem)
    if again is None or folded(path.stem) == folded(assignment):
        return Item(rest, node)
    return Item(again["stem"] + path.suffix, node, int(again["number"] or _RANDOM))


def _told(items: list[Item], assignment: str) -> str:
    """The file that stands for all: the one with the assignment's name, the last one of these."""

    def order(item: Item) -> tuple[bool, int, str]:
        return PurePosixPath(item.name).stem.lower() == assignment.lower(), item.again, item.node.shown

    return max(items, key=order).node.shown


def _beside(node: Node) -> bool:
    return node.name.startswith(".") or node.name.lower().endswith((".csv", ".xlsx", ".ods"))
