"""Gradescope's "Download Submissions" ("Export Submissions") of a programming assignment.

Relied on, from exports that courses have published: one folder ``assignment_<id>_export`` with
``submission_metadata.yml`` and a folder ``submission_<id>`` per submission, in which a student's own zip is already
unpacked. The YAML is written by Ruby: a mapping from that folder's name to ``:submitters`` (a list of ``:name``,
``:sid``, ``:email``; several where a group handed in), ``:created_at``, ``:score``, ``:results`` and ``:history``, the
earlier submissions, whose files are not in the export. Where a line says whether it was late, that is taken.

Only what is needed is read, event by event: results hold what students' programs printed, and may be deep or long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from dlgrade.errors import UsageError
from dlgrade.intake._names import plain_text
from dlgrade.intake._nouns import Refused
from dlgrade.intake._tree import Node, NotTakenError, Tree
from dlgrade.intake._when import moment
from dlgrade.intake._work import Found, Item, Work, below

if TYPE_CHECKING:
    import yaml

__all__ = ["METADATA", "metadata_of", "read_gradescope"]

METADATA = "submission_metadata.yml"
_SIZE = 100_000_000
_WANTED = frozenset({"submitters", "created_at", "late", "lateness"})
_TEXT_LIMIT = 500
_GROUP_LIMIT = 100
_MEND = "Export the submissions again."


def _short(value: object) -> str:
    text = plain_text(value.strip(), _TEXT_LIMIT) if isinstance(value, str) else ""
    return "" if text in {"~", "null"} else text


_Text = Annotated[str, BeforeValidator(_short)]


class _Submitter(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: _Text = ""
    sid: _Text = ""
    email: _Text = ""


class _Submission(BaseModel):
    model_config = ConfigDict(extra="ignore")
    submitters: list[_Submitter] = []
    created_at: _Text = ""
    late: _Text = ""
    lateness: _Text = ""


def metadata_of(nodes: tuple[Node, ...]) -> Node | None:
    """The file that makes a folder an export of Gradescope."""
    return next((node for node in nodes if node.name.lower() == METADATA and node.kind == "file"), None)


def read_gradescope(tree: Tree, top: Node) -> Found:
    """Every submitter of every submission; those of a group have the same files."""
    found = Found()
    children = tree.children(top)
    file = metadata_of(children)
    if file is None:
        raise UsageError(f"{tree.name}: there is no {METADATA}", _MEND)
    listed = _listed(tree, file)
    places = {node.name: node for node in children if node is not file}
    for name, submission in listed.items():
        place = places.pop(name, None)
        if place is None:
            found.refused.append(
                _nobody(name, f"stands in {METADATA}, and its files are not in the export", submission)
            )
        elif not submission.submitters:
            found.refuse(place, "has no submitter", "Assign it to a student on Gradescope and export again.")
        else:
            found.works.extend(_works(tree, place, name, submission))
    for node in places.values():
        if node.kind == "folder" or not node.name.startswith("."):
            found.refuse(node, f"does not stand in {METADATA}", _MEND)
    return found


def _nobody(name: str, what: str, submission: _Submission) -> Refused:
    whose = ", ".join(filter(None, (one.name or one.email or one.sid for one in submission.submitters)))
    return Refused("", plain_text(name), f"{what}: {whose}" if whose else what, _MEND)


def _works(tree: Tree, place: Node, name: str, submission: _Submission) -> Iterator[Work]:
    folder = place.kind == "folder"
    items, trouble, mend = below(tree, place) if folder else ((Item(place.name, place),), "", "")
    number = re.sub(r"\D", "", name)
    late = _lateness(submission)
    for one in submission.submitters:
        other = {"gradescope_submission": number or plain_text(name), "email": one.email}
        if late:
            other["late"] = late
        if len(submission.submitters) > 1:
            other["group"] = ", ".join(filter(None, (member.name or member.email for member in submission.submitters)))
        yield Work(
            id=one.sid or one.email or one.name or name,
            origin=place.shown,
            items=items,
            home=place if folder else None,
            name=one.name,
            email=one.email,
            ids=tuple(filter(None, (one.sid, one.email))),
            when=moment(submission.created_at),
            other={key: value for key, value in other.items() if value},
            trouble=trouble,
            mend=mend,
        )


def _lateness(submission: _Submission) -> str:
    said = submission.late or submission.lateness
    if said.lower() in {"", "false", "no", "null", "~", "0"} or not re.search(r"[1-9a-z]", said.lower()):
        return ""
    return "yes" if said.lower() in {"true", "yes"} else said


def _listed(tree: Tree, file: Node) -> dict[str, _Submission]:
    import yaml

    try:
        data = tree.read(file, _SIZE)
        mapping = _Events(data).read()
        return {name: _Submission.model_validate(fields) for name, fields in mapping.items()}
    except NotTakenError as trouble:
        raise UsageError(trouble.what, trouble.mend) from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UsageError(f"{METADATA}{line}: this is not YAML: {error.problem}", _MEND) from None
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError):
        raise UsageError(f"{METADATA}: this is not what Gradescope writes", _MEND) from None


class _Events:
    """The few lines that are wanted, from the parser's events: nothing is built of the rest, and nothing recurses."""

    def __init__(self, data: bytes) -> None:
        import yaml

        self._yaml = yaml
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events: Iterator[yaml.Event] = iter(yaml.parse(data, Loader=loader))

    def read(self) -> dict[str, Mapping[str, object]]:
        """Of each submission, the fields that are wanted."""
        found: dict[str, Mapping[str, object]] = {}
        for event in self._events:
            if isinstance(event, self._yaml.MappingStartEvent):
                for name in self._keys():
                    found[name] = self._fields(_WANTED)
                break
        return found

    def _fields(self, wanted: frozenset[str]) -> dict[str, object]:
        start = next(self._events)
        if not isinstance(start, self._yaml.MappingStartEvent):
            self._skip(start)
            return {}
        fields: dict[str, object] = {}
        for key in self._keys():
            value = next(self._events)
            if key not in wanted:
                self._skip(value)
            elif isinstance(value, self._yaml.ScalarEvent):
                fields[key] = value.value
            elif key == "submitters" and isinstance(value, self._yaml.SequenceStartEvent):
                fields[key] = self._people()
            else:
                self._skip(value)
        return fields

    def _people(self) -> list[dict[str, object]]:
        people: list[dict[str, object]] = []
        for event in self._events:
            if isinstance(event, self._yaml.SequenceEndEvent):
                break
            if not isinstance(event, self._yaml.MappingStartEvent):
                self._skip(event)
                continue
            person: dict[str, object] = {}
            for key in self._keys():
                value = next(self._events)
                self._skip(value)
                if isinstance(value, self._yaml.ScalarEvent):
                    person[key] = value.value
            if len(people) < _GROUP_LIMIT:
                people.append(person)
        return people

    def _keys(self) -> Iterator[str]:
        """Keys of the mapping that has begun; whoever takes one has to take its value before the next."""
        for event in self._events:
            if isinstance(event, self._yaml.MappingEndEvent):
                return
            if isinstance(event, self._yaml.ScalarEvent):
                yield event.value.removeprefix(":")
            else:
                self._skip(event)
                self._skip(next(self._events))

    def _skip(self, event: yaml.Event) -> None:
        depth = int(isinstance(event, self._yaml.CollectionStartEvent))
        while depth:
            event = next(self._events)
            depth += isinstance(event, self._yaml.CollectionStartEvent)
            depth -= isinstance(event, self._yaml.CollectionEndEvent)
