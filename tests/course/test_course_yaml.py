"""A course is read or refused, and a refusal says file, line, what is wrong and how to mend it."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from dlgrade.course import Course, find_course, load_assignment, load_course, read_yaml
from dlgrade.errors import CourseError, UsageError

GOOD = """\
title: Global average pooling
track: module
order: 6
network: Net
input_shape: [1, 28, 28]
budget:
  parameters: 8000
  epochs: 15
training: {optimizer: SGD, lr: 0.05, momentum: 0.9}
criteria:
  shape:
    points: 4
    says: Takes images.
  accuracy:
    points: 20
    says: At least 98.0 %.
    wanted: {quick: 0.94, full: 0.98}
"""

JARGON = re.compile(
    r"pydantic|Input should|valid (string|integer|number|list|dict|array|bool)|NoneType|https?://|errors\.|"
    r"type=|ctx|traceback|dataclass|tuple|float|\bstr\b|\bint\b|dict\b|object|kwargs|argument|constructor",
    re.IGNORECASE,
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assignments" / "a1").mkdir(parents=True)
    (tmp_path / "course.yaml").write_text("title: A course\ntracks: {module: The module}\n")
    return tmp_path


@pytest.fixture
def load(root: Path) -> Callable[[str | bytes], Course]:
    def loaded(text: str | bytes) -> Course:
        content = text if isinstance(text, bytes) else text.encode()
        (root / "assignments" / "a1" / "assignment.yaml").write_bytes(content)
        return load_course(root)

    return loaded


@pytest.fixture
def told(load: Callable[[str | bytes], Course]) -> Callable[[str | bytes], list[str]]:
    """The lines that a user sees, without the folder in front of the first."""

    def complaint(text: str | bytes) -> list[str]:
        with pytest.raises(CourseError) as caught:
            load(text)
        message = str(caught.value)
        assert not JARGON.search(message), message
        assert len(message) < 400
        lines = message.split("\n")
        assert len(lines) <= 2
        return [lines[0].removeprefix("assignments/a1/"), *(line.strip() for line in lines[1:])]

    return complaint


def good(old: str = "", new: str = "") -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


# -- what is read


def test_a_good_assignment_is_read_with_its_defaults(load: Callable) -> None:
    (assignment,) = load(GOOD).assignments
    assert (assignment.id, assignment.points, assignment.kind) == ("a1", 24, "network")
    assert assignment.budget.parameters == 8000
    assert assignment.training.options == {"momentum": 0.9}
    assert assignment.criterion("accuracy").wanted_at("full") == 0.98
    assert assignment.criterion("accuracy").wanted_at("smoke") is None
    assert assignment.graders is None


def test_whole_numbers_are_taken_where_a_number_is_wanted(load: Callable) -> None:
    (assignment,) = load(good("lr: 0.05", "lr: 1")).assignments
    assert assignment.training.lr == 1


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(load: Callable, content: bytes) -> None:
    assert load(content).assignments[0].title == "Global average pooling"


def test_a_date_stays_the_text_that_was_written(load: Callable) -> None:
    assert load(good("Global average pooling", "2024-13-45")).assignments[0].title == "2024-13-45"


def test_an_alias_is_followed(load: Callable) -> None:
    text = good("{quick: 0.94, full: 0.98}", "&w {quick: 0.94}") + "  more: {points: 1, says: S., wanted: *w}\n"
    assert load(text).assignments[0].criterion("more").wanted == {"quick": 0.94}


def test_a_key_keeps_its_spelling(root: Path) -> None:
    (root / "x.yaml").write_text("no: 1\n8: 2\n1e3: 3\ntrue: 4\n")
    located = read_yaml(root / "x.yaml")
    assert list(located.data) == ["no", "8", "1e3", "true"]
    assert located.where(("8",)) == "x.yaml:2"


def test_a_criterion_may_be_called_like_a_field(told: Callable) -> None:
    text = GOOD + "  points: {points: 1, says: S.}\n  says: {point: 1, says: S.}\n"
    assert told(text) == ["assignment.yaml:19: unknown key 'point'", "Did you mean 'points'?"]


# -- keys


def test_an_unknown_key_is_named_with_the_nearest(told: Callable) -> None:
    assert told(good("epochs", "epoch")) == ["assignment.yaml:8: unknown key 'epoch'", "Did you mean 'epochs'?"]
    assert told(good("says: Takes", "say: Takes")) == ["assignment.yaml:13: unknown key 'say'", "Did you mean 'says'?"]


def test_an_unknown_key_explains_the_missing_one(told: Callable) -> None:
    assert told(good("title", "titel")) == ["assignment.yaml:1: unknown key 'titel'", "Did you mean 'title'?"]


def test_an_unknown_key_unlike_any_other_comes_with_all_that_are_known(told: Callable) -> None:
    assert told(good("epochs: 15", "zzz: 1")) == [
        "assignment.yaml:8: unknown key 'zzz'",
        "Known here: epochs, parameters.",
    ]


def test_a_duplicate_key_is_named_with_both_lines(told: Callable) -> None:
    assert told(GOOD + "order: 7\n") == [
        "assignment.yaml:18: the key 'order' is here a second time, first in line 3",
        "Keep one of the two.",
    ]
    assert told(good("lr: 0.05,", "lr: 0.05, lr: 0.1,"))[0].startswith(
        "assignment.yaml:9: the key 'lr' is here a second"
    )


def test_a_missing_key_is_named_with_where_it_belongs(told: Callable) -> None:
    assert told(good("title: Global average pooling\n")) == ["assignment.yaml:1: the key 'title' is missing"]
    assert told(good("    points: 4\n")) == ["assignment.yaml:11: the key 'points' is missing in 'criteria.shape'"]


@pytest.mark.parametrize("key", ["? [1, 2]\n: 1\n", "? {a: 1}\n: 1\n", "'': 1\n"])
def test_a_key_that_is_no_word_is_refused(told: Callable, key: str) -> None:
    assert told(key + GOOD) == ["assignment.yaml:1: a key must be a word"]


def test_keys_that_yaml_takes_for_something_else_are_unknown_by_their_spelling(told: Callable) -> None:
    assert told("no: 1\n" + GOOD)[0] == "assignment.yaml:1: unknown key 'no'"


# -- types


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("epochs: 15", "epochs: '15'", "8: 'budget.epochs' is '15', wanted a whole number|Write 15 without quotes."),
        ("epochs: 15", "epochs: fifteen", "8: 'budget.epochs' is 'fifteen', wanted a whole number"),
        ("epochs: 15", "epochs: true", "8: 'budget.epochs' is true, wanted a whole number"),
        ("epochs: 15", "epochs: 15.0", "8: 'budget.epochs' is 15.0, wanted a whole number|Write 15."),
        ("epochs: 15", "epochs: 15.5", "8: 'budget.epochs' is 15.5, wanted a whole number"),
        ("epochs: 15", "epochs:", "8: 'budget.epochs' is empty, wanted a whole number"),
        ("epochs: 15", "epochs: [1, 2]", "8: 'budget.epochs' is a list of 2, wanted a whole number"),
        ("points: 4", "points: {a: 1}", "12: 'criteria.shape.points' is a mapping, wanted a number"),
        ("lr: 0.05", "lr: yes", "9: 'training.lr' is true, wanted a number"),
        ("lr: 0.05", "lr: 1e-3", "9: YAML reads 1e-3 as text|Write 0.001, or put it in quotes where text is meant."),
        ("lr: 0.05", "lr: 5.0e5", "9: YAML reads 5.0e5 as text|Write 500000, or put it in quotes where text is meant."),
        ("lr: 0.05", "lr: '1e-3'", "9: 'training.lr' is '1e-3', wanted a number|Write 0.001 without quotes."),
        ("lr: 0.05", "lr: .nan", "9: 'training.lr' is nan, wanted a finite number"),
        ("lr: 0.05", "lr: .inf", "9: 'training.lr' is inf, wanted a finite number"),
        ("title: Global average pooling", "title: 8", "1: 'title' is 8, wanted text|Put it in quotes: \"8\"."),
        (
            "title: Global average pooling",
            "title: no",
            "1: 'title' is false, wanted text|YAML reads yes, no, on and off as true or false; put the word in quotes.",
        ),
        ("title: Global average pooling", "title:", "1: 'title' is empty, wanted text"),
        ("[1, 28, 28]", "28", "5: 'input_shape' is 28, wanted a list"),
        ("[1, 28, 28]", "[1, 28, '28']", "5: 'input_shape.2' is '28', wanted a whole number|Write 28 without quotes."),
        ("momentum: 0.9", "betas: [0.9]", "9: 'training.betas' is a list of 1, wanted a longer list"),
        ("momentum: 0.9", "betas: [0.9, 0.9, 1]", "9: 'training.betas' is a list of 3, wanted a list of at most 2"),
        ("momentum: 0.9", "nesterov: 1", "9: 'training.nesterov' is 1, wanted true or false"),
        (
            "{quick: 0.94, full: 0.98}",
            "high",
            "17: 'criteria.accuracy.wanted' is 'high', wanted a number or a mapping of keys to values",
        ),
        (
            "full: 0.98}",
            "full: '0.98'}",
            "17: 'criteria.accuracy.wanted.full' is '0.98', wanted a number|Write 0.98 without quotes.",
        ),
        ("network: Net", "kind: networks", "4: 'kind' is 'networks', wanted 'network', 'training_loop' or 'functions'"),
        (
            "  shape:\n    points: 4\n    says: Takes images.\n",
            "  shape: 4\n",
            "11: 'criteria.shape' is 4, wanted a mapping of keys to values",
        ),
        (
            "budget:\n  parameters: 8000\n  epochs: 15\n",
            "budget: 8000\n",
            "6: 'budget' is 8000, wanted a mapping of keys to values",
        ),
    ],
)
def test_a_wrong_type_is_told_with_the_value_what_is_wanted_and_the_mend(
    told: Callable, old: str, new: str, message: str
) -> None:
    assert "|".join(told(good(old, new))) == f"assignment.yaml:{message}"


def test_a_number_that_yaml_takes_for_text_is_found_where_anything_may_stand(told: Callable) -> None:
    text = good("momentum: 0.9", "scheduler: OneCycleLR, scheduler_options: {max_lr: 1e-1}")
    assert told(text)[0] == "assignment.yaml:9: YAML reads 1e-1 as text"


def test_what_is_written_as_the_mend_says_is_read(load: Callable) -> None:
    for number in ("0.001", "500000", "0.00000015"):
        assert load(good("lr: 0.05", f"lr: {number}")).assignments[0].training.lr == float(number)


def test_a_function_that_no_submission_is_asked_for_is_refused(told: Callable) -> None:
    (line,) = told(good("momentum: 0.9", "from_student: [make_optimiser]"))
    assert line == (
        "assignment.yaml:9: 'training.from_student.0' is 'make_optimiser', "
        "wanted 'make_optimizer', 'make_scheduler' or 'train_transform'"
    )


# -- values


@pytest.mark.parametrize("points", ["0", "-1", "0.0"])
def test_a_criterion_is_worth_something(told: Callable, points: str) -> None:
    first, mend = told(good("points: 4", f"points: {points}"))
    assert first == f"assignment.yaml:12: 'shape' is worth {float(points):g} points"
    assert mend == "A criterion is worth more than 0."


@pytest.mark.parametrize("name", ["no-dense", "8th", "two words"])
def test_a_criterion_whose_name_cannot_be_a_test_is_refused(told: Callable, name: str) -> None:
    assert told(good("  shape:", f"  {name}:")) == [
        f"assignment.yaml:11: the criterion '{name}' cannot be the name of a test",
        "Use letters, digits and _.",
    ]


def test_a_threshold_of_an_unknown_profile_is_refused(told: Callable) -> None:
    assert told(good("quick: 0.94", "quik: 0.94")) == [
        "assignment.yaml:17: there is no profile 'quik'",
        "Profiles: smoke, quick, full.",
    ]


def test_a_threshold_that_is_not_there_cannot_be_fixed(told: Callable) -> None:
    assert told(good("quick: 0.94, full: 0.98", "full: 0.98") + "    fixed: [quick]\n")[0].endswith(
        "has no threshold at quick that could be fixed"
    )
    assert "fixed" in told(good() + "    fixed: [quik]\n")[0]


def test_no_criteria_at_all_is_refused(told: Callable) -> None:
    text = GOOD.partition("criteria:")[0]
    assert told(text + "criteria: {}\n")[0] == "assignment.yaml:10: there are no criteria"
    assert told(text)[0] == "assignment.yaml:1: the key 'criteria' is missing"


def test_an_unknown_track_is_named_with_its_line_and_the_known_ones(told: Callable) -> None:
    assert told(good("track: module", "track: modul")) == [
        "assignment.yaml:2: the track 'modul' is not in course.yaml",
        "Known tracks: module.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("epochs: 15", "epochs: 0", "8: 'budget.epochs' is 0"),
        ("parameters: 8000", "parameters: -1", "7: 'budget.parameters' is -1"),
        ("momentum: 0.9", "batch_size: 0", "9: 'training.batch_size' is 0"),
        ("lr: 0.05", "lr: 0", "9: 'training.lr' is 0"),
        ("momentum: 0.9", "rotation: -7", "9: 'training.rotation' is -7"),
        ("[1, 28, 28]", "[1, 0, 28]", "5: 'input_shape.1' is 0"),
        ("[1, 28, 28]", "[]", "5: 'input_shape' is empty"),
        ("order: 6", "classes: 0", "3: 'classes' is 0"),
    ],
)
def test_a_number_out_of_range_is_refused(told: Callable, old: str, new: str, what: str) -> None:
    first, mend = told(good(old, new))
    assert first == f"assignment.yaml:{what}"
    assert mend.startswith("Write ")


# -- files


def test_an_empty_file_is_told_what_is_missing(told: Callable) -> None:
    for content in ("", "# only a remark\n"):
        assert told(content) == ["assignment.yaml:1: the key 'title' is missing"]


@pytest.mark.parametrize("content", ["- a\n- b\n", "just text\n", "8\n", "null\n", "[]\n"])
def test_anything_but_a_mapping_at_the_top_is_refused(told: Callable, content: str) -> None:
    assert told(content) == ["assignment.yaml:1: the file must be a mapping of keys to values"]


def test_a_tab_is_named_with_its_line(told: Callable) -> None:
    first, mend = told(good("  epochs: 15", "\tepochs: 15"))
    assert first.startswith("assignment.yaml:8: not YAML: ")
    assert mend == "Indent with spaces, not with tabs."


@pytest.mark.parametrize(
    ("old", "new", "line", "mend"),
    [
        ("says: Takes images.", "says: Takes: images.", 13, "Put text that holds a colon in quotes."),
        ("says: Takes images.", "says: 'Takes images.", 13, ""),
        ("says: Takes images.", "says: *images", 13, "Put text that begins with * in quotes."),
        ("[1, 28, 28]", "[1, 28, 28", 5, ""),
        ("says: Takes images.", "says: @images", 13, ""),
        ("    says: Takes images.", "   says: Takes images.", 13, ""),
        ("order: 6", "---\norder: 6", 3, ""),
        ("order: 6", "order", 4, ""),
    ],
)
def test_what_is_not_yaml_is_named_with_its_line(told: Callable, old: str, new: str, line: int, mend: str) -> None:
    lines = told(good(old, new))
    assert re.match(rf"assignment\.yaml:{line}: not YAML: \w", lines[0]), lines[0]
    assert lines[1:] == ([mend] if mend else [])


def test_what_is_not_utf_8_is_named_with_its_line(told: Callable) -> None:
    content = GOOD.encode().replace(b"Takes images", "Größe".encode("latin-1"))
    assert told(content) == ["assignment.yaml:13: this file is not UTF-8", "Save it as UTF-8."]


def test_control_characters_are_named_with_their_line(told: Callable) -> None:
    (first,) = told(good("Takes images", "Takes \x00 images"))
    assert first.startswith("assignment.yaml:13: not YAML: ")


def test_half_a_character_is_refused(told: Callable) -> None:
    assert told(good("Global average pooling", '"\\uD800"')) == [
        "assignment.yaml:1: half a character (a lone surrogate)"
    ]


def test_a_missing_file_is_said_to_be_missing(root: Path) -> None:
    with pytest.raises(CourseError, match=r"^assignments/a1/assignment\.yaml: this file is missing$"):
        load_course(root)


def test_a_folder_in_the_place_of_a_file_is_said(root: Path) -> None:
    (root / "assignments" / "a1" / "assignment.yaml").mkdir()
    with pytest.raises(CourseError, match=r"^assignments/a1/assignment\.yaml: cannot be read: "):
        load_course(root)


def test_a_missing_course_is_said_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no course\.yaml\n  Name the folder that does with --course"):
        find_course(tmp_path)


def test_a_course_without_a_folder_of_assignments_is_refused(tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_text("title: T\ntracks: {}\n")
    with pytest.raises(CourseError, match="assignments: this folder is missing"):
        load_course(tmp_path)


def test_a_folder_whose_name_is_no_id_is_refused(root: Path) -> None:
    (root / "assignments" / "a1").rename(root / "assignments" / "A 1")
    with pytest.raises(CourseError, match="an id is lower-case letters"):
        load_course(root)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("title: T\n", "course.yaml:1: the key 'tracks' is missing"),
        ("title: T\ntracks: [module]\n", "course.yaml:2: 'tracks' is a list of 1, wanted a mapping of keys to values"),
        ("title: T\ntracks: {module: 1}\n", "course.yaml:2: 'tracks.module' is 1, wanted text"),
        ("title: T\ntrack: {module: M}\n", "course.yaml:2: unknown key 'track'\n  Did you mean 'tracks'?"),
    ],
)
def test_course_yaml_is_checked_alike(root: Path, content: str, message: str) -> None:
    (root / "course.yaml").write_text(content)
    with pytest.raises(CourseError) as caught:
        load_course(root)
    assert str(caught.value).startswith(message)


# -- aliases, merge keys, tags


def bomb(levels: int) -> str:
    rows = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(rows) + "\n"


def test_an_alias_bomb_is_refused_and_does_not_explode(told: Callable) -> None:
    tracemalloc.start()
    try:
        first, mend = told(bomb(40))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert re.match(r"assignment\.yaml:\d+: more than 100,000 values", first)
    assert "alias" in mend
    assert peak < 64 << 20


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: {c: [*a]}}\n"])
def test_an_alias_inside_of_itself_is_refused(told: Callable, text: str) -> None:
    assert told(text) == ["assignment.yaml:1: an alias stands inside of what it stands for"]


@pytest.mark.parametrize("depth", [60, 100_000])
def test_nesting_without_end_is_refused(told: Callable, depth: int) -> None:
    (first,) = told("title: " + "[" * depth + "]" * depth + "\n")
    assert first.endswith("nested too deeply to be read")


def test_merge_keys_are_refused(told: Callable) -> None:
    text = good("budget:", "other: &other {epochs: 3}\nbudget:\n  <<: *other")
    assert told(text) == ["assignment.yaml:8: the merge key << is not read here", "Write the keys out."]


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("!!python/name:os.system", "!!python/name:os.system"),
        ("!!python/object/apply:os.getcwd []", "!!python/object/apply:os.getcwd"),
        ("!!binary aGVsbG8=", "!!binary"),
        ("!own text", "!own"),
        ("!!set {a, b}", "!!set"),
    ],
)
def test_tags_are_refused_and_nothing_is_run(load: Callable, value: str, tag: str) -> None:
    with pytest.raises(CourseError) as caught:
        load(good("Global average pooling", value))
    assert str(caught.value) == f"assignments/a1/assignment.yaml:1: the tag {tag} is not read here\n  Leave it out."


@pytest.mark.parametrize("value", ["!!int abc", "!!float abc", "!!bool abc", "1" * 5000])
def test_a_number_that_cannot_be_read_is_refused_with_its_line(load: Callable, value: str) -> None:
    with pytest.raises(CourseError, match=r"assignment\.yaml:1: \w+ cannot be read as "):
        load(good("Global average pooling", value))


# -- order


def test_assignments_are_ordered_by_track_then_order_then_id(root: Path) -> None:
    (root / "course.yaml").write_text("title: T\ntracks: {later: L, first: F}\n")
    (root / "assignments" / "a1").rmdir()
    places = {"b2": ("first", 1), "b1": ("first", 1), "a0": ("first", 0.5), "c9": ("later", 9), "c10": ("later", 10)}
    for name, (track, order) in places.items():
        folder = root / "assignments" / name
        folder.mkdir()
        (folder / "assignment.yaml").write_text(good("track: module\norder: 6", f"track: {track}\norder: {order}"))
    (root / "assignments" / "_draft").mkdir()
    (root / "assignments" / ".hidden").mkdir()
    (root / "graders" / "b1").mkdir(parents=True)
    course = load_course(root)
    assert [assignment.id for assignment in course.assignments] == ["c9", "c10", "a0", "b1", "b2"]
    assert [a.id for a in course.assignments if a.graders] == ["b1"]


def test_one_assignment_is_read_by_a_relative_path(load: Callable) -> None:
    load(GOOD)
    assert load_assignment(Path("assignments/a1")).title == "Global average pooling"


def test_the_course_is_found_from_below_and_by_the_environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLGRADE_COURSE", raising=False)
    monkeypatch.chdir(root / "assignments" / "a1")
    assert find_course() == root
    monkeypatch.chdir("/")
    monkeypatch.setenv("DLGRADE_COURSE", str(root))
    assert find_course() == root
