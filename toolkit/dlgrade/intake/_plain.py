"""A file per student, or a folder per student; both may stand side by side.

The student's id is the file's name without its ending, or the folder's name. Other files that instructors keep beside
submissions (a roster, a worksheet) are passed over; a student who handed in only what is not read is told.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from dlgrade.intake._tree import Node, Tree
from dlgrade.intake._work import Found, Item, Work, below
from dlgrade.submission._shelf import is_source

__all__ = ["is_submission", "read_plain"]

_BESIDE = frozenset(
    {".csv", ".tsv", ".xls", ".xlsx", ".ods", ".md", ".yml", ".yaml", ".json", ".toml", ".db", ".log", ".lock"}
)


def is_submission(node: Node) -> bool:
    """Whether a file is of a kind that is handed in; its content is looked at later."""
    return node.kind != "folder" and (is_source(node.name) or node.name.lower().endswith(".zip"))


def read_plain(tree: Tree, top: Node, *, files: bool = True, folders: bool = True) -> Found:
    """Every student's file and folder.

    Args:
        files: whether a file is a student's.
        folders: whether a folder is a student's.
    """
    found = Found()
    nodes = tree.children(top)
    unread: dict[str, list[Item]] = {}
    read = {PurePosixPath(node.name).stem for node in nodes if is_submission(node)}
    for node in nodes:
        stem, ending = PurePosixPath(node.name).stem, PurePosixPath(node.name).suffix.lower()
        if node.kind == "folder" and folders:
            items, trouble, mend = below(tree, node)
            found.works.append(Work(node.name, node.shown, items, home=node, trouble=trouble, mend=mend))
        elif is_submission(node) and files:
            found.works.append(Work(stem, node.shown, (Item(node.name, node),)))
        elif node.kind == "folder":
            found.refuse(node, "is a folder, and every student's submission was to be a file")
        elif is_submission(node):
            found.refuse(node, "lies beside the students' folders", "Put it into the folder of the student.")
        elif node.kind != "file":
            unread.setdefault(node.name, []).append(Item(node.name, node))
        elif files and ending and ending not in _BESIDE and stem not in read and not node.name.startswith("."):
            unread.setdefault(stem, []).append(Item(node.name, node))
    # A report beside the code is nothing to be graded; a report alone is what the student handed in.
    found.works.extend(Work(who, items[0].node.shown, tuple(items)) for who, items in unread.items())
    return found
