"""The way so far: earlier steps beside this run, told apart by profile, and never trusted further than a report."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from dlgrade.course import Report
from dlgrade.report import html, step_of

Make = Callable[[str], Report]


def earlier(make: Make, name: str, parameters: int, profile: str = "full") -> dict:
    report = make("passing")
    assert report.network is not None
    network = dataclasses.replace(report.network, parameters=parameters)
    report = dataclasses.replace(report, assignment=name, title=f"Step {name}", network=network, profile=profile)
    return report.to_json()


def test_a_run_stands_beside_the_steps_before_it(make: Make) -> None:
    steps = [step_of(earlier(make, "code2", 194_884)), step_of(earlier(make, "code3", 10_790, "quick"))]
    page = html(make("passing"), steps=steps)
    way = page[page.index('id="way"') :]
    rows = re.findall(r"<th scope=\"row\">(.*?)</th>", way[: way.index("</table>")])
    assert [re.sub("<.*?>", "", row) for row in rows] == [
        "code2 Step code2", "code3 Step code3", "code6 Global average pooling (this run)",
    ]  # fmt: skip
    assert "194,884" in way
    assert "code2: 194,884 parameters" in way  # told to those who do not see the drawing
    assert "(quick)" in way


def test_a_first_step_has_no_way_yet(make: Make) -> None:
    assert 'id="way"' not in html(make("passing"))


def test_a_run_without_training_is_in_the_table_and_not_in_the_drawing(make: Make) -> None:
    untrained = dataclasses.replace(make("failing"), training=None)
    page = html(untrained, steps=[step_of(earlier(make, "code2", 194_884))])
    assert "not trained" in page
    assert "step by step" not in page  # one point is no way


def test_what_is_no_report_is_no_step(make: Make) -> None:
    good = earlier(make, "code2", 5)
    for broken in ({}, {"network": None}, good | {"network": {"parameters": "many", "layers": []}},
                   good | {"training": {"curve": [{"test_accuracy": "nan", "train_accuracy": 1}]}}):  # fmt: skip
        assert step_of(broken) is None


def test_names_of_earlier_steps_are_harmless_on_the_page(make: Make) -> None:
    plain = earlier(make, "code2", 5) | {"title": "<script>alert(1)</script>", "assignment": "<b>x"}
    page = html(make("passing"), steps=[step_of(plain)])
    assert "<script>" not in page
    assert "<b>x" not in page
