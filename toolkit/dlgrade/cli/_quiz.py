"""``dlgrade quiz``: list, take and build quizzes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._quiz_export import export_command
from dlgrade.cli._shared import file_path
from dlgrade.errors import CourseError, MachineError, UsageError
from dlgrade.neutral import NAME_LIMIT, neutral, visible

if TYPE_CHECKING:
    from dlgrade.course import Misconception
    from dlgrade.quiz import Bank
    from dlgrade.quiz._build import Built

_INTERRUPTED = 130


@click.group("quiz")
def quiz() -> None:
    """Take quizzes; build and check their banks; write them for other programs."""


quiz.add_command(export_command)


def _root(ctx: click.Context) -> Path:
    from dlgrade.course import find_course

    return find_course(ctx.find_root().obj["course"])


@quiz.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Show the quizzes of the course, and your last result in each."""
    from dlgrade.gradebook import Gradebook, gradebook_file
    from dlgrade.quiz import load_bank
    from dlgrade.quiz._load import bank_files

    files = bank_files(_root(ctx) / "quizzes")
    width = max((len(path.stem) for path in files), default=0)
    results = {}
    if gradebook_file().exists():  # looking makes no file
        with Gradebook() as book:
            results = {attempt.id: attempt for attempt in book.attempts(kind="quiz")}
    for path in files:
        try:
            bank = load_bank(path)
        except CourseError:
            click.echo(
                f"{visible(path.stem):<{width}}  cannot be read; dlgrade quiz build {visible(path.stem)} says why"
            )
            continue
        count = bank.draw or len(bank.questions)
        last = results.get(bank.id)
        result = f"last: {round(last.points, 2):g} of {last.max:g}" if last and last.max else ""
        line = f"{bank.id:<{width}}  {neutral(bank.title, NAME_LIMIT):<{NAME_LIMIT}}  {count:>3} questions  {result}"
        click.echo(line.rstrip())
    if not files:
        click.echo("this course has no quizzes")


@quiz.command("take")
@click.argument("quiz_id", metavar="ID")
@click.option("--seed", type=click.IntRange(0, 2**31), help="Decides numbers, questions and order [default: drawn].")
@click.option("--fresh", is_flag=True, help="Begin anew even if an unfinished sitting is kept.")
@click.option("--html", "html_file", type=file_path(), help="Write the quiz as one page instead of asking here.")
@click.pass_context
def take_command(ctx: click.Context, quiz_id: str, seed: int | None, fresh: bool, html_file: Path | None) -> int:
    """Answer a quiz, here or in a page.

    q or Ctrl-C stops; the next `take` goes on from there. At the end: the result per objective, and what to review.
    """
    import secrets

    from dlgrade.course import MISCONCEPTIONS, load_misconceptions

    folder = _root(ctx) / "quizzes"
    bank = _bank(folder, quiz_id)
    misconceptions = load_misconceptions(folder / f"{MISCONCEPTIONS}.yaml")
    new_seed = secrets.randbelow(1_000_000) if seed is None else seed
    if html_file is None:
        return _taken(bank, misconceptions, new_seed, fresh)
    from dlgrade.quiz import _page, sitting

    text = _page.page(bank, sitting(bank, new_seed), misconceptions)
    try:
        html_file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MachineError(f"{html_file} cannot be written: {error.strerror}") from None
    click.echo(f"{html_file}  {visible(bank.title)}, seed {new_seed}; open it in a browser")
    return 0


def _bank(folder: Path, quiz_id: str) -> Bank:
    import difflib

    from dlgrade.quiz import load_bank
    from dlgrade.quiz._load import bank_files

    files = {path.stem: path for path in bank_files(folder)}
    if quiz_id in files:
        return load_bank(files[quiz_id])
    near = difflib.get_close_matches(quiz_id, list(files), n=1)
    raise UsageError(f"there is no quiz {quiz_id}", f"Did you mean {near[0]}?" if near else "See dlgrade quiz list.")


def _taken(bank: Bank, misconceptions: dict[str, Misconception], seed: int, fresh: bool) -> int:
    from dlgrade.gradebook import Gradebook
    from dlgrade.quiz import _take
    from dlgrade.quiz._screen import Screen

    screen = Screen()
    with Gradebook() as book:
        kept = None if fresh else book.kept("quiz", bank.id)
        current = None
        try:
            if kept is not None and not _take.go_on(screen, kept):
                kept = None
            current = _take.begin(bank, misconceptions, seed, kept)
            _take.run(screen, current, book, _review)
        except (_take.Stopped, KeyboardInterrupt) as stopped:
            done = len(current.answers) if current else len(kept["answers"]) if kept else 0
            screen.say()
            goes_on = f"Kept: {done} answer{'' if done == 1 else 's'}; dlgrade quiz take {bank.id} goes on."
            screen.say(f"Stopped. {goes_on}" if done else "Stopped. Nothing was answered yet.")
            return _INTERRUPTED if isinstance(stopped, KeyboardInterrupt) else 0
    return 0


def _review(cards: Sequence[str]) -> str:
    return " ".join(["dlgrade deck export", *(f"--card {shlex.quote(card)}" for card in cards)])


@quiz.command("build")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.pass_context
def build_command(ctx: click.Context, ids: tuple[str, ...]) -> int:
    """Check banks against the machine: answers, programs, figures, references.

    Without ID all banks of the course are checked. Every complaint names file and line; the exit code is 2 where
    there is one.
    """
    from dlgrade.quiz._build import build

    done: list[Built] = []

    def told(one: Built) -> None:
        done.append(one)
        state = f"{len(one.faults)} wrong" if one.faults else "ok"
        click.echo(
            f"{state:<8}  {visible(one.id):<16}  {one.questions:>3} questions, {_share(one.varied, one.questions)} "
            f"varied, {_share(one.ran, one.questions)} run, {one.seconds:.1f} s"
        )

    faults = build(_root(ctx), ids, on_built=told)
    if len(done) > 1:
        click.echo(_summary(done))
    for fault in faults:
        click.echo("\n".join(map(visible, str(fault).split("\n"))), err=True)
    return 2 if faults else 0


def _summary(done: list[Built]) -> str:
    questions, choices = sum(one.questions for one in done), sum(one.choices for one in done)
    varied, ran, longest = (sum(getattr(one, name) for one in done) for name in ("varied", "ran", "longest"))
    return (
        f"{len(done)} quizzes, {questions} questions, {_share(varied, questions).strip()} varied, "
        f"{_share(ran, questions).strip()} run; the right option is the longest in "
        f"{_share(longest, choices).strip()} of {choices} choices"
    )


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole) if whole else 0:>3} %"
