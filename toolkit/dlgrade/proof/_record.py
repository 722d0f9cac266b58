"""What was measured, in ``graders/<id>/proof.json``, with hashes of everything it depends on.

So CI can tell without training whether a proof is of today's grader. Says nothing about whether it was right to write.
"""

from __future__ import annotations

import ast
import json
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dlgrade.course import Assignment, Profile
from dlgrade.errors import CourseError
from dlgrade.grading import check_files, grader_hashes
from dlgrade.proof._measured import Seen
from dlgrade.proof._subjects import Subject, graders_of, subjects_of

_SIZES = ("parameters", "convolutions")
_NEAR = 0.003
"""So far a written figure of a training may lie from the mean that was measured: a seed or two."""

_TEST = re.compile(r"test_(\w+)")

Margins = Mapping[str, Mapping[str, float]]


def names_match(assignment: Assignment) -> list[str]:
    """Criteria without tests, and tests without a criterion."""
    tests: dict[str, str] = {}
    for file in check_files(assignment):
        tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
        for node in tree.body:
            match = _TEST.fullmatch(node.name) if isinstance(node, ast.FunctionDef) else None
            if match:
                tests.setdefault(
                    match.group(1), f"{file.parent.parent.name}/{file.parent.name}/{file.name}:{node.lineno}"
                )
    known = [criterion.id for criterion in assignment.criteria]
    errors = [
        f"{where}: test_{name} has no criterion in assignment.yaml"
        for name, where in tests.items()
        if name not in known
    ]
    errors += [
        f"the criterion {name} has no test_{name} in checks.py or graders/{assignment.id}"
        for name in known
        if name not in tests
    ]
    return errors


def too_tight(profile: str, margins: Margins) -> list[str]:
    """Thresholds above their floor, or below their ceiling; what the course itself has fixed needs no room."""
    errors = []
    for name, margin in margins.items():
        if margin.get("fixed"):
            continue
        high = "ceiling" in margin
        bound = margin["ceiling" if high else "floor"]
        if margin["seeds"] >= 3 and (margin["wanted"] < bound if high else margin["wanted"] > bound):
            errors.append(
                f"{name}: wanted {margin['wanted']:.4f} at {profile} is "
                f"{'below the ceiling' if high else 'above the floor'} {bound:.4f} "
                f"(reference {margin['mean']:.4f} ± {margin['std']:.4f}, "
                f"{'plus' if high else 'minus'} four deviations, {'plus' if high else 'minus'} 0.001)"
            )
    return errors


def _record(assignment: Assignment) -> dict[str, Any]:
    file = graders_of(assignment) / "proof.json"
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise CourseError(
            str(file), "the proof is not JSON", f"Run dlgrade prove {assignment.id} to make it anew."
        ) from None
    return record if isinstance(record, dict) else {}


def regressions(assignment: Assignment, subjects: Iterable[Subject]) -> list[str]:
    """A mutant that the last proof had and that is gone weakens the grader; say so instead of forgetting it."""
    before = set(_record(assignment).get("mutants", {}))
    gone = sorted(before - {subject.name for subject in subjects if subject.kind == "mutant"})
    return [
        f"the mutant {name} was in the last proof and is gone; put it back, or take it out of proof.json by hand"
        for name in gone
    ]


def of_today(assignment: Assignment, profile: Profile) -> bool:
    """Whether there is a proof in this profile, of today's files."""
    record = _record(assignment)
    return record.get("hashes") == grader_hashes(assignment) and profile in record.get("profiles", {})


def write(assignment: Assignment, profile: Profile, seen: Sequence[Seen], margins: Margins) -> None:
    """Keep what was measured; other profiles stay as long as they are of the same files."""
    import platform

    import torch

    record = _record(assignment)
    hashes = grader_hashes(assignment)
    profiles = record.get("profiles", {}) if record.get("hashes") == hashes else {}
    references = [one for one in seen if one.subject.kind == "reference"]
    profiles[profile] = {
        "margins": margins,
        "reference": _stand_ins(references),
    }
    mutants = {
        one.subject.name: {"fails": sorted(one.failed), "public": not one.public_failed, "says": one.subject.says}
        for one in seen if one.subject.kind == "mutant"
    }  # fmt: skip
    content = {
        "assignment": assignment.id,
        "hashes": hashes,
        "mutants": mutants or record.get("mutants", {}),
        "profiles": profiles,
        "environment": {"torch": torch.__version__, "python": platform.python_version()},
    }
    file = graders_of(assignment) / "proof.json"
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(file)


def _stand_ins(references: Sequence[Seen]) -> dict[str, float]:
    """What a later step may be compared with: the size of the network as it is written, means of what was trained."""
    names = references[0].figures if references else ()
    return {
        name: references[0].figures[name] if name in _SIZES
        else round(statistics.fmean(one.figures[name] for one in references), 5)
        for name in names
    }  # fmt: skip


def wrong_stand_ins(assignment: Assignment) -> list[str]:
    """Figures under ``follows.reference`` that are not those that the step before was proven with."""
    follows = assignment.follows
    if follows is None:
        return []
    file = graders_of(assignment).parent / follows.assignment / "proof.json"
    before = json.loads(file.read_text(encoding="utf-8")).get("profiles", {}) if file.is_file() else {}
    errors = []
    for name, written in follows.reference.items():
        for profile, found in before.items():
            says = written if isinstance(written, int | float) else written.get(profile)
            right = found.get("reference", {}).get(name)
            near = 0 if name in _SIZES else _NEAR
            if says is not None and right is not None and abs(says - right) > near:
                errors.append(
                    f"follows.reference: {name} of {follows.assignment} is {right:g} at {profile}, not {says:g}"
                )  # fmt: skip
    return errors


def check_proof(assignment: Assignment) -> list[str]:
    """What speaks against the recorded proof being of today's files; empty where it is.

    Raises:
        CourseError: files, names and criteria do not match.
    """
    errors = names_match(assignment)
    errors += regressions(assignment, subjects_of(assignment, 1))
    record = _record(assignment)
    if not record:
        return [*errors, f"there is no proof; run dlgrade prove {assignment.id}"]
    now, then = grader_hashes(assignment), record.get("hashes", {})
    changed = sorted(name for name in {*now, *then} if now.get(name) != then.get(name))
    for name in changed:
        how = "is new" if name not in then else "is gone" if name not in now else "changed"
        errors.append(f"{name} {how} since the proof; run dlgrade prove {assignment.id}")
    for profile, measured in record.get("profiles", {}).items():
        errors += too_tight(profile, measured.get("margins", {}))
    return errors + wrong_stand_ins(assignment)
