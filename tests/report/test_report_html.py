"""The page is well-formed, complete, the same every time, and loads and runs nothing."""

from __future__ import annotations

import base64
import dataclasses
import io
import itertools
import math
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

import dlgrade.report
from dlgrade.course import Report
from dlgrade.errors import MachineError
from dlgrade.report import html, write_html

Make = Callable[[str], Report]

VOID = {"meta", "link", "br", "img", "hr", "input"}
LOADING = {"src", "srcset", "href", "xlink:href", "action", "data", "poster", "background", "formaction"}


class Page(HTMLParser):
    """Reads a page and insists that every tag is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in <{tag}>"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.open, f"<{tag}/> outside of a drawing"
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(params=[False, True], ids=["student", "instructor"])
def instructor(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_every_tag_is_closed_in_order(report_name: str, instructor: bool, make: Make) -> None:
    Page(html(make(report_name), instructor=instructor))


def test_two_renderings_are_the_same(report_name: str, make: Make) -> None:
    assert html(make(report_name)) == html(make(report_name))


def test_the_page_holds_no_script_and_no_handler(report_name: str, instructor: bool, make: Make) -> None:
    text = html(make(report_name), instructor=instructor)
    assert "<script" not in text.lower()
    for _, attributes in Page(text).elements:
        assert not [name for name in attributes if name.startswith("on")]


def test_the_page_loads_nothing_from_anywhere(report_name: str, make: Make) -> None:
    text = html(make(report_name))
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    for _, attributes in Page(text).elements:
        for name in LOADING & set(attributes):
            assert str(attributes[name]).startswith(("data:", "#"))
    assert set(re.findall(r"url\((.)", text)) <= {"#"}


def test_the_browser_is_told_to_load_nothing(make: Make) -> None:
    policies = [str(meta["content"]) for meta in Page(html(make("passing"))).all("meta") if "http-equiv" in meta]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_a_students_text_is_text(instructor: bool, make: Make) -> None:
    text = html(make("hostile"), instructor=instructor)
    assert "&lt;script&gt;alert(1)" in text
    assert "{{ 7*7 }}" in text
    assert {character for character in text if unicodedata.category(character)[0] == "C"} == {"\n"}
    assert not [image for image in Page(text).all("img") if not str(image["src"]).startswith("data:image/png")]


def test_no_field_is_forgotten_even_one_that_no_student_reaches(make: Make) -> None:
    report = make("failing")
    odd = "\x1b[31m\u202e<b>"
    failed = dataclasses.replace(report.criteria[2], id=odd, says=odd, hint=odd, cards=(odd,))
    report = dataclasses.replace(report, title=odd, assignment=odd, criteria=(failed,))
    text = html(report)
    assert {character for character in text if unicodedata.category(character)[0] == "C"} == {"\n"}
    assert text.count(r"\x1b[31m\u202e&lt;b&gt;") > 6


def test_a_hostile_report_stays_a_page_of_reasonable_size(make: Make) -> None:
    assert len(html(make("hostile"))) < 500_000


def test_a_student_never_sees_the_detail(report_name: str, make: Make, secret: str) -> None:
    assert secret not in html(make(report_name))


def test_an_instructor_sees_the_detail_and_a_warning(make: Make, secret: str) -> None:
    text = html(make("failing"), instructor=True)
    assert secret in text
    assert "students must not see" in text


def test_the_traceback_of_a_problem_is_for_instructors_line_by_line(make: Make) -> None:
    assert "Traceback" not in html(make("stub"))
    assert "call last):\n  File &#34;code6.py&#34;, line 24\n" in html(make("stub"), instructor=True)


def test_tables_have_captions_and_their_heads_a_scope(report_name: str, make: Make) -> None:
    page = Page(html(make(report_name)))
    assert len(page.all("table")) == len(page.all("caption")) > 0
    assert all(head.get("scope") in {"row", "col"} for head in page.all("th"))


def test_images_and_drawings_say_what_they_show(make: Make) -> None:
    page = Page(html(make("passing")))
    assert all(image.get("alt") for image in page.all("img"))
    assert [str(drawing["aria-label"]) for drawing in page.all("svg")] == [
        "Accuracy per epoch; test images: 90.47 % after the first epoch, 98.41 % after the last.",
        "Loss per epoch; test images: 0.299 after the first epoch, 0.056 after the last.",
    ]


def test_no_id_stands_twice_and_every_reference_has_its_target(report_name: str, make: Make) -> None:
    text = html(make(report_name))
    counted = Counter(attributes["id"] for _, attributes in Page(text).elements if "id" in attributes)
    assert not [name for name, times in counted.items() if times > 1]
    referred = re.findall(r'(?:aria-labelledby="|href="#|url\(#)([^")]+)', text)
    assert set(referred) <= set(counted)


def test_headings_go_down_one_level_at_a_time(report_name: str, make: Make) -> None:
    levels = [int(tag[1]) for tag, _ in Page(html(make(report_name))).elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_page_tells_the_same_story_as_the_terminal(make: Make) -> None:
    told = Page(html(make("failing"))).text
    for words in [
        "10 of 50 points",
        "1 passed, 2 failed, 1 waiting",
        "quick on cpu, verified, seed 0",
        "over the budget of 8,000",
        "4,910 of them are one layer: code6.py:31 Linear 490 -> 10",
        "Average each map first: x.mean((2, 3)) gives (N, 10) without a parameter.",
        "dlgrade deck export --failed code6",
        "not trained: budget and no_dense come first (--all trains anyway)",
        "44.9 %",
    ]:
        assert words in told


def test_the_page_says_why_a_part_is_missing(make: Make) -> None:
    assert "No network could be read: see the problem above." in Page(html(make("stub"))).text
    assert "The work stopped before any training" in Page(html(make("stub"))).text
    assert "A smoke run trains nothing" in Page(html(make("every_verdict"))).text
    assert "what comes before training failed" in Page(html(make("failing"))).text
    assert "<svg" not in html(make("failing"))


def test_the_curve_keeps_its_text_and_shows_what_was_wanted(make: Make) -> None:
    text = html(make("passing"))
    assert ">wanted 98 %</text>" in text
    assert ">epoch</text>" in text
    assert "currentColor" in text
    assert "#01010" not in text


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_training_that_blew_up_is_drawn_with_a_gap(bad: float, make: Make) -> None:
    report = make("passing")
    assert report.training is not None
    first, *rest = report.training.curve
    blown = [dataclasses.replace(point, test_loss=bad, train_loss=bad, test_accuracy=bad) for point in rest]
    training = dataclasses.replace(report.training, curve=(first, *blown))
    page = Page(html(dataclasses.replace(report, training=training)))
    assert "no number after the last" in str(page.all("svg")[0]["aria-label"])
    assert "final accuracy not a number" in page.text


@pytest.mark.parametrize("epochs", [0, 1])
def test_a_very_short_training_has_a_page_too(epochs: int, make: Make) -> None:
    report = make("passing")
    assert report.training is not None
    training = dataclasses.replace(
        report.training, epochs=epochs, curve=report.training.curve[:epochs], confusion=(), mistakes=()
    )
    page = Page(html(dataclasses.replace(report, training=training)))
    assert len(page.all("svg")) == 2 * epochs
    assert ("No epoch was finished" in page.text) == (epochs == 0)


def test_the_worst_confusions_are_named_in_words(make: Make) -> None:
    told = Page(html(make("passing"))).text
    assert told.index("4 taken for 9: 12 times") < told.index("7 taken for 2: 9 times")
    report = make("passing")
    assert report.training is not None
    once = dataclasses.replace(report.training, confusion=((3, 1), (0, 0)))
    told = Page(html(dataclasses.replace(report, training=once))).text
    assert "0 taken for 1: once" in told
    assert "75.00 %" in told


def test_mistakes_are_small_pictures_of_their_pixels(make: Make) -> None:
    report = make("passing")
    assert report.training is not None
    images = Page(html(report)).all("img")
    assert len(images) == 30
    assert images[0]["alt"] == "Test image 247: a 0 taken for 5"
    source = str(images[0]["src"]).removeprefix("data:image/png;base64,")
    picture = Image.open(io.BytesIO(base64.b64decode(source)))
    assert picture.size == (28, 28)
    assert picture.tobytes() == report.training.mistakes[0].pixels


def test_a_mistake_without_pixels_is_still_listed(make: Make) -> None:
    report = make("passing")
    assert report.training is not None
    bare = tuple(dataclasses.replace(mistake, pixels=b"") for mistake in report.training.mistakes)
    page = Page(html(dataclasses.replace(report, training=dataclasses.replace(report.training, mistakes=bare))))
    assert not page.all("img")
    assert "no pixels kept 0, taken for 5" in page.text


def test_the_command_that_measures_again_is_safe_to_paste(make: Make) -> None:
    report = make("failing")
    evil = dataclasses.replace(report.submission, name="-x; rm -rf ~.py")
    told = Page(html(dataclasses.replace(report, submission=evil))).text
    assert "dlgrade check code6 './-x; rm -rf ~.py' --profile quick --seed 0" in told
    assert "dlgrade check code6 code6.py --profile full --seed 0" in Page(html(make("passing"))).text


def test_a_report_without_any_criterion_has_a_page(make: Make) -> None:
    assert "0 of 0 points" in Page(html(dataclasses.replace(make("failing"), criteria=()))).text


def test_a_page_is_written_whole_over_an_older_one(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "code6-report.html"
    path.write_text("older")
    write_html(make("hostile"), path)
    assert path.read_text(encoding="utf-8") == html(make("hostile"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["code6-report.html"]


def test_a_page_can_be_read_by_whom_the_umask_allows(tmp_path: Path, make: Make) -> None:
    before = os.umask(0o022)
    try:
        write_html(make("stub"), tmp_path / "page.html")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o644


def test_a_page_that_cannot_be_written_is_an_error_of_the_machine(tmp_path: Path, make: Make) -> None:
    with pytest.raises(MachineError, match=r"cannot be written to .*missing.*: No such file"):
        write_html(make("stub"), tmp_path / "missing" / "page.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(MachineError):
        write_html(make("stub"), tmp_path / "folder.html")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.html"]


def luminance(colour: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_word_stands_out_from_its_ground_in_both_themes() -> None:
    css = (Path(dlgrade.report.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    theme: dict[str, tuple[float, ...]] = {}
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    assert len(blocks) == 3, "light, dark and print"
    for block in blocks:
        for name, digits in re.findall(r"--([\w-]+): #([0-9a-f]{6});", block):
            theme[name] = tuple(bytes.fromhex(digits))
        for name, parts in re.findall(r"--([\w-]+-shade): ([\d ]+);", block):
            theme[name] = tuple(map(float, parts.split()))
        pairs = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("ground", "paper")]
        pairs += [(tone, f"{tone}-tint") for tone in ("good", "bad", "wait", "hold")]
        pairs += [("ink", f"{tone}-tint") for tone in ("bad", "wait", "hold")]
        for ink, ground in pairs:
            assert contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
        for shade in ("right-shade", "wrong-shade"):
            mixed = tuple(0.55 * s + 0.45 * p for s, p in zip(theme[shade], theme["paper"], strict=True))
            assert contrast(theme["ink"], mixed) >= 4.5, shade
