"""The report on a terminal reads as the golden files do, and nothing in it acts."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from dlgrade.course import Report
from dlgrade.report import terminal

Make = Callable[[str], Report]
Piped = Callable[..., str]

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LOOKALIKE = re.compile(r"^ {0,4}(ok|FAIL|STOP|note) +faked", re.MULTILINE)


@pytest.mark.parametrize("name", ["failing", "passing", "stub", "every_verdict"])
def test_a_piped_report_reads_as_the_golden_file_does(name: str, make: Make, piped: Piped, golden: Path) -> None:
    expected = (golden / f"{name}.txt").read_text(encoding="utf-8")
    assert piped(make(name), html_path="code6-report.html") == expected


def test_an_instructor_reads_the_detail_below_each_criterion(make: Make, piped: Piped, golden: Path) -> None:
    expected = (golden / "every_verdict_instructor.txt").read_text(encoding="utf-8")
    assert piped(make("every_verdict"), instructor=True) == expected


def test_a_student_never_reads_the_detail(report_name: str, make: Make, piped: Piped, secret: str) -> None:
    assert secret not in piped(make(report_name))


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_no_line_is_wider_than_the_console(report_name: str, width: int, make: Make, piped: Piped) -> None:
    printed = piped(make(report_name), width=width, html_path="code6-report.html", instructor=True)
    assert max(cell_len(line) for line in printed.splitlines()) <= width


def test_no_line_is_wider_than_80_columns_in_a_pipe_beside_a_wide_terminal(make: Make, piped: Piped) -> None:
    assert piped(make("failing"), width=200) == piped(make("failing"), width=80)


def test_nothing_but_printable_characters_and_line_breaks_is_piped(report_name: str, make: Make, piped: Piped) -> None:
    printed = piped(make(report_name), instructor=True)
    assert not [c for c in printed if c not in "\n " and unicodedata.category(c)[0] in {"C", "Z"}]
    assert "\x1b" not in printed


def test_no_line_ends_in_spaces(report_name: str, make: Make, piped: Piped) -> None:
    assert not re.search(r" +$", piped(make(report_name)), re.MULTILINE)


def test_our_own_words_are_plain_ascii(make: Make, piped: Piped) -> None:
    assert all(piped(make(name)).isascii() for name in ("failing", "passing", "stub", "every_verdict"))


def test_colour_adds_nothing_but_colour(report_name: str, make: Make, piped: Piped) -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system="standard")
    terminal(make(report_name), console)
    coloured = file.getvalue()
    assert COLOUR.search(coloured)
    plain = COLOUR.sub("", coloured)
    assert "\x1b" not in plain
    assert plain == piped(make(report_name))


def test_markup_in_a_students_text_stays_text(make: Make, piped: Piped) -> None:
    assert "[bold red]x[/]" in piped(make("hostile"))


def test_a_line_break_in_a_students_text_forges_no_criterion(make: Make, piped: Piped) -> None:
    printed = piped(make("hostile"))
    assert re.search(r"\\n\s+ok\s+faked", printed), "the break is written out"
    assert not LOOKALIKE.search(printed)


def test_a_hostile_report_is_cut_to_a_length_that_can_be_read(make: Make, piped: Piped) -> None:
    assert len(piped(make("hostile")).splitlines()) < 250


def test_a_pipe_in_plain_ascii_takes_every_report(report_name: str, make: Make) -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    terminal(make(report_name), Console(file=file, width=80))
    file.flush()
    assert max(map(len, raw.getvalue().decode("ascii").splitlines())) <= 80


def test_standard_output_is_where_it_goes_unless_told_otherwise(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    terminal(make("failing"))
    assert capsys.readouterr().out.startswith("code6  Global average pooling")


def test_the_problem_is_told_once(make: Make, piped: Piped) -> None:
    assert piped(make("stub")).count("is still the stub") == 1


def test_the_command_for_the_cards_is_told_once(make: Make, piped: Piped) -> None:
    report = make("failing")
    failed = dataclasses.replace(report.criteria[2], id="again")
    printed = piped(dataclasses.replace(report, criteria=(*report.criteria, failed)))
    assert printed.count("cards:") == 2
    assert printed.count("dlgrade deck export --failed code6") == 1


def test_a_failed_check_names_at_most_five_cards(make: Make, piped: Piped) -> None:
    report = make("failing")
    many = dataclasses.replace(report.criteria[2], cards=tuple(f"card-{n}" for n in range(8)))
    printed = piped(dataclasses.replace(report, criteria=(many,)))
    assert re.findall(r"card-\d", printed) == [f"card-{n}" for n in range(5)]


def test_what_nobody_decided_on_is_neither_won_nor_lost(make: Make, piped: Piped) -> None:
    assert piped(make("every_verdict")).endswith("  2.5 of 70 points, 45 undecided.\n")


def test_a_training_without_an_epoch_claims_no_accuracy(make: Make, piped: Piped) -> None:
    report = make("passing")
    assert report.training is not None
    stopped = dataclasses.replace(report.training, curve=(), epochs=0, samples=0, seconds=1.25)
    printed = piped(dataclasses.replace(report, training=stopped))
    assert "0 epochs, 0 images, 1.2 s; final accuracy not reached" in printed


def test_importing_the_module_loads_nothing_heavy() -> None:
    code = "import dlgrade.report, sys; print({'torch', 'matplotlib', 'jinja2', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
