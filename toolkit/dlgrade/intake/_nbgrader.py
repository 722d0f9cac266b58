"""nbgrader's ``submitted/<student>/<assignment>/``.

Relied on, from nbgrader 0.9: the folder's name is the student's id; ``nbgrader collect`` and ``zip_collect`` put a
``timestamp.txt`` beside the files, one line in the form of `_when`, and only the last attempt is kept.
"""

from __future__ import annotations

from datetime import datetime

from dlgrade.intake._names import folded, plain_text
from dlgrade.intake._plain import is_submission
from dlgrade.intake._tree import Node, NotTakenError, Tree
from dlgrade.intake._when import moment
from dlgrade.intake._work import Found, Work, below

__all__ = ["assignments", "read_nbgrader", "seems_nbgrader"]

_STAMP = "timestamp.txt"


def read_nbgrader(tree: Tree, top: Node, assignment: str) -> Found:
    """Every student who has a folder for this assignment."""
    found = Found()
    for student in tree.children(top):
        if student.trouble:
            found.works.append(Work(student.name, student.shown, trouble=f"{student.name} {student.trouble}"))
        if student.kind != "folder":
            continue
        try:
            home = _assignment(tree, student, assignment)
        except NotTakenError as trouble:
            found.works.append(Work(student.name, student.shown, trouble=trouble.what, mend=trouble.mend))
            continue
        if home is not None:
            items, what, mend = below(tree, home)
            when, other = _stamp(tree, home)
            found.works.append(
                Work(student.name, home.shown, items, home, when=when, other=other, trouble=what, mend=mend)
            )
    return found


def seems_nbgrader(tree: Tree, top: Node, assignment: str, named: bool) -> bool:
    """Whether students' folders hold folders only, and some hold one for the assignment.

    Args:
        named: whether the folder is called ``submitted``, so that the assignment may be absent.
    """
    students = [node for node in tree.children(top) if node.kind == "folder"]
    if not students:
        return False
    has_it = named
    for student in students:
        try:
            inside = tree.children(student)
            has_it = has_it or _assignment(tree, student, assignment) is not None
        except NotTakenError:
            continue
        if any(is_submission(node) for node in inside):
            return False
    return has_it


def assignments(tree: Tree, top: Node) -> list[str]:
    """Names of everything that anybody handed in."""
    names: set[str] = set()
    for student in tree.children(top):
        if student.kind == "folder":
            try:
                names |= {plain_text(node.name) for node in tree.children(student) if node.kind == "folder"}
            except NotTakenError:
                continue
    return sorted(names)


def _assignment(tree: Tree, student: Node, assignment: str) -> Node | None:
    inside = [node for node in tree.children(student) if node.kind == "folder"]
    exact = [node for node in inside if node.name == assignment]
    alike = [node for node in inside if folded(node.name) == folded(assignment)]
    return next(iter(exact or alike), None)


def _stamp(tree: Tree, home: Node) -> tuple[datetime | None, dict[str, str]]:
    try:
        for node in tree.children(home):
            if node.name == _STAMP:
                text = tree.read(node, 1_000).decode("utf-8", "replace").strip()
                when = moment(text)
                return when, {} if when else {"timestamp": plain_text(text, 100)}
    except NotTakenError:
        pass
    return None, {}
