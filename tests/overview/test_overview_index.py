"""The instructor's index: what it counts, what it says has to be done, and that it is a sound page."""

from __future__ import annotations

import dataclasses
import random
import re
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.overview.conftest import HOSTILE, START, grade, mixed, report
from tests.report.test_report_html import Page

from dlgrade.errors import MachineError
from dlgrade.gradebook import Decision, Grade
from dlgrade.intake import Person, Refused
from dlgrade.overview import index, write_index
from dlgrade.overview._similar import similar
from dlgrade.overview._tally import beliefs, cards, criteria, distribution, headline
from dlgrade.overview._work import work, works


def decided(grades: Grade, criterion: str, verdict: str, **changes: object) -> Grade:
    assert grades.attempt is not None
    one = Decision(grades.who, grades.id, "teacher", "seen", START, grades.attempt.number, criterion, verdict)  # type: ignore[arg-type]
    return dataclasses.replace(grades, decisions=(one,), **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def whole() -> str:
    refused = [Refused("s900", "s900.zip", "it holds two solutions.", "Hand in one."), Refused("", "<b>.rar", "no")]
    missing = [Person("s901", "Somebody"), Person("s000")]
    pages = {f"s{number:03d}": f"s{number:03d}.html" for number in range(60)}
    return index(mixed(60), refused=refused, missing=missing, pages=pages)


def test_the_page_is_sound(whole: str) -> None:
    page = Page(whole)
    ids = [str(one["id"]) for _, one in page.elements if "id" in one]
    assert len(ids) == len(set(ids))
    targets = {str(one["href"])[1:] for one in page.all("a") if str(one["href"]).startswith("#")}
    assert targets <= set(ids)
    assert len(page.all("table")) == len(page.all("caption")) > 3
    assert all(head.get("scope") in {"row", "col"} for head in page.all("th"))
    assert all(one.get("aria-label") for one in page.all("svg"))
    for address in ("http:", "https:", "@import"):
        assert address not in whole


def test_the_same_grades_in_any_order_give_the_same_page() -> None:
    grades = mixed(30)
    shuffled = random.Random(1).sample(grades, len(grades))
    assert index(grades) == index(shuffled)


def test_the_numbers_at_the_top_are_those_of_the_class() -> None:
    trained = report("trained")
    grades = [
        grade("full", trained),
        grade("late", trained, late=timedelta(days=1), penalty=10),
        grade("in time", trained, late=timedelta()),
        grade("stopped", report("crashed")),
        grade("waits", report("review")),
        grade("nothing"),
    ]
    told = headline(works(grades))
    assert (told.people, told.handed_in, told.graded, told.review, told.missing) == (6, 5, 4, 1, 1)
    assert (told.late, told.stopped, told.max) == (1, 1, 50)
    assert (told.median, told.mean) == (40, 28)
    text = Page(index(grades)).text
    assert "5 of 6 handed in" in text
    assert "Median 40 of 50 points Mean 28 of 50 points" in re.sub(r"\s+", " ", text)


@given(st.lists(st.floats(-5, 120, allow_nan=False), max_size=60), st.sampled_from([0.0, 0.7, 20.0, 50.0, 100.0]))
def test_every_score_is_in_one_stretch_that_holds_it(scores: list[float], most: float) -> None:
    bins = distribution(scores, most)
    assert sum(one.count for one in bins) == len(scores)
    for one in bins:
        if not one.outside:
            last = one.high == (most or 1)
            assert one.count == sum(one.low <= score < one.high or (last and score == one.high) for score in scores)


def test_the_criterion_that_fewest_pass_comes_first_with_all_verdicts() -> None:
    failed = report("trained")
    failed["criteria"][2] |= {"verdict": "failed", "points": 0}
    found = criteria(works([grade("a", failed), grade("b", report("trained")), grade("c", report("crashed"))]))
    assert found[0].id == "budget"
    assert {mood.label: number for mood, number in found[0].verdicts} == {"passed": 1, "failed": 1, "blocked": 1}
    assert found[0].rate == pytest.approx(1 / 3)
    rates = [one.rate for one in found]
    assert rates == sorted(rates, key=lambda rate: rate or 0)


def test_what_waits_for_a_person_is_no_failure_until_a_person_says_so() -> None:
    waits = grade("a", report("review"))
    (shape,) = [one for one in criteria(works([waits])) if one.id == "shape"]
    assert (shape.decided, shape.rate) == (0, None)
    (shape,) = [one for one in criteria(works([decided(waits, "shape", "passed")])) if one.id == "shape"]
    assert (shape.passed, shape.decided, shape.settled) == (1, 1, 1)


def test_a_decision_on_another_attempt_or_on_what_was_measured_changes_nothing() -> None:
    waits = grade("a", report("review"), number=2)
    other = Decision("a", "code6", "teacher", "seen", START, 1, "shape", "passed")
    assert work(dataclasses.replace(waits, decisions=(other,))).held == ("shape",)
    measured = decided(grade("b", report("trained")), "budget", "failed")
    assert {one.verdict for one in work(measured).criteria} == {"passed"}


def test_the_command_to_decide_stands_for_each_that_waits_and_for_nobody_else() -> None:
    waits, settled = grade("s1", report("review"), number=7), decided(grade("s2", report("review")), "shape", "failed")
    settled = dataclasses.replace(settled, status="graded")
    text = index([waits, settled, grade("s3", report("trained"))], gradebook=Path("my grades.sqlite"))
    commands = re.findall(r"dlgrade grades settle [^<]*", text)
    assert commands == [
        "dlgrade grades settle code6 s1 shape passed --by &#34;&#34; --why &#34;&#34; --attempt 7 "
        "--gradebook &#39;my grades.sqlite&#39;"
    ]


def test_a_grade_that_waits_for_another_attempt_says_where_to_look() -> None:
    text = index([grade("s1", report("trained"), status="review")])
    assert "dlgrade grades show code6 --student=s1" in text


def test_beliefs_and_cards_are_counted_once_for_each_student() -> None:
    functions = report("functions")
    passed = report("functions")
    for one in passed["criteria"]:
        one["verdict"] = "passed"
    grades = [grade("a", functions), grade("b", functions), grade("c", passed)]
    ((text, number),) = beliefs(works(grades))
    assert number == 2
    assert text.startswith("With `ceil_mode` every window counts")
    assert ("pool-ceil-last-start", 2) in cards(works(grades))
    page = Page(index(grades)).text
    assert "2 students: With `ceil_mode`" in page
    assert "Accuracy against parameters" not in page  # functions train nothing


def test_slow_and_stopped_submissions_are_named() -> None:
    slow = report("trained")
    slow["criteria"][0]["seconds"] = 4000.0
    page = Page(index([grade("quick-one", report("trained")), grade("slow-one", slow), grade("x", report("crashed"))]))
    slowest = page.text[page.text.index("Slowest") :]
    assert slowest.index("slow-one") < slowest.index("quick-one")
    assert "4,0" in slowest.split("quick-one")[0]
    assert "x: shape crashed crash.py:11: ZeroDivisionError" in page.text


def test_late_ones_are_told_with_what_it_costs() -> None:
    page = Page(index([grade("s1", report("trained"), late=timedelta(days=2, hours=3, minutes=20), penalty=7.5)]))
    assert "s1 2 days 3 hours 7.5 42.5" in page.text


def test_what_was_not_taken_and_who_is_missing_are_told_once(whole: str) -> None:
    page = Page(whole)
    assert "s900, s900.zip : it holds two solutions. Hand in one." in page.text
    assert "<b>.rar : no" in page.text
    assert page.text.count("Somebody") == 2  # among the missing, and in the table of everyone
    assert index(mixed(5), missing=[Person("s000")]) == index(mixed(5))  # a person with a grade is known


def test_students_pages_are_linked_relative_to_this_one(whole: str) -> None:
    links = [str(one["href"]) for one in Page(whole).all("a") if not str(one["href"]).startswith("#")]
    assert links
    assert set(links) <= {f"./s{number:03d}.html" for number in range(60)}
    assert not [one for one in Page(index(mixed(5))).all("a") if not str(one["href"]).startswith("#")]


MARKS = st.lists(
    st.tuples(st.sampled_from(["", "n1", "n2", "n3"]), st.sampled_from(["", "f1", "f2", "f3"])), max_size=9
)


@given(MARKS)
def test_two_students_are_told_together_just_where_network_or_file_is_the_same(marks: list[tuple[str, str]]) -> None:
    trained = report("trained")
    grades = []
    for number, (network, file) in enumerate(marks):
        made = {**trained, "network": {**trained["network"], "fingerprint": network}, "submission": {"sha256": file}}
        grades.append(grade(f"s{number}", made))
    told = {
        pair for group in similar(works(grades)) for pair in combinations(sorted(one.who for one in group.works), 2)
    }
    same = {
        (f"s{i}", f"s{j}")
        for (i, one), (j, other) in combinations(enumerate(marks), 2)
        if (one[0] and one[0] == other[0]) or (one[1] and one[1] == other[1])
    }
    assert told == same


def test_similar_networks_are_reported_with_what_that_does_not_prove() -> None:
    grades = [
        grade("a", report("trained", fingerprint="ab" * 32, sha256="1" * 64)),
        grade("b", report("trained", fingerprint="ab" * 32, sha256="2" * 64)),
        grade("c", report("trained", fingerprint="cd" * 32, sha256="3" * 64)),
    ]
    text = Page(index(grades)).text
    assert "2 students: the same network, in 2 different files" in text
    assert "Equal networks are no proof of anything" in text
    older = report("trained", sha256="1" * 64)
    del older["network"]["fingerprint"]
    assert "2 students: the same file, byte for byte" in Page(index([grade("a", older), grade("b", older)])).text


def test_a_report_of_another_form_is_no_reason_to_stop() -> None:
    odd = [
        {"assignment": "code6", "score": 3, "max_score": 50, "seed": 0, "criteria": []},
        {**report("trained"), "criteria": [None, {"id": 3}, {"id": "shape", "verdict": "new"}], "training": []},
        {**report("trained"), "network": None, "problem": "text", "submission": None, "environment": 7},
    ]
    text = index([grade(f"s{number}", one) for number, one in enumerate(odd)])
    assert "s2" in Page(text).text


def test_nobody_and_an_empty_class_are_pages_too() -> None:
    assert "There is nobody in this gradebook." in Page(index([])).text
    assert "Nobody has a grade yet." in Page(index([grade("s1")])).text
    assert "s1.zip" in Page(index([], refused=[Refused("s1", "s1.zip", "broken")])).text


def test_a_class_of_500_is_one_page_of_a_few_megabytes() -> None:
    grades = mixed(500)
    text = index(grades, pages={one.who: f"{one.who}.html" for one in grades})
    assert len(text) < 2_000_000
    assert text.count('<th scope="row" class="who" data-value="s') == 500


def test_hostile_text_is_text_everywhere() -> None:
    grades = [grade(who, report("review"), name=who, number=2) for who in HOSTILE]
    crashed = report("crashed")
    crashed["problem"]["what"] = crashed["criteria"][0]["says"] = HOSTILE[1] + HOSTILE[5]
    grades += [grade(f"z{who}", crashed, name=who, late=timedelta(hours=1)) for who in HOSTILE]
    refused = [Refused(who, who, who, who) for who in HOSTILE]
    text = index(grades, title=HOSTILE[0], refused=refused, pages={who: f"{who}.html" for who in HOSTILE})
    page = Page(text)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [name for _, one in page.elements for name in one if name.startswith("on")]
    assert {character for character in text if ord(character) < 32} == {"\n"}
    assert "\u202e" not in text
    assert "{{ 7*7 }}" in page.text
    for one in page.all("a"):
        assert re.match(r"(#|\./)", str(one["href"]))


def test_the_page_is_written_wholly_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    write_index(path, mixed(5))
    assert path.read_text(encoding="utf-8") == index(mixed(5))
    with pytest.raises(MachineError, match="the index cannot be written"):
        write_index(path / "below-a-file.html", mixed(5))
    assert list(tmp_path.iterdir()) == [path]
