"""From grades to the files of one format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dlgrade.errors import UsageError
from dlgrade.lms import _canvas, _csv, _github, _gradescope, _junit, _moodle
from dlgrade.lms._files import append, folder, put
from dlgrade.lms._nouns import Content, Format, Left, Rules, Shape, Wanted
from dlgrade.lms._place import rehearsal_note
from dlgrade.lms._text import counted, file_name

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable with the file of GitHub's job summary."""


@dataclass(frozen=True)
class Options:
    """What a format may be asked for; see the command's help.

    Attributes:
        template: the file that the other side exported; formats canvas and moodle.
        feedback: the folder of pages that goes into a zip; format moodle.
        single: the only grade is that of a report, not of a class.
    """

    rules: Rules = field(default_factory=Rules)
    template: Path | None = None
    feedback: Path | None = None
    comments: bool = False
    shape: Shape = "long"
    excel: bool = False
    by: _junit.By = "student"
    single: bool = False


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: with what is in each; None is the standard output.
        left: grades that were not written, and why.
        notes: what else must be known.
        annotations: of format github, one a line.
    """

    files: tuple[tuple[Path | None, str], ...]
    left: tuple[Left, ...] = ()
    notes: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()


def export(
    wanted: Wanted, form: Format, to: Path | None, options: Options, environment: Mapping[str, str] = os.environ
) -> Exported:
    """Write grades in one of the formats that are text or JSON.

    Args:
        to: a file, a folder (format gradescope, of a class), or None for the standard output.

    Raises:
        UsageError: the format does not go there, or its template is not what it should be.
        MachineError: something cannot be written; what was there is there still.
    """
    match form:
        case "csv":
            return _written(to, _csv.write(wanted, options.rules, options.shape, excel=options.excel))
        case "canvas":
            return _written(to, _canvas.fill(_template(options, form), wanted, options.rules))
        case "moodle":
            return _moodle_files(wanted, to, options)
        case "junit":
            return _written(to, _junit.write(wanted, options.by))
        case "github":
            return _github_files(wanted, to, options, environment)
        case "gradescope":
            return _gradescope_files(wanted, to, options)
    raise UsageError(f"{form} is not written here")


def _written(to: Path | None, content: Content) -> Exported:
    put(to, content.data)
    return Exported(((to, content.did),), content.left, content.notes)


def _template(options: Options, form: str) -> Path:
    if options.template is None:
        where = "Gradebook, Export" if form == "canvas" else "View all submissions, Download grading worksheet"
        raise UsageError(f"{form} fills a file that was downloaded there", f"Name it with --into ({where}).")
    return options.template


def _moodle_files(wanted: Wanted, to: Path | None, options: Options) -> Exported:
    template = _template(options, "moodle")
    if len(wanted.ids) != 1:
        raise UsageError("a worksheet of Moodle is of one assignment", "Name one ID.")
    if options.feedback is not None and to is None:
        raise UsageError("the zip with feedback needs a name, which comes from that of the file", "Name it: -o FILE")
    sheet = _moodle.fill(template, wanted, options.rules, comments=options.comments)
    files = [(to, sheet)]
    if options.feedback is not None and to is not None:
        packed = _moodle.feedback_zip(template, wanted, options.feedback)
        files.append((to.with_name(f"{to.stem}-feedback.zip"), packed))
    for file, content in files:
        put(file, content.data)
    left = tuple(dict.fromkeys(one for _, content in files for one in content.left))
    notes = tuple(note for _, content in files for note in content.notes)
    return Exported(tuple((file, content.did) for file, content in files), left, notes)


def _gradescope_files(wanted: Wanted, to: Path | None, options: Options) -> Exported:
    if options.single:
        put(to, _gradescope.write(wanted.grades[0]))
        return Exported(((to, "results.json of 1 report"),), (), rehearsal_note(wanted.grades))
    if to is None:
        raise UsageError("a class has a results.json for each student", "Name a folder: -o FOLDER")
    handed = [grade for grade in wanted.grades if grade.attempt is not None or grade.override is not None]
    for grade in handed:
        place = to / grade.id if len(wanted.ids) > 1 else to
        put(folder(place / file_name(grade.who)) / "results.json", _gradescope.write(grade))
    left = tuple(
        Left(grade.who, grade.id, "handed in nothing")
        for grade in wanted.grades
        if grade.attempt is None and grade.override is None
    )
    return Exported(((to, f"results.json of {counted(len(handed), 'grade')}"),), left, rehearsal_note(handed))


def _github_files(wanted: Wanted, to: Path | None, options: Options, environment: Mapping[str, str]) -> Exported:
    content = _github.summary(wanted)
    summary = environment.get(SUMMARY, "")
    if to is not None and summary and to.absolute() == Path(summary).absolute():
        append(to, content.data)  # the steps of a job share it
    else:
        put(to, content.data)
    lines = _github.at_lines(wanted.grades[0], environment) if options.single else []
    return Exported(((to, content.did),), content.left, content.notes, tuple(lines))
