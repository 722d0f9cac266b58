"""``dlgrade drill``: questions against the clock, and programs with missing lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from dlgrade.cli._shared import the_assignment, the_course
from dlgrade.errors import UsageError

if TYPE_CHECKING:
    from dlgrade.course import Course
    from dlgrade.quiz._screen import Screen
    from dlgrade.study import Outline

_INTERRUPTED = 130
_BLANK = "blank"


@click.command("drill")
@click.argument("words", metavar="[TOPIC | blank ID]", nargs=-1)
@click.option("-n", "--count", type=click.IntRange(1), metavar="N", help="Stop after N answers [default: endless].")
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    metavar="M",
    help="Stop after M minutes.",
)
@click.option("--seed", type=click.IntRange(0, 2**31), help="Decides numbers and order [default: drawn].")
@click.pass_context
def drill(
    ctx: click.Context, words: tuple[str, ...], count: int | None, minutes: float | None, seed: int | None
) -> int:
    """Practise against the clock: questions with new numbers each time, or lines of code.

    TOPIC is a quiz, an assignment, a deck, an objective or a tag of cards; `blank ID` takes lines out of programs of
    an assignment's lesson and quizzes, to be typed back; what is typed is run. Without a topic: what there is to drill.

    What was wrong comes back soon; then comes first what is slow and was not seen for long. q or Ctrl-C stops, and
    every answer is kept.
    """
    import secrets

    course = the_course(ctx)
    new_seed = secrets.randbelow(1_000_000) if seed is None else seed
    seconds = None if minutes is None else minutes * 60
    if not words:
        return _list(course)
    if words[0] == _BLANK:
        if len(words) != 2:
            raise UsageError("blank wants one assignment", "Write: dlgrade drill blank ID; dlgrade list shows the ids.")
        return _blank(course, words[1], new_seed, count, seconds)
    if len(words) > 1:
        raise UsageError("one topic at a time", f"Write: dlgrade drill {words[0]}")
    return _questions(course, words[0], new_seed, count, seconds)


def _questions(course: Course, topic: str, seed: int, count: int | None, seconds: float | None) -> int:
    from dlgrade.course import MISCONCEPTIONS, load_misconceptions
    from dlgrade.quiz._screen import Screen
    from dlgrade.study import Drill, outline, questions_of, run_drill, sum_up
    from dlgrade.study._drill import HELP

    folder = course.root / "quizzes"
    pool = questions_of(topic, course, outline(course.root))
    current = Drill(topic, pool, load_misconceptions(folder / f"{MISCONCEPTIONS}.yaml"), folder, seed)
    screen = Screen()
    questions = "1 question" if len(pool) == 1 else f"{len(pool)} questions"
    screen.say(f"Drill {topic}: {questions}, new numbers each time", style="bold")
    screen.say(HELP)
    code = _until_stopped(screen, lambda: run_drill(screen, current, count=count, seconds=seconds))
    sum_up(screen, topic, current.done, current.past)
    return code


def _blank(course: Course, name: str, seed: int, count: int | None, seconds: float | None) -> int:
    from dlgrade.quiz._screen import Screen
    from dlgrade.study import Bench, Blanks, outline, run_blanks, sources, sum_up
    from dlgrade.study._blank import HELP

    assignment = the_assignment(course, name)
    pool = list(sources(assignment, outline(course.root)))
    if not pool:
        what = f"neither the lesson of {name} nor a quiz that leads to it has a program"
        raise UsageError(what, f"dlgrade drill {name} asks questions instead.")
    topic, screen = f"{_BLANK} {name}", Screen()
    screen.say(f"Drill {topic}: {len(pool)} program{'' if len(pool) == 1 else 's'}", style="bold")
    screen.say(HELP)
    with Bench(assignment.input_shape) as bench:
        current = Blanks(topic, pool, course.root / "quizzes", bench, seed)
        code = _until_stopped(screen, lambda: run_blanks(screen, current, count=count, seconds=seconds))
        sum_up(screen, topic, current.done, current.past)
    return code


def _until_stopped(screen: Screen, ask: Callable[[], None]) -> int:
    """Ask until it is over or the learner stops; the exit code."""
    from dlgrade.quiz._screen import Stopped

    try:
        ask()
    except Stopped:
        pass
    except KeyboardInterrupt:
        screen.say()
        return _INTERRUPTED
    return 0


def _list(course: Course) -> int:
    from dlgrade.quiz._screen import Screen
    from dlgrade.study import history, outline

    screen, lines = Screen(), outline(course.root)
    _list_drilled(screen)
    known = set(history().topics())
    rows = [(bank.id, sum(one.timed for one in bank.questions), bank.title) for bank in lines.banks]
    rows = [row for row in rows if row[1] and row[0] not in known]
    width = max((len(row[0]) for row in rows), default=0)
    if rows:
        screen.say("Quizzes to drill, with their questions:", style="bold")
    for name, many, title in rows:
        screen.say(f"{many:>3}  {title}", lead=f"  {name:<{width}}", hang=width + 4)
    _list_others(screen, course, lines)
    return 0


def _list_drilled(screen: Screen) -> None:
    from dlgrade.study import history, slowness

    past = history()
    topics = past.topics()
    if not topics:
        return
    screen.say("Drilled before; the slowest, not seen for longest, comes first:", style="bold")
    width = max(map(len, topics))
    for name in topics:
        answers = [one for one in past.answers if one.topic == name]
        now, best = past.streak(name)
        when = answers[-1].finished.astimezone().date().isoformat()
        slow = f"{slowness(answers):.0f} s"
        many = f"{len(answers)} answer{'' if len(answers) == 1 else 's'}"
        screen.say(f"{many}, {slow}, streak {now}, best {best}, {when}", lead=f"  {name}", hang=width + 4)
    screen.code(f"dlgrade drill {topics[0]}")
    screen.say()


def _list_others(screen: Screen, course: Course, lines: Outline) -> None:
    screen.say()
    ids = [one.id for one in course.assignments]
    if ids:
        screen.say(f"Or an assignment, by questions or with blank by its code: {', '.join(ids)}.")
    objectives = dict.fromkeys(one.objective for one in lines.questions if one.timed)
    if objectives:
        screen.say(f"Or an objective: {', '.join(objectives)}; or a deck, or a tag of its cards.")
