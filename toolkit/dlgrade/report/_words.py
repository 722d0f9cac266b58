"""What a report says, in words: shared by the terminal and the page, so that they tell one story.

Everything here returns plain text in which whatever a student can influence is already neutral and cut.
"""

from __future__ import annotations

import math
import shlex
from collections import Counter
from dataclasses import dataclass

from dlgrade.course import CriterionResult, Report, Verdict
from dlgrade.neutral import LIMIT, NAME_LIMIT, neutral

_LINES = 12  # lines of one criterion's findings
_CARDS = 5  # of one criterion; `dlgrade deck export --failed` takes them all
_DETAIL_LINES = 60  # of a traceback, its end: that is where the error stands


@dataclass(frozen=True)
class Mood:
    """How a verdict is called on the terminal and on the page, and how it looks on each."""

    word: str
    label: str
    tone: str
    style: str


MOODS: dict[Verdict, Mood] = {
    "passed": Mood("ok", "passed", "good", "green"),
    "failed": Mood("FAIL", "failed", "bad", "bold red"),
    "timeout": Mood("time", "too slow", "bad", "bold red"),
    "crashed": Mood("CRASH", "crashed", "bad", "bold red"),
    "blocked": Mood("wait", "waiting", "wait", "yellow"),
    "review": Mood("look", "in review", "hold", "magenta"),
    "error": Mood("ERROR", "grader error", "hold", "bold magenta"),
    "open": Mood("open", "open", "wait", "cyan"),
}
_UNDECIDED = frozenset({"review", "error", "open"})
_UNPOINTED = _UNDECIDED | {"blocked"}

OUR_FAULT = "the grader failed here, not you; the points stay open"
A_PERSON = "a person decides"
TIERS = {
    "verified": "the carried network agrees with yours in outputs and gradients",
    "observed": "gradients of the carried network differ from yours, so your own code trains it, watched",
    "review": "the network could not be carried as data, so a person decides what could not be proven",
}


@dataclass(frozen=True)
class Told:
    """One criterion as it is told: `reading` is what was measured, or why nothing was."""

    id: str
    says: str
    mood: Mood
    points: str
    reading: str
    wanted: str
    found: tuple[str, ...] = ()
    hint: str = ""
    cards: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """What was measured and what was wanted, in this order."""
        return f"{self.reading}, wanted {self.wanted}" if self.wanted else self.reading


def tell(result: CriterionResult, report: Report, *, instructor: bool) -> Told:
    """The criterion in words; ``detail`` only for an instructor."""
    verdict = result.verdict
    reading = _reading(result, report)
    measured = bool(result.measured) and verdict in {"passed", "failed", "timeout", "crashed"}
    mendable = verdict in {"failed", "timeout", "crashed"}
    return Told(
        id=result.id,
        says=result.says,
        mood=MOODS[verdict],
        points=f"{'-' if verdict in _UNPOINTED else amount(result.points)}/{amount(result.max_points)}",
        reading=reading,
        wanted=neutral(result.wanted) if measured and reading != _SEE_ABOVE else "",
        found=_found(result, report, reading, instructor),
        hint=result.hint if mendable else "",
        cards=result.cards[:_CARDS] if mendable else (),
        detail=lines_of(result.detail) if instructor else (),
    )


_SEE_ABOVE = "see above"


def _reading(result: CriterionResult, report: Report) -> str:
    measured = neutral(result.measured)
    match result.verdict:
        case "error":
            return OUR_FAULT
        case "review":
            # Many a reason why nothing was proven already ends so.
            return f"{measured}; {A_PERSON}" if measured and A_PERSON not in measured else measured or A_PERSON
        case "blocked" if report.problem:
            return "not measured"
        case "blocked":
            return measured or _first(result) or "not measured: something before it failed"
        case "open":
            return measured or _first(result) or f"not measured in a {report.profile} run"
    if _echoes(measured, report):
        return _SEE_ABOVE
    match result.verdict:
        case "timeout":
            return measured or "stopped: your code took too long"
        case "crashed":
            return measured or "your code stopped with an error"
    return measured or result.says


def _first(result: CriterionResult) -> str:
    return neutral(result.found[0]) if result.found else ""


def _echoes(text: str, report: Report) -> bool:
    """Whether the text only repeats the problem that is told once, above all criteria."""
    return report.problem is not None and bool(report.problem.what) and neutral(report.problem.what) in text


def _found(result: CriterionResult, report: Report, reading: str, instructor: bool) -> tuple[str, ...]:
    if result.verdict == "passed" or (result.verdict == "error" and not instructor):
        return ()
    if result.verdict == "blocked" and report.problem:
        return ()
    # Cases of one criterion often fail for one reason: it is told once.
    lines = list(map(neutral, dict.fromkeys(result.found)))
    lines = [line for line in lines if line != reading and not _echoes(line, report)]
    if len(lines) > _LINES:
        lines[_LINES:] = [f"and {count(len(lines) - _LINES)} more"]
    return tuple(lines)


