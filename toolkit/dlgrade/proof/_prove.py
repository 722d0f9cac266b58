"""Is the grader right? The stub gets nothing, the reference everything, each mutant fails what it names."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from dlgrade.course import Assignment, Profile
from dlgrade.errors import CourseError
from dlgrade.proof._measured import Seen, measured
from dlgrade.proof._record import names_match, of_today, regressions, too_tight, write, wrong_stand_ins
from dlgrade.proof._subjects import Subject, subjects_of


@dataclass
class Proof:
    """Outcome of `prove`: `errors` is empty where the grader is proven."""

    assignment: str
    profile: Profile
    errors: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    margins: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing was left open, as a smoke run leaves what a training would show."""
        return not any("open" in one.verdicts.values() for one in self.seen)

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
    keep: bool = True,
    only: Collection[str] = (),
) -> Proof:
    """Measure every subject and judge the grader; writes ``proof.json`` where it holds.

    At full the reference alone is trained, for the margins of its thresholds: what tells right from wrong was shown
    at quick, where a mutant takes a minute instead of a quarter of an hour. Trainings that an earlier, interrupted run
    finished are not done again.

    Args:
        seeds: runs of the reference.
        jobs: processes, one thread each; default: one per core.
        on_seen: called with each finished subject and the number of all.
        keep: whether ``proof.json`` is written; a smoke run that leaves a criterion open never is a proof.
        only: names of subjects; no other is measured, and nothing is written.

    Raises:
        CourseError: files, names and criteria do not match, before anything is measured.
    """
    profile = "full" if assignment.kind == "functions" else profile
    calibrates = profile == "full" and assignment.kind != "functions"
    subjects = subjects_of(assignment, seeds)
    proof = Proof(assignment.id, profile, errors=_before(assignment, subjects, calibrates))
    if proof.errors:
        return proof
    if calibrates:
        subjects = [subject for subject in subjects if subject.kind == "reference"]
    if only:
        subjects, keep = _chosen(assignment, subjects, only), False
    proof.seen = measured(assignment, subjects, profile, jobs, on_seen)
    proof.errors += _judged_each(profile, proof.seen)
    if not calibrates and not only:
        proof.errors += _judged_together(assignment, proof.seen)
    proof.margins = _margins(assignment, profile, proof.seen)
    proof.errors += too_tight(profile, proof.margins)
    if keep and proof.holds and proof.whole:
        write(assignment, profile, proof.seen, proof.margins)
    return proof


def _before(assignment: Assignment, subjects: list[Subject], calibrates: bool) -> list[str]:
    """What speaks against the grader before anything is measured."""
    errors = names_match(assignment) + regressions(assignment, subjects) + wrong_stand_ins(assignment)
    if calibrates and not of_today(assignment, "quick"):
        errors.append(f"full trains the reference alone; first run dlgrade prove {assignment.id}")
    return errors


def _chosen(assignment: Assignment, subjects: list[Subject], only: Collection[str]) -> list[Subject]:
    known = {subject.name for subject in subjects} | {subject.kind for subject in subjects}
    if unknown := sorted(set(only) - known):
        raise CourseError(f"graders/{assignment.id}", f"{unknown[0]} is no mutant, and no other subject of a proof",
                          f"Known: {', '.join(sorted(known))}.")  # fmt: skip
    return [subject for subject in subjects if {subject.name, subject.kind} & set(only)]


def _judged_each(profile: Profile, seen: Iterable[Seen]) -> list[str]:
    errors: list[str] = []
    right = {"passed", "open"} if profile == "smoke" else {"passed"}
    for one in seen:
        subject = one.subject
        if one.trouble:
            errors.append(f"{subject.name}: the grader failed: {one.trouble}")
        elif subject.kind == "stub" and one.score:
            errors.append(f"the stub gets {one.score:g} points: {', '.join(sorted(one.passed))}")
        elif subject.kind == "reference":
            errors += [
                f"{subject.name}: {name} is {verdict}" for name, verdict in one.verdicts.items() if verdict not in right
            ]
        elif subject.kind == "stranger" and set(one.verdicts.values()) <= right:
            errors.append("the solution of another variant gets full marks: what is drawn decides nothing")
        elif subject.kind == "mutant":
            errors += _judged_mutant(one)
    return errors


def _judged_together(assignment: Assignment, seen: Iterable[Seen]) -> list[str]:
    """What all mutants together must show; a smoke run leaves open what a training would."""
    mutants = [one for one in seen if one.subject.kind == "mutant"]
    if not mutants:
        return ["there are no mutants: nothing shows that a wrong solution fails"]
    if any("open" in one.verdicts.values() for one in mutants):
        return []
    errors = [
        f"no mutant fails {criterion.id} and passes something else"
        for criterion in assignment.criteria
        if not any(criterion.id in one.failed and one.passed for one in mutants)
    ]
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
    missed = {name for name in subject.fails - one.failed if one.verdicts.get(name) != "open"}
    if missed:
        errors.append(f"{subject.name}: must fail {', '.join(sorted(missed))}, and does not")
    if one.failed - subject.fails:
        errors.append(
            f"{subject.name}: also fails {', '.join(sorted(one.failed - subject.fails))}, which it does not name"
        )
    return errors


def _margins(assignment: Assignment, profile: Profile, seen: Iterable[Seen]) -> dict[str, dict[str, float]]:
    """For each threshold on an accuracy: mean, standard deviation and minimum of the reference, and the floor.

    The floor is the mean minus four standard deviations minus 0.1 points (DESIGN 5); for what must not be above its
    threshold, such as the spread of the last epochs, the same the other way round is a ceiling.
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
            "wanted": wanted, "mean": round(mean, 5), "std": round(std, 5),
            "seeds": len(values), **({"fixed": True} if profile in criterion.fixed else {}),
        }  # fmt: skip
        room = 4 * std + 0.001
        if any(criterion.id in one.at_most for one in references):
            margins[criterion.id] |= {"maximum": max(values), "ceiling": round(mean + room, 5)}
        else:
            margins[criterion.id] |= {"minimum": min(values), "floor": round(mean - room, 5)}
    return margins
