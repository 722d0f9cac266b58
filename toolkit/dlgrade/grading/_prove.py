"""Is the grader right? The stub gets nothing, the reference everything, each mutant fails what it names.

What was measured is kept in ``graders/<id>/proof.json`` with hashes of everything it depends on, so that CI can
tell without training whether the proof is of today's grader (`check_proof`).
"""

from __future__ import annotations

import ast
import json
import multiprocessing
import os
import re
import statistics
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlgrade.course import Assignment, Profile, load_assignment, with_variant
from dlgrade.errors import CourseError, DlgradeError
from dlgrade.grading._run import check_files, grade, grader_hashes
from dlgrade.grading._subjects import Subject, graders_of, handed_in, subjects_of

_TEST = re.compile(r"test_(\w+)")


@dataclass(frozen=True)
class Seen:
    """What grading a subject gave."""

    subject: Subject
    failed: frozenset[str]
    passed: frozenset[str]
    verdicts: dict[str, str]
    public_failed: frozenset[str]
    score: float
    accuracies: dict[str, float]
    seconds: float
    trouble: str = ""


@dataclass
class Proof:
    """Outcome of `prove`: `errors` is empty where the grader is proven."""

    assignment: str
    profile: Profile
    errors: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    margins: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the grader."""
        return not self.errors


def prove(
    assignment: Assignment,
    *,
    profile: Profile = "quick",
    seeds: int = 3,
    jobs: int | None = None,
    on_seen: Callable[[Seen, int], None] | None = None,
) -> Proof:
    """Measure every subject and judge the grader; writes ``proof.json`` where it holds.

    Args:
        seeds: runs of the reference.
        jobs: processes, one thread each; default: one per core.
        on_seen: called with each finished subject and the number of all.

    Raises:
        CourseError: files, names and criteria do not match, before anything is measured.
    """
    profile = "full" if assignment.kind == "functions" else profile
    proof = Proof(assignment.id, profile)
    proof.errors += _names_match(assignment)
    subjects = subjects_of(assignment, seeds)
    proof.errors += _regressions(assignment, subjects)
    if proof.errors:
        return proof
    proof.seen = _measured(assignment, subjects, profile, jobs, on_seen)
    proof.errors += _judged(assignment, proof.seen)
    proof.margins = _margins(assignment, profile, proof.seen)
    proof.errors += _too_tight(assignment, profile, proof.margins)
    if proof.holds:
        _write(assignment, proof)
    return proof


def _names_match(assignment: Assignment) -> list[str]:
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


def _measured(
    assignment: Assignment, subjects: list[Subject], profile: Profile, jobs: int | None,
    on_seen: Callable[[Seen, int], None] | None,
) -> list[Seen]:  # fmt: skip
    workers = max(1, min(jobs or os.cpu_count() or 1, len(subjects)))
    # The longest first, so that the last core is not left alone with one.
    ranked = sorted(subjects, key=lambda subject: subject.kind != "reference")
    done: dict[str, Seen] = {}
    for seen in _each(str(assignment.folder), ranked, profile, workers):
        done[seen.subject.name] = seen
        if on_seen is not None:
            on_seen(seen, len(subjects))
    return [done[subject.name] for subject in subjects]


def _each(folder: str, subjects: list[Subject], profile: Profile, workers: int) -> Iterator[Seen]:
    if workers == 1:
        yield from (_measure(folder, subject, profile) for subject in subjects)
        return
    # spawn: a forked child of a process that has run torch may hang (DESIGN 9).
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(_measure, folder, subject, profile) for subject in subjects]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _measure(folder: str, subject: Subject, profile: Profile) -> Seen:
    assignment = with_variant(load_assignment(Path(folder)), subject.variant)
    try:
        with handed_in(assignment, subject) as submission:
            outcome = grade(assignment, submission, profile=profile, seed=subject.seed, device="cpu")
    except DlgradeError as error:
        return Seen(subject, frozenset(), frozenset(), {}, frozenset(), 0, {}, 0, str(error))
    report = outcome.report
    bad = {"failed", "timeout"}
    accuracies = {}
    for result in report.criteria:
        if result.measured.endswith(" %"):
            accuracies[result.id] = round(float(result.measured.removesuffix(" %")) / 100, 6)
    return Seen(
        subject=subject,
        failed=frozenset(r.id for r in report.criteria if r.verdict in bad),
        passed=frozenset(r.id for r in report.criteria if r.verdict == "passed"),
        verdicts={r.id: r.verdict for r in report.criteria},
        public_failed=frozenset(c.criterion for c in outcome.cases if not c.hidden and c.verdict in bad),
        score=report.score,
        accuracies=accuracies,
        seconds=report.training.seconds if report.training else 0.0,
        trouble="; ".join(
            c.detail.strip().splitlines()[-1] for c in outcome.cases if c.verdict == "error" and c.detail
        ),
    )


def _judged(assignment: Assignment, seen: Iterable[Seen]) -> list[str]:
    errors: list[str] = []
    mutants: list[Seen] = []
    for one in seen:
        subject = one.subject
        if one.trouble:
            errors.append(f"{subject.name}: the grader failed: {one.trouble}")
        elif subject.kind == "stub" and one.score:
            errors.append(f"the stub gets {one.score:g} points: {', '.join(sorted(one.passed))}")
        elif subject.kind == "reference":
            errors += [
                f"{subject.name}: {name} is {verdict}" for name, verdict in one.verdicts.items() if verdict != "passed"
            ]
        elif subject.kind == "stranger" and set(one.verdicts.values()) == {"passed"}:
            errors.append("the solution of another variant gets full marks: what is drawn decides nothing")
        elif subject.kind == "mutant":
            mutants.append(one)
            errors += _judged_mutant(one)
    if not mutants:
        return [*errors, "there are no mutants: nothing shows that a wrong solution fails"]
    for criterion in assignment.criteria:
        if not any(criterion.id in one.failed and one.passed for one in mutants):
            errors.append(f"no mutant fails {criterion.id} and passes something else")
    hidden = assignment.graders is not None and any(assignment.graders.glob("test_*.py"))
    if hidden and not any(one.failed and not one.public_failed for one in mutants):
        errors.append("no mutant passes the public checks and fails only in the hidden graders")
    return errors


def _judged_mutant(one: Seen) -> list[str]:
    subject = one.subject
    crashed = [name for name, verdict in one.verdicts.items() if verdict in {"crashed", "review"}]
    if crashed:
        return [
            f"{subject.name}: {', '.join(crashed)} came out as {one.verdicts[crashed[0]]}; "
            "a mutant fails by measurement"
        ]
    errors = []
    if subject.fails - one.failed:
        errors.append(f"{subject.name}: must fail {', '.join(sorted(subject.fails - one.failed))}, and does not")
    if one.failed - subject.fails:
        errors.append(
            f"{subject.name}: also fails {', '.join(sorted(one.failed - subject.fails))}, which it does not name"
        )
    return errors


def _margins(assignment: Assignment, profile: Profile, seen: Iterable[Seen]) -> dict[str, dict[str, float]]:
    """For each threshold on an accuracy: mean, standard deviation and minimum of the reference, and the floor.

    The floor is the mean minus four standard deviations minus 0.1 points (DESIGN 5).
    """
    margins: dict[str, dict[str, float]] = {}
    references = [one for one in seen if one.subject.kind == "reference"]
    for criterion in assignment.criteria:
        values = [one.accuracies[criterion.id] for one in references if criterion.id in one.accuracies]
        wanted = criterion.wanted_at(profile)
        if wanted is None or not values:
            continue
        mean, std = statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0
        margins[criterion.id] = {
            "wanted": wanted, "mean": round(mean, 5), "std": round(std, 5), "minimum": min(values),
            "floor": round(mean - 4 * std - 0.001, 5), "seeds": len(values),
        }  # fmt: skip
    return margins


def _too_tight(assignment: Assignment, profile: Profile, margins: dict[str, dict[str, float]]) -> list[str]:
    errors = []
    for name, margin in margins.items():
        if margin["seeds"] >= 3 and margin["wanted"] > margin["floor"]:
            errors.append(
                f"{name}: wanted {margin['wanted']:.4f} at {profile} is above the floor {margin['floor']:.4f} "
                f"(reference {margin['mean']:.4f} ± {margin['std']:.4f}, minus four deviations, minus 0.001)"
            )
    return errors


# -- the record ------------------------------------------------------------------------------------------------


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


def _regressions(assignment: Assignment, subjects: Iterable[Subject]) -> list[str]:
    """A mutant that the last proof had and that is gone weakens the grader; say so instead of forgetting it."""
    before = set(_record(assignment).get("mutants", {}))
    gone = sorted(before - {subject.name for subject in subjects if subject.kind == "mutant"})
    return [
        f"the mutant {name} was in the last proof and is gone; put it back, or take it out of proof.json by hand"
        for name in gone
    ]


def _write(assignment: Assignment, proof: Proof) -> None:
    import platform

    import torch

    record = _record(assignment)
    hashes = grader_hashes(assignment)
    profiles = record.get("profiles", {}) if record.get("hashes") == hashes else {}
    references = [one for one in proof.seen if one.subject.kind == "reference"]
    profiles[proof.profile] = {
        "margins": proof.margins,
        "seconds_per_training": round(statistics.median(one.seconds for one in references), 1),
    }
    content = {
        "assignment": assignment.id,
        "hashes": hashes,
        "mutants": {
            one.subject.name: {"fails": sorted(one.failed), "public": not one.public_failed, "says": one.subject.says}
            for one in proof.seen if one.subject.kind == "mutant"
        },
        "profiles": profiles,
        "environment": {"torch": torch.__version__, "python": platform.python_version()},
    }  # fmt: skip
    file = graders_of(assignment) / "proof.json"
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(file)


def check_proof(assignment: Assignment) -> list[str]:
    """What speaks against the recorded proof being of today's files; empty where it is.

    Raises:
        CourseError: files, names and criteria do not match.
    """
    errors = _names_match(assignment)
    errors += _regressions(assignment, subjects_of(assignment, 1))
    record = _record(assignment)
    if not record:
        return [*errors, f"there is no proof; run dlgrade prove {assignment.id}"]
    now, then = grader_hashes(assignment), record.get("hashes", {})
    changed = sorted(name for name in {*now, *then} if now.get(name) != then.get(name))
    for name in changed:
        how = "is new" if name not in then else "is gone" if name not in now else "changed"
        errors.append(f"{name} {how} since the proof; run dlgrade prove {assignment.id}")
    for profile, measured in record.get("profiles", {}).items():
        errors += _too_tight(assignment, profile, measured.get("margins", {}))
    return errors
