"""The report as one HTML page that loads nothing, needs no script and is safe to open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlgrade.course import Report
from dlgrade.report import _tables as tables
from dlgrade.report import _words as words
from dlgrade.report._ladder import Step, ladder, step_of
from dlgrade.report.page import environment, write_page

_MIB = 2**20


def html(report: Report, *, instructor: bool = False, steps: Sequence[Step] = ()) -> str:
    """The page, the same text for the same report.

    Args:
        instructor: also show the detail that students must not see; the page then says so at its top.
        steps: the student's earlier steps of the course, in their order, which this run is compared with.
    """
    return environment().get_template("report.html.j2").render(_context(report, instructor) | _way(report, steps))


def write_html(report: Report, path: Path | str, *, instructor: bool = False, steps: Sequence[Step] = ()) -> None:
    """Write the page to ``path``, wholly or not at all; see `html`.

    Raises:
        MachineError: the folder is missing or cannot be written to.
    """
    write_page(html(report, instructor=instructor, steps=steps), path)


def _context(report: Report, instructor: bool) -> dict[str, Any]:
    told = [words.tell(result, report, instructor=instructor) for result in report.criteria]
    return {
        "report": report,
        "instructor": instructor,
        "told": told,
        "bar": tables.points_bar(report),
        "score": words.amount(report.score),
        "max_score": words.amount(report.max_score),
        "counts": words.verdict_counts(report),
        "run": words.run_line(report),
        "tier": words.TIERS[report.tier] if report.tier else "",
        "rehearsal": words.rehearsal_line(report),
        "problem": words.problem_line(report),
        "problem_detail": words.lines_of(report.problem.detail) if report.problem and instructor else (),
        "notes": words.notes_of(report),
        "budget": words.budget_line(report),
        "training": words.training_line(report),
        "review_command": words.review_command(report) if any(one.cards for one in told) else "",
        "commands": _commands(report),
        **_network(report),
        **_training(report),
    }


def _way(report: Report, steps: Sequence[Step]) -> dict[str, Any]:
    """The student's steps up to this one; nothing where there is no earlier one to compare with."""
    this = step_of(report.to_json(), now=True)
    way = [*steps, this] if steps and this is not None else []
    return {"steps": way, "ladder": ladder(way)}


def _commands(report: Report) -> list[str]:
    profiles = dict.fromkeys([report.profile, "full"])
    return [words.check_command(report, profile) for profile in profiles]


def _network(report: Report) -> dict[str, Any]:
    if report.network is None:
        return {"layers": [], "layers_left_out": 0, "memory": ""}
    rows, left_out = tables.layer_rows(report.network)
    size = report.network.memory_bytes
    return {"layers": rows, "layers_left_out": left_out, "memory": f"{size / _MIB:,.2f} MiB" if size else ""}


def _training(report: Report) -> dict[str, Any]:
    done = report.training
    if done is None:
        return {
            "curves": [],
            "confusion": [],
            "worst": [],
            "mistakes": [],
            "why_none": _why_untrained(report),
        }
    curves = []
    if done.curve:
        from dlgrade.report._curve import accuracy_curve, loss_curve

        wanted = tables.wanted_accuracies(report)
        curves = [accuracy_curve(done.curve, wanted), loss_curve(done.curve)]
    return {
        "curves": curves,
        "confusion": tables.confusion_rows(done.confusion),
        "worst": tables.worst_pairs(done.confusion),
        "mistakes": tables.mistake_tiles(done.mistakes),
        "why_none": "",
    }


def _why_untrained(report: Report) -> str:
    if report.problem:
        return "The work stopped before any training: see the problem above."
    if report.profile == "smoke":
        return "A smoke run trains nothing: run the profile quick for a rehearsal or full for the mark."
    if any(result.verdict == "blocked" for result in report.criteria):
        return "The network was not trained: what comes before training failed."
    return "Nothing was trained in this run."
