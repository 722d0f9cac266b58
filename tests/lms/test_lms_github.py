"""GitHub's job summary, rendered by a reader of Markdown, and its workflow commands, read as the runner reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.lms.conftest import SECRET, decided, grade, missing, wanted
from tests.report.conftest import REPORTS

from dlgrade.gradebook import Attempt, Grade
from dlgrade.lms._github import _escaped, at_lines, summary

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False}).enable("table")


@dataclass
class Seen(HTMLParser):
    """Elements of a page, and its text."""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.cells: list[list[str]] = []
        self.text = ""
        self.inside = False
        self.blocks: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.inside = self.inside or tag in {"td", "th"}
        if tag == "tr":
            self.cells.append([])
        elif tag in {"td", "th"}:
            self.cells[-1].append("")
        elif tag == "br":
            self.handle_data("\n")
        if tag in {"h3", "p", "li"}:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.inside:
            self.cells[-1][-1] += data
        elif self.blocks and not self.cells:
            self.blocks[-1] += data


def rendered(markdown: str) -> Seen:
    seen = Seen()
    seen.feed(MARKDOWN.render(markdown))
    return seen


_BACK = {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n", "%25": "%"}


def _unescaped(text: str) -> str:
    return re.sub("%(?:3A|2C|0D|0A|25)", lambda sign: _BACK[sign[0]], text)


def commands(lines: list[str]) -> list[tuple[dict[str, str], str]]:
    """What the runner makes of lines: each one command, nothing left over."""
    found = []
    for line in lines:
        assert "\n" not in line
        assert "\r" not in line
        parts = re.fullmatch(r"::error ([^:]*)::(.*)", line)
        assert parts is not None, line
        pairs = dict(pair.split("=", 1) for pair in parts[1].split(","))
        found.append(({key: _unescaped(value) for key, value in pairs.items()}, _unescaped(parts[2])))
    return found


@pytest.mark.parametrize("name", list(REPORTS))
def test_every_report_becomes_a_table_of_its_criteria(name: str) -> None:
    page = rendered(summary(wanted([grade("s001", "Ada", name)])).data.decode())
    assert page.tags <= {"h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "br"}
    assert SECRET not in page.text
    assert [row[0].strip() for row in page.cells[1:]] == [one.id for one in REPORTS[name]().criteria]
    assert {len(row) for row in page.cells} == {4}


def test_the_table_says_what_the_report_says() -> None:
    text = summary(wanted([grade()])).data.decode()
    assert text.startswith("### code6: Global average pooling\n\n10 of 50 points.\n")
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rendered(text).cells}
    assert cells["budget"][:2] == ["failed", "0/10"]
    assert "10,940 parameters, wanted at most 8,000" in cells["budget"][2]
    assert "4,910 of them are one layer: code6.py:31 Linear 490 -> 10" in " ".join(cells["budget"][2].split())
    assert cells["accuracy_980"][:2] == ["waiting", "0/20"]


def test_a_class_is_a_table_of_ids_without_names() -> None:
    waiting = grade("s002", "Bo", "every_verdict")
    content = summary(wanted([grade("s001", "Ada Lovelace"), waiting, missing("s003", "Cy")]))
    page = rendered(content.data.decode())
    assert "Ada" not in page.text
    assert "3 students, 2 handed in, 1 waiting for a person." in page.text
    assert [[cell.strip() for cell in row] for row in page.cells][1:] == [
        ["s001", "graded", "10/50", "budget (failed), no_dense (failed), accuracy_980 (waiting)"],
        ["s002", "review", "2.5/70", page.cells[2][3].strip()],
        ["s003", "missing", "0/50", ""],
    ]
    assert "no_dense (in review)" in page.cells[2][3]


def test_what_github_would_not_take_is_left_out_and_named() -> None:
    content = summary(wanted([grade(f"s{number}", report="every_verdict") for number in range(8_000)]))
    assert len(content.data) < 1_048_576
    assert "lines left out: GitHub takes 1 MiB of summary" in content.notes[0]


TRICKS = [
    "1. x", "www.evil.example", "http://x.y", "<b>", "`a`", "| a |", "~~x~~", "[a](b)", "&amp;", "\\|", "::", "- a",
    "+ a", "=", "===", "# a", "> a", "***", "---", "      a", "a  ", "$x$", "1) a", "[ ] a", "a.", ".", "12.", "1.2",
]  # fmt: skip


@given(st.text(max_size=30) | st.sampled_from(TRICKS))
def test_every_text_is_shown_as_it_is(text: str) -> None:
    shown = "".join(character for character in text if character.isprintable())
    page = rendered(f"| head |\n|---|\n| x{_escaped(shown)}x |\n")
    assert page.tags <= {"table", "thead", "tbody", "tr", "th", "td"}
    assert page.cells[1] == [f"x{shown.strip()}x"]
    page = rendered(f"### {_escaped(shown)}\n\n{_escaped(shown + '.')}\n\n- {_escaped(shown)}\n\n| a |\n|---|\n| b |\n")
    assert page.tags <= {"h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert [one.strip() for one in page.blocks] == [shown.strip(), f"{shown}.".strip(), shown.strip()]


def test_annotations_stand_at_the_lines_that_the_report_names() -> None:
    found = commands(at_lines(grade("", report="failing"), {}))
    assert [(one["file"], one["line"], text) for one, text in found] == [
        ("code6.py", "31", "budget: 4,910 of them are one layer: code6.py:31  Linear 490 -> 10"),
        ("code6.py", "31", "no_dense: code6.py:31 reads a 10x7x7 map flattened"),
    ]
    assert {one["title"] for one, _ in found} == {"Global average pooling"}
    (stopped, *_) = commands(at_lines(grade("", report="stub"), {}))
    assert stopped == (
        {"file": "code6.py", "line": "24", "title": "Global average pooling"},
        "code6: Net.forward is still the stub: it raises NotImplementedError",
    )
    settled = decided(grade(report="every_verdict"), "other_sizes", "passed", "no matter")
    assert [one["line"] for one, _ in commands(at_lines(settled, {}))] == ["31"]  # measured stays measured


def of_submission(name: str) -> Grade:
    one = grade("")
    attempt = one.attempt
    assert attempt is not None
    report = {**attempt.results["report"], "submission": {"name": name, "sha256": ""}}
    return Grade(**{**vars(one), "attempt": Attempt(**{**vars(attempt), "results": {"report": report}})})


@pytest.mark.parametrize(
    ("name", "file"),
    [("code6.py", "code6.py"), ("work/code6.py", "work/code6.py"), ("work", "work/code6.py"),
     ("/repo/work/code6.py", "work/code6.py"), ("a,b: 5%/x.py", "a,b: 5%/code6.py"), ("/else/x.py", "/else/code6.py")],
)  # fmt: skip
def test_files_are_named_from_the_root_of_the_repository(name: str, file: str) -> None:
    found = commands(at_lines(of_submission(name), {"GITHUB_WORKSPACE": "/repo"}))
    assert {one["file"] for one, _ in found} == {file}


def test_a_hostile_report_makes_no_command_of_its_own() -> None:
    for report in ("hostile", "every_verdict"):
        commands(at_lines(grade("", report=report), {}))
    text = summary(wanted([grade("", report="hostile")])).data.decode()
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines())
