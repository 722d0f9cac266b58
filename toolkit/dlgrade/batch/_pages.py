"""The students' pages: what they are called, and how one that is gone is made again from the gradebook."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlgrade.course import Assignment, Report

if TYPE_CHECKING:
    from dlgrade.report import Step

_PLAIN = re.compile(r"\w([\w.@+~-]*[\w@+~-])?")
_LONGEST = 120  # bytes
_OTHER = re.compile(r"[^A-Za-z0-9._@-]+")
_TAKEN = re.compile(r"(index|leaderboard|con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def page_name(who: str) -> str:
    """The file name of a student's page.

    An id that is a sound file name is the name, as all are that `intake` gives; of any other, what is sound of it and
    a hash, so that no two students share a page, none lies outside its folder and none takes the index's place.
    """
    if _PLAIN.fullmatch(who) and not _TAKEN.fullmatch(who) and len(who.encode()) <= _LONGEST:
        return f"{who}.html"
    kept = _OTHER.sub("-", who).strip("-._")[:40] or "student"
    return f"{kept}-{hashlib.sha256(who.encode(errors='surrogatepass')).hexdigest()[:12]}.html"


def page_again(assignment: Assignment, plain: Mapping[str, Any], steps: Sequence[Step] = ()) -> str:
    """A student's page from the JSON form of the report; the images that went wrong come from the data set."""
    from dlgrade.report import html

    return html(_with_pixels(assignment, _made(Report, plain)), steps=steps)


def _with_pixels(assignment: Assignment, report: Report) -> Report:
    if report.training is None or not report.training.mistakes:
        return report
    from dlgrade import data

    images = data.load(assignment.data).test.images
    mistakes = tuple(
        dataclasses.replace(one, pixels=images[one.index].tobytes(), shape=images[one.index].shape)
        for one in report.training.mistakes
    )
    return dataclasses.replace(report, training=dataclasses.replace(report.training, mistakes=mistakes))


def _made(kind: Any, plain: Any) -> Any:
    """A value of a type from its JSON form; keys that the type does not know are left out."""
    if dataclasses.is_dataclass(kind) and isinstance(plain, Mapping):
        types_of = typing.get_type_hints(kind)
        known = [field.name for field in dataclasses.fields(kind) if field.name in plain]
        return typing.cast(Any, kind)(**{name: _made(types_of[name], plain[name]) for name in known})
    inner = typing.get_args(kind)
    if typing.get_origin(kind) is tuple and isinstance(plain, list):
        each = [inner[0]] * len(plain) if inner[-1:] == (...,) else list(inner)
        return tuple(map(_made, each, plain))
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        chosen = [one for one in inner if one is not type(None)]
        return None if plain is None else _made(chosen[0], plain)
    if kind is float:
        return float("nan") if plain is None else float(plain)
    return plain
