"""``dlgrade progress``: what is known of each topic, the metrics of the course, and what to do next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._shared import file_path, the_course
from dlgrade.errors import MachineError

if TYPE_CHECKING:
    from dlgrade.quiz._screen import Screen
    from dlgrade.study import Advice, DeckState, Progress, QuizState, TrackState


@click.command("progress")
@click.option("--json", "json_file", type=file_path(), help="Write it as JSON (- for standard output).")
@click.pass_context
def progress(ctx: click.Context, json_file: Path | None) -> None:
    """Show what your checks, quizzes and cards say of each topic, and what to do next.

    Counted is what was measured on this machine: the last check of each assignment, the last result of each quiz, and
    the cards that lead from what was wrong. A metric of the course is met when its criteria have passed.
    """
    from dlgrade import study

    course = the_course(ctx)
    lines = study.outline(course.root)
    known = study.known([one.id for one in course.assignments], [bank.id for bank in lines.banks])
    for name in known.unreadable:
        click.echo(f"the last report of {name} cannot be read; dlgrade check {name} writes a new one", err=True)
    now = study.progress(course, lines, known)
    ids, quizzes = [one.id for one in course.assignments], [bank.id for bank in lines.banks]
    read = [study.read_plan(path, ids, quizzes) for path in study.plan_files(course.root)]
    plans = [plan for plan, faults in read if plan is not None and not faults]
    advice = study.advice(course, lines, plans, known, now)
    if json_file is not None:
        text = json.dumps(now.to_json(advice.says, advice.command), indent=2) + "\n"
        if str(json_file) == "-":
            click.echo(text, nl=False)
            return
        try:
            json_file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise MachineError(f"{json_file} cannot be written: {error.strerror}") from None
    _print(now, advice)


def _print(now: Progress, advice: Advice) -> None:
    from dlgrade.quiz._screen import Screen

    screen = Screen()
    screen.say(now.course, style="bold")
    screen.say()
    screen.say("Assignments", style="bold")
    _print_tracks(screen, now.tracks)
    _print_quizzes(screen, now.quizzes)
    _print_decks(screen, now.decks)
    if now.metrics:
        screen.say()
        screen.say(f"Metrics: {sum(one.met for one in now.metrics)} of {len(now.metrics)} met", style="bold")
    for metric in now.metrics:
        waits = "" if metric.met else f" ({', '.join(metric.missing)})"
        screen.say(f"{metric.says}{waits}", lead="  met" if metric.met else "  open", hang=8)
    screen.say()
    screen.say(f"Next: {advice.says}", style="bold")
    screen.code(advice.command)


def _print_tracks(screen: Screen, tracks: tuple[TrackState, ...]) -> None:
    width = max((len(track.id) for track in tracks), default=0)
    for track in tracks:
        if not track.assignments:
            continue
        rehearsed = f" ({track.rehearsed} rehearsed)" if track.rehearsed else ""
        says = (
            f"{track.done} of {track.assignments} done{rehearsed}, {track.passed} of {track.criteria} criteria, "
            f"{track.points:g} of {track.max:g} points"
        )
        screen.say(says, lead=f"  {track.id}", hang=width + 4)


def _print_quizzes(screen: Screen, quizzes: tuple[QuizState, ...]) -> None:
    taken = [quiz for quiz in quizzes if quiz.taken]
    if not quizzes:
        return
    screen.say()
    screen.say(f"Quizzes: {len(taken)} of {len(quizzes)} taken", style="bold")
    for quiz in taken:
        points = f"{_share(quiz.points, quiz.max)} points" if quiz.max else "taken"
        screen.say(f"{quiz.title}: {points}", lead=f"  {quiz.id}", hang=len(quiz.id) + 4)
        rows = [row for row in quiz.objectives if row.max]
        width = max((len(_share(row.points, row.max)) for row in rows), default=0)
        for row in rows:
            screen.read(row.says, lead=f"      {_share(row.points, row.max):<{width}}", hang=width + 8)


def _print_decks(screen: Screen, decks: tuple[DeckState, ...]) -> None:
    if not decks:
        return
    screen.say()
    screen.say("Cards, by what leads to them", style="bold")
    for deck in decks:
        parts = [
            f"criteria {deck.passed} of {deck.criteria}" if deck.criteria else "",
            f"questions {_share(deck.points, deck.max)}" if deck.max else "",
            f"{len(deck.review)} to review" if deck.review else "nothing to review",
        ]
        screen.say(deck.title, lead=f"  {deck.id}", hang=len(deck.id) + 4)
        screen.say(", ".join(part for part in parts if part), lead="", hang=6)


def _share(points: float, most: float) -> str:
    return f"{round(points, 2):g} of {round(most, 2):g}"