def lines_of(detail: str) -> tuple[str, ...]:
    """The last lines of a traceback or other long text."""
    lines = detail.splitlines()
    cut = len(lines) - _DETAIL_LINES
    head = [f"({count(cut)} lines before this)"] if cut > 0 else []
    return (*head, *(neutral(line, 2 * LIMIT) for line in lines[-_DETAIL_LINES:]))


def run_line(report: Report) -> str:
    """``quick on cpu, verified, seed 0``."""
    device = device_of(report)
    run = f"{report.profile} on {device}" if device else report.profile
    return ", ".join([run, *([report.tier] if report.tier else []), f"seed {report.seed}"])


def device_of(report: Report) -> str:
    """Where it was trained, or would have been."""
    return neutral(report.training.device if report.training else report.device, NAME_LIMIT)


def budget_line(report: Report) -> str:
    """``over the budget of 8,000``, empty where there is no budget or nothing was counted."""
    allowed = report.budget.parameters if report.budget else None
    if allowed is None or report.network is None:
        return ""
    return f"{'within' if report.network.parameters <= allowed else 'over'} the budget of {count(allowed)}"


def training_line(report: Report) -> str:
    """``15 epochs, 900,000 images, 412 s; final accuracy 98.41 %``, empty where nothing was trained."""
    done = report.training
    if done is None:
        return ""
    epochs = "1 epoch" if done.epochs == 1 else f"{count(done.epochs)} epochs"
    line = f"{epochs}, {count(done.samples)} images, {duration(done.seconds)}"
    final = percent(done.final_accuracy) if done.curve else "not reached"
    return f"{line}; final accuracy {final}"


def rehearsal_line(report: Report) -> str:
    """What only the profile ``full`` gives; empty at full."""
    only = {"quick": "on all training images" if report.network else "", "smoke": "after training"}
    if report.profile == "full":
        return ""
    how = only[report.profile]
    return "a rehearsal: the mark is given at full" + (f", {how}" if how else "")


def score_line(report: Report) -> str:
    """``10 of 50 points``, and how many nobody has decided on yet."""
    line = f"{amount(report.score)} of {amount(report.max_score)} points"
    held = sum(result.max_points for result in report.criteria if result.verdict in _UNDECIDED)
    return f"{line}, {amount(held)} undecided" if held else line


def verdict_counts(report: Report) -> str:
    """``1 passed, 2 failed, 1 waiting``."""
    counted = Counter(result.verdict for result in report.criteria)
    return ", ".join(f"{counted[verdict]} {mood.label}" for verdict, mood in MOODS.items() if counted[verdict])


def problem_line(report: Report) -> str:
    """``code6.py:14: what``; empty where nothing stopped the work."""
    if report.problem is None:
        return ""
    where, what = neutral(report.problem.where, 2 * NAME_LIMIT), neutral(report.problem.what)
    return f"{where}: {what}" if where else what


def notes_of(report: Report) -> tuple[str, ...]:
    """Everything that a reader must know, each once."""
    unused: list[str] = []
    if report.network and report.network.unused:
        names = listed(report.network.unused)
        unused = [f"no layer reads these parameters, and they count: {names}"]
    trained = report.training.notes if report.training else ()
    return tuple(dict.fromkeys([*unused, *map(neutral, trained), *map(neutral, report.notes)]))


def listed(names: tuple[str, ...], most: int = 6) -> str:
    """The first few names, and how many more there are."""
    shown = [neutral(name, NAME_LIMIT) for name in names[:most]]
    return ", ".join(shown) + (f" and {count(len(names) - most)} more" if len(names) > most else "")


def review_command(report: Report) -> str:
    """The command that makes a deck of the cards of what failed."""
    return f"dlgrade deck export --failed {report.assignment}"


def check_command(report: Report, profile: str) -> str:
    """The command that measures this submission again, safe to paste into a shell."""
    name = neutral(report.submission.name)
    name = f"./{name}" if name.startswith("-") else name
    return f"dlgrade check {report.assignment} {shlex.quote(name)} --profile {profile} --seed {report.seed}"


def count(number: int) -> str:
    """``10,940``."""
    return f"{number:,}"


def amount(points: float) -> str:
    """``10``, ``2.5``: points without an idle zero."""
    return f"{round(points, 2):g}"


def percent(share: float) -> str:
    """``98.41 %``."""
    return f"{100 * share:.2f} %" if math.isfinite(share) else "not a number"


def duration(seconds: float) -> str:
    """``4.2 s``, ``412 s``."""
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:,.0f} s"


def shape(sides: tuple[int, ...]) -> str:
    """``10x7x7``, as it is spoken of everywhere in the house."""
    return "x".join(str(side) for side in sides) or "one number"
