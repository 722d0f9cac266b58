"""Which layout it is, by evidence, and at which folder it begins.

Asked in turn, from the top down through folders that hold nothing but one folder (as unpacking makes them):
Gradescope's metadata file; names that only Moodle writes; Canvas' form of a name in most files; students' folders that
hold nothing but folders, one of them for the assignment (nbgrader). What is none of these is a file or a folder per
student, called after what there is more of.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from dlgrade.errors import UsageError
from dlgrade.intake._canvas import read_canvas, seems_canvas
from dlgrade.intake._gradescope import METADATA, metadata_of, read_gradescope
from dlgrade.intake._moodle import read_moodle, seems_moodle
from dlgrade.intake._names import folded, plain_text
from dlgrade.intake._nbgrader import assignments, read_nbgrader, seems_nbgrader
from dlgrade.intake._plain import is_submission, read_plain
from dlgrade.intake._tree import Node, NotTakenError, Tree
from dlgrade.intake._work import Found
from dlgrade.neutral import neutral

__all__ = ["LAYOUTS", "find_layout", "read_layout"]

LAYOUTS = ("files", "folders", "nbgrader", "canvas", "moodle", "gradescope")
"""Names of the layouts that are read."""

_WRAPPERS = 4
_SUBMITTED = "submitted"
_MISSING = {
    "nbgrader": "nobody's folder holds one for {assignment}",
    "canvas": "nothing is named as Canvas names submissions",
    "moodle": "nothing is named as Moodle names submissions",
    "gradescope": f"there is no {METADATA}",
    "files": "there is no .py, .ipynb or .zip file",
    "folders": "there is no folder",
}


def find_layout(tree: Tree, assignment: str, wanted: str | None, known: Callable[[str], bool]) -> tuple[str, Node]:
    """The layout, and the folder that it begins in.

    Args:
        wanted: the layout that somebody asked for.
        known: whether a name is that of a student in the roster.

    Raises:
        UsageError: nothing is there, or not what was asked for, or one student's work instead of a class's.
    """
    if wanted is not None and wanted not in LAYOUTS:
        raise UsageError(f"{neutral(wanted)} is no layout", f"Layouts are {', '.join(LAYOUTS)}.")
    candidates = [tree.top]
    while len(candidates) < _WRAPPERS and (inner := _only_folder(tree, candidates[-1])) is not None:
        candidates.append(inner)
    for top in candidates:
        found = _by_evidence(tree, top, assignment, wanted)
        if found is not None:
            return found
    if wanted not in {None, "files", "folders"}:
        raise _not_there(tree, assignment, str(wanted), candidates[-1])
    return _plain(tree, candidates, assignment, wanted, known)


def read_layout(tree: Tree, layout: str, top: Node, assignment: str, *, forced: bool) -> Found:
    """What the layout holds.

    Args:
        forced: whether it was asked for, so that files are not taken beside folders, nor folders beside files.
    """
    if layout == "nbgrader":
        found = read_nbgrader(tree, top, assignment)
    elif layout == "canvas":
        found = read_canvas(tree, top, assignment)
    elif layout == "moodle":
        found = read_moodle(tree, top)
    elif layout == "gradescope":
        found = read_gradescope(tree, top)
    else:
        found = read_plain(tree, top, files=not forced or layout == "files", folders=not forced or layout == "folders")
    if not found.works and not found.refused:
        raise _not_there(tree, assignment, layout, top)
    return found


def _by_evidence(tree: Tree, top: Node, assignment: str, wanted: str | None) -> tuple[str, Node] | None:
    nodes = _children(tree, top)
    if wanted in {None, "gradescope"} and metadata_of(nodes) is not None:
        return "gradescope", top
    counted = tuple(node for node in nodes if node.kind == "folder" or not _is_list(node))
    share = 0.5 if wanted is None else 0.0
    if wanted in {None, "moodle"} and seems_moodle(counted, share):
        return "moodle", top
    if wanted in {None, "canvas"} and seems_canvas(counted, share):
        return "canvas", top
    if wanted in {None, "nbgrader"}:
        inside = next((node for node in nodes if node.kind == "folder" and node.name == _SUBMITTED), None)
        if inside is not None and seems_nbgrader(tree, inside, assignment, named=True):
            return "nbgrader", inside
        named = top.name == _SUBMITTED or (not top.path and tree.name == _SUBMITTED)
        if seems_nbgrader(tree, top, assignment, named=named):
            return "nbgrader", top
    return None


def _plain(
    tree: Tree, candidates: list[Node], assignment: str, wanted: str | None, known: Callable[[str], bool]
) -> tuple[str, Node]:
    top = candidates[0]
    for inner in candidates[1:]:
        if wanted == "folders" or known(inner.name) or not _holds_a_class(tree, inner, assignment):
            break
        top = inner
    nodes = _children(tree, top)
    files = [node for node in nodes if is_submission(node)]
    folders = [node for node in nodes if node.kind == "folder"]
    if not files and not folders:
        raise UsageError(
            f"{tree.name}: there is no submission in it",
            "Give a folder of files, a folder per student, or the download of a course system.",
        )
    named_so = [node for node in files if folded(PurePosixPath(node.name).stem) == folded(assignment)]
    if named_so and wanted is None and not known(PurePosixPath(named_so[0].name).stem):
        raise UsageError(
            f"{tree.name}: {neutral(named_so[0].name)} is named like the assignment, not like a student",
            "Is this the folder of one student? Then give the folder above; otherwise move that file away.",
        )
    return wanted or ("files" if len(files) > len(folders) else "folders"), top


def _holds_a_class(tree: Tree, folder: Node, assignment: str) -> bool:
    """Whether several people's work lies in the folder, rather than several files of one."""
    nodes = _children(tree, folder)
    files = [node for node in nodes if is_submission(node)]
    folders = [node for node in nodes if node.kind == "folder"]
    if any(folded(PurePosixPath(node.name).stem) == folded(assignment) for node in files):
        return False
    return (len(files) + len(folders) > 1 and not (files and folders)) or _only_folder(tree, folder) is not None


def _only_folder(tree: Tree, top: Node) -> Node | None:
    """The folder in a folder that holds nothing else to be graded."""
    nodes = _children(tree, top)
    folders = [node for node in nodes if node.kind == "folder"]
    return folders[0] if len(folders) == 1 and not any(is_submission(node) for node in nodes) else None


def _children(tree: Tree, folder: Node) -> tuple[Node, ...]:
    try:
        return tree.children(folder)
    except NotTakenError as trouble:
        raise UsageError(trouble.what, trouble.mend) from None


def _is_list(node: Node) -> bool:
    """Whether it is a roster, a worksheet or hidden, which instructors keep beside submissions."""
    return node.name.startswith(".") or node.name.lower().endswith((".csv", ".tsv", ".xlsx", ".ods"))


def _not_there(tree: Tree, assignment: str, layout: str, top: Node) -> UsageError:
    what = _MISSING[layout].format(assignment=neutral(assignment))
    if layout == "nbgrader":
        there = ", ".join(assignments(tree, top)[:10])
        return UsageError(f"{tree.name}: {what}", f"There are: {neutral(there)}." if there else "")
    others = ", ".join(name for name in LAYOUTS if name != layout)
    return UsageError(f"{tree.name}: {what}", f"Leave the layout out, or take one of {plain_text(others)}.")
