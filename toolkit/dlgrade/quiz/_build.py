"""Confirm banks: what they say is right is right, and nothing else is.

Promises: every draw that a learner can get was built and checked; every answer with an oracle agrees with it, every
program prints what the bank says, every mended line mends. All that is wrong is reported at once, each with file,
line and the mend. Does not judge whether a question is good.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlgrade.course import MISCONCEPTIONS, Misconception, read_misconceptions, read_yaml
from dlgrade.errors import CourseError, UsageError
from dlgrade.quiz import _check_items as items_check
from dlgrade.quiz import _check_programs as programs
from dlgrade.quiz import _check_texts as texts
from dlgrade.quiz._draw import varies
from dlgrade.quiz._load import bank_files, read_bank
from dlgrade.quiz._nouns import Bank, Question
from dlgrade.snippets import Snippets


@dataclass(frozen=True)
class Built:
    """One bank and what was found.

    Attributes:
        questions: how many it has.
        varied: how many of them are drawn anew for each learner.
        ran: how many answers were found out or confirmed by running a program.
        choices: of how many sets of options with one right one each; `longest`: in how many the right one is the
            longest.
        faults: everything that is wrong; empty where the bank is right.
    """

    id: str
    questions: int
    varied: int
    ran: int
    seconds: float
    choices: int = 0
    longest: int = 0
    faults: tuple[CourseError, ...] = ()


@dataclass
class Shelf:
    """What questions refer to: misconceptions by tag, cards by id."""

    misconceptions: dict[str, Misconception]
    cards: frozenset[str]
    used: set[str] = field(default_factory=set)


def build(
    root: Path, ids: Sequence[str] = (), *, on_built: Callable[[Built], None] | None = None, seconds: float = 20.0
) -> tuple[CourseError, ...]:
    """Check the banks of the course at `root`, all where no ids are given.

    Args:
        on_built: told of each bank as soon as it is done.
        seconds: how long one program may take.

    Returns:
        Everything that is wrong in any of them.

    Raises:
        UsageError: there is no bank of this id.
        MachineError: programs cannot be run here.
    """
    files = _chosen(root / "quizzes", ids)
    with Snippets(seconds=seconds) as snippets:
        if any(_has_programs(path) for path in files):
            snippets.warm()  # torch is imported while the files are read
        cards, faults = read_cards(root / "flashcards")
        misconceptions, wrong_entries = read_misconceptions(root / "quizzes" / f"{MISCONCEPTIONS}.yaml")
        shelf = Shelf(misconceptions, cards)
        done: list[Built] = []
        for path in files:
            one = _built(path, shelf, snippets)
            done.append(one)
            if on_built is not None:
                on_built(one)
    faults += [fault for one in done for fault in one.faults]
    # Whoever builds one bank wants to hear of the entries it uses, not of those that others are writing.
    faults += wrong_entries if not ids else []
    faults += _entry_faults(root, shelf, everything=not ids)
    if not ids:
        faults += texts.bias_over_all(root, sum(one.choices for one in done), sum(one.longest for one in done))
    return tuple(faults)


def _chosen(folder: Path, ids: Sequence[str]) -> list[Path]:
    files = {path.stem: path for path in bank_files(folder)}
    return [files[name] if name in files else _no_bank(name, files) for name in ids] or list(files.values())


def _has_programs(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False  # whoever reads it for good says why
    return any(f"{key}:" in text for key in ("oracle", "runs", "spot"))


def _no_bank(name: str, known: Iterable[str]) -> Path:
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1)
    mend = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known) or 'none yet'}."
    raise UsageError(f"there is no quiz {name}", mend)


def read_cards(folder: Path) -> tuple[frozenset[str], list[CourseError]]:
    """The ids of all cards of all decks, and what is wrong with decks that cannot be read."""
    found: set[str] = set()
    faults: list[CourseError] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            data = read_yaml(path).data
        except CourseError as error:
            faults.append(error)
            continue
        cards = data.get("cards") if isinstance(data, dict) else None
        found.update(cards if isinstance(cards, dict) else ())
    return frozenset(found), faults


def _entry_faults(root: Path, shelf: Shelf, *, everything: bool) -> Iterator[CourseError]:
    """Misconceptions that lead to cards that no deck has, and texts of theirs that are not markup."""
    path = root / "quizzes" / f"{MISCONCEPTIONS}.yaml"
    tags = [tag for tag in shelf.misconceptions if everything or tag in shelf.used]
    if not tags:
        return
    located = read_yaml(path)
    for tag in tags:
        entry = shelf.misconceptions[tag]
        if not entry.cards:
            what = f"'{tag}' leads to no card"
            yield CourseError(located.where((tag, "cards")), what, "Name one card or more.")
        for i, card in enumerate(entry.cards):
            if card not in shelf.cards:
                what, mend = texts.no_card(card, shelf.cards)
                yield CourseError(located.where((tag, "cards", i)), what, mend)
        for key, text in (("belief", entry.belief), ("feedback", entry.feedback)):
            for fault in texts.markup_faults(text):
                yield CourseError(located.where((tag, key)), fault)


def _built(path: Path, shelf: Shelf, snippets: Snippets) -> Built:
    started = time.perf_counter()
    bank, faults = read_bank(path)
    if bank is None:
        return Built(path.stem, 0, 0, 0, time.perf_counter() - started, faults=tuple(faults))
    broken = bool(faults)
    choices = 0
    longest: list[str] = []
    for question in bank.questions:
        faults += texts.reference_faults(bank, question, shelf.misconceptions, shelf.cards)
        shelf.used |= texts.tags_of(question)
        draws, wrong = items_check.all_draws(bank, question)
        faults += wrong
        if draws:
            faults += texts.text_faults(bank, question, draws)
            faults += _answer_faults(bank, question, draws, snippets)
            more, of_them = texts.longest_right(draws[0])
            choices += more
            longest += [question.key] * of_them
    faults += texts.objective_faults(bank) if not broken else []
    faults += texts.bias_of_bank(bank, choices, longest)
    return Built(
        id=bank.id,
        questions=len(bank.questions),
        varied=sum(map(varies, bank.questions)),
        ran=sum(map(programs.runs, bank.questions)),
        seconds=time.perf_counter() - started,
        choices=choices,
        longest=len(longest),
        faults=tuple(sorted(faults, key=_line)),
    )


def _line(fault: CourseError) -> int:
    line = fault.where.rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def _answer_faults(
    bank: Bank, question: Question, draws: Sequence[items_check.Draw], snippets: Snippets
) -> list[CourseError]:
    faults = list(items_check.figure_faults(bank, question, draws))
    faults += programs.oracle_faults(bank, question, draws, snippets)
    faults += programs.output_faults(bank, question, draws, snippets)
    faults += programs.spot_faults(bank, question, draws, snippets)
    return faults
