"""`dlgrade quiz export`, as an instructor uses it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.exports.conftest import KINDS
from tests.quiz.conftest import Course, Ran

from dlgrade.exports import FORMATS

FILES = {"html": "q.html", "moodle": "q.xml", "gift": "q.txt", "qti12": "q.zip", "qti21": "q.zip",
         "notebook": "q.ipynb", "anki": "q.apkg"}  # fmt: skip


@pytest.fixture
def two(course: Course) -> Course:
    """A course with the banks mini and other."""
    course.bank(KINDS.lstrip("\n"))
    course.bank("q: {objective: aim, ask: So it is., claim: true, misconception: belief, because: So.}", name="other")
    return course


def export(course: Course, *arguments: object) -> Ran:
    return course.command("quiz", "export", *map(str, arguments))


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_written_and_told(two: Course, form: str) -> None:
    ran = export(two, "mini", "--format", form, "-o", FILES[form])
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == ""
    count = 1 if form in ("html", "notebook", "anki") else 5
    last = ran.stderr.splitlines()[-1]
    if form == "html":
        assert last == "wrote q.html: 13 questions (2 drawn, 1 instance each)"
    else:
        most = {"number": 3, "figure": 4}
        each = max(min(count, most[name]) for name in most)
        assert last == f"wrote {FILES[form]}: 13 questions (2 drawn, {each} instance{'' if each == 1 else 's'} each)"
    assert Path(FILES[form]).stat().st_size > 1000
    assert Path(FILES[form]).stat().st_mode & 0o777 == 0o644


def test_what_a_format_cannot_hold_is_said_a_line_each(two: Course) -> None:
    ran = export(two, "--format", "gift", "-o", "q.txt")
    assert ran.stderr.splitlines() == [
        "mini/order: GIFT has no orders; written as a matching of positions",
        "mini/free: GIFT cannot say that a reflection has no points; set them to 0 in Moodle",
        "wrote q.txt: 14 questions (2 drawn, 4 instances each)",
    ]
    two.bank("""\
        q: {objective: aim, ask: "What?", runs: x, prints: "a -> b", because: So., cards: [card]}
        p: {objective: aim, ask: "What?", runs: x, prints: "a", because: So., cards: [card]}
    """)
    ran = export(two, "mini", "--format", "gift", "-o", "q.txt")
    assert ran.returncode == 0
    assert ran.stderr.splitlines() == [
        "mini/q: left out: GIFT takes an answer with an arrow for a matching",
        "wrote q.txt: 1 question, 1 left out",
    ]


def test_a_file_without_a_question_is_not_written(two: Course) -> None:
    two.bank('q: {objective: aim, ask: "What?", runs: x, prints: "", because: So., cards: [card]}')
    ran = export(two, "mini", "--format", "qti12", "-o", "q.zip")
    assert (ran.returncode, ran.stderr) == (
        2,
        "error: qti12 can hold none of these questions\n"
        "  mini/q: the program prints nothing, or nothing that a keyboard has\n",
    )
    assert not Path("q.zip").exists()


def test_without_ids_all_banks_are_written_in_their_order(two: Course) -> None:
    export(two, "--format", "qti12", "-o", "all.zip")
    with zipfile.ZipFile("all.zip") as archive:
        assert len([name for name in archive.namelist() if name.endswith("assessment_meta.xml")]) == 2
    export(two, "other", "mini", "--format", "gift", "-o", "q.txt")
    text = Path("q.txt").read_text("utf-8")
    assert text.index("[id:other/q]") < text.index("[id:mini/one]")


def test_the_number_of_instances_and_the_seed_are_options(two: Course) -> None:
    ran = export(two, "mini", "--format", "moodle", "-o", "a.xml", "--instances", "2")
    assert "2 drawn, 2 instances each" in ran.stderr
    export(two, "mini", "--format", "moodle", "-o", "b.xml", "--instances", "2")
    export(two, "mini", "--format", "moodle", "-o", "c.xml", "--instances", "2", "--seed", "3")
    assert Path("a.xml").read_bytes() == Path("b.xml").read_bytes() != Path("c.xml").read_bytes()
    assert export(two, "mini", "--format", "moodle", "-o", "a.xml", "--instances", "0").returncode == 2


def test_text_goes_to_a_pipe_alone_and_packages_do_not(two: Course) -> None:
    ran = export(two, "other", "--format", "gift", "-o", "-")
    assert ran.stdout.startswith("$CATEGORY: $course$/top/A course/A small bank\n")
    assert ran.stderr == "wrote standard output: 1 question\n"
    ran = export(two, "other", "--format", "qti12", "-o", "-")
    assert (ran.returncode, ran.stderr) == (2, "error: qti12 is no text, so it needs a file\n  Name it: -o FILE\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["mnii", "--format", "gift", "-o", "f"], "error: there is no quiz mnii\n  Did you mean mini?\n"),
        (["mini", "--format", "moodel", "-o", "f"], "error: there is no format moodel\n  Did you mean moodle?\n"),
        (["--format", "html", "-o", "f"],
         "error: a page has one quiz\n  Name one: dlgrade quiz export ID --format html -o FILE\n"),
        (["mini", "--format", "html", "-o", "f", "--instances", "3"],
         "error: a page has one draw of each question\n  Leave --instances out.\n"),
        (["mini", "--format", "gift", "-o", "quizzes"], "error: quizzes is a folder\n  Name a file in it.\n"),
    ],
)  # fmt: skip
def test_mistakes_are_answered_in_a_line_and_the_mend(two: Course, arguments: list[str], complaint: str) -> None:
    ran = export(two, *arguments)
    assert (ran.returncode, ran.stderr) == (2, complaint)
    assert not Path("f").exists()


def test_a_file_that_cannot_be_written_leaves_nothing_behind(two: Course) -> None:
    ran = export(two, "mini", "--format", "gift", "-o", "nowhere/q.txt")
    assert ran.returncode == 3
    assert ran.stderr.startswith("error: cannot write nowhere/q.txt: ")


def test_a_wrong_bank_is_refused_before_anything_is_written(two: Course) -> None:
    two.bank("q: {objective: aim, ask: 'So?', claim: 1}")
    ran = export(two, "mini", "--format", "gift", "-o", "q.txt")
    assert ran.returncode == 2
    assert "quizzes/mini.yaml:" in ran.stderr
    assert not Path("q.txt").exists()


def test_a_page_has_as_many_questions_as_the_bank_draws(two: Course) -> None:
    two.bank(KINDS.lstrip("\n"), head="draw: 4\n")
    ran = export(two, "mini", "--format", "html", "-o", "q.html")
    assert ran.stderr.startswith("wrote q.html: 4 questions")


def test_help_names_the_formats_and_is_light(two: Course) -> None:
    ran = two.command("quiz", "export", "--help")
    assert all(form in ran.stdout for form in FORMATS)
    heavy = "{'torch', 'genanki', 'text2qti', 'nbformat', 'matplotlib', 'dlgrade.exports'}"
    code = f"import sys, dlgrade.cli._quiz; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_format_imports_torch(two: Course) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom dlgrade.exports import FORMATS, export\n"
        f"for form in FORMATS: export(Path({str(two.root)!r}), ['mini'], form, Path('out'))\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=two.root).returncode == 0


def test_the_shipped_banks_can_be_named(tmp_path: Path) -> None:
    from dlgrade.exports import export as write

    done = write(ROOT, ["quiz8"], "gift", tmp_path / "q.txt")
    assert done.questions == 13
    assert done.left_out == {}
