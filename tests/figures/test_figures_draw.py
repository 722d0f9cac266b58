"""Figures: the same bytes each time, legible anywhere, and errors that name the line."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from dlgrade.figures import FigureError, draw

DRAWINGS = [
    "network([3, 4, 2], labels=True)",
    "network([784, 16, 10], labels=True)",
    "network([1, 1])",
    'curves({"train": [0.9, 0.95], "test": [0.91, 0.94]}, ylabel="accuracy")',
    'curves({"A train": [1, 2], "A test": [2, 3], "B train": [1, 3], "B test": [2, 2]})',
    "receptive_field([3, 3, 3], strides=[1, 1, 1])",
    "receptive_field([3, 2, 3, 5], strides=[2, 2, 1, 1])",
    "receptive_field([5])",
    'function("max(0, x)", low=-4, high=4)',
    'function({"sigmoid": "1/(1 + exp(-x))", "tanh": "tanh(x)"})',
    "feature_map([[1, 2, 3], [4, -5.5, 6]])",
    'feature_map([[0]], title="one")',
    'blocks(["conv 3x3", "BN", "ReLU"])',
    'blocks(["conv 3x3", "conv 3x3", "pool 2", "conv 1x1", "conv 3x3", "global average pooling", "linear"])',
    "axes.plot([0, 1], [1, 0])",
]


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


@pytest.mark.parametrize("code", DRAWINGS)
def test_each_drawing_is_one_svg_that_is_the_same_each_time(code: str) -> None:
    svg = draw(code, "words")
    assert parsed(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert svg == draw(code, "words")


def test_another_process_draws_the_same_bytes() -> None:
    program = f"import sys; from dlgrade.figures import draw; sys.stdout.write(draw({DRAWINGS[0]!r}, 'words'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == draw(DRAWINGS[0], "words")
    assert not re.search(r"20\d\d-\d\d", done.stdout)


def test_the_words_are_there_for_those_who_do_not_see_it() -> None:
    svg = parsed(draw("network([1, 1])", 'a < b & "c"'))
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == 'a < b & "c"'
    assert svg[0].tag.endswith("title")
    assert svg[0].text == 'a < b & "c"'


def test_text_stays_text_in_a_font_that_everybody_has() -> None:
    svg = draw("network([784, 16, 10], labels=True)", "words")
    texts = [one.text for one in parsed(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"784 inputs", "16 hidden", "10 outputs"} <= set(texts)
    assert set(re.findall(r"font-family: ([^;\"]*)", svg)) == {"sans-serif"}


def test_nothing_of_a_figure_reaches_beyond_it_in_a_page() -> None:
    one, other = draw(DRAWINGS[3], "words"), draw(DRAWINGS[3], "other words")
    assert "<style" not in one
    assert "<script" not in draw("axes.text(0, 0, '<script>')", "<script>")
    first, second = (set(re.findall(r'\bid="([^"]*)"', svg)) for svg in (one, other))
    assert first
    assert not first & second
    assert set(re.findall(r'(?:href="#|url\(#)([^")]*)', one)) <= first


def test_it_has_a_pale_ground_of_its_own_and_scales_down() -> None:
    svg = parsed(draw(DRAWINGS[0], "words"))
    ground = next(one for one in svg.iter("{http://www.w3.org/2000/svg}path"))
    assert "fill: #fbfaf7" in str(ground.get("style"))
    assert "max-width: 100%" in str(svg.get("style"))
    assert int(str(svg.get("width"))) > 0


def boxes(svg: str) -> list[tuple[str, float, float, float, float]]:
    """Each text with the rectangle it takes, by the width that a letter has at most in a common font."""
    found = []
    for one in parsed(svg).iter("{http://www.w3.org/2000/svg}text"):
        style, text = str(one.get("style")), "".join(one.itertext())
        size = float(re.search(r"font-size: ([\d.]+)px", style)[1])  # type: ignore[index]
        turned = re.search(r"rotate\((-?[\d.]+)", str(one.get("transform")))
        if turned and abs(float(turned[1])) > 1:
            continue
        x, y, wide = float(str(one.get("x"))), float(str(one.get("y"))), len(text) * size * 0.55
        left = x - wide / 2 if "middle" in style else x - wide if "end" in style else x
        found.append((text, left, y - size * 0.75, left + wide, y + size * 0.2))
    return found


@pytest.mark.parametrize("code", DRAWINGS)
def test_no_label_lies_on_another_or_beyond_the_edge(code: str) -> None:
    svg = draw(code, "words")
    wide, high = (float(side) for side in str(parsed(svg).get("viewBox")).split()[2:])
    labels = boxes(svg)
    for i, (text, left, top, right, bottom) in enumerate(labels):
        assert left >= -1, text
        assert right <= wide + 1, text
        assert top >= -1, text
        assert bottom <= high + 1, text
        for other, left2, top2, right2, bottom2 in labels[i + 1 :]:
            apart = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
            assert apart, (text, other)


def test_a_network_has_every_node_and_every_edge() -> None:
    svg = draw("network([3, 4, 2])", "words")
    assert len(re.findall(r'id="[^"]*-line2d_\d+"', svg)) == 3 * 4 + 4 * 2
    assert len(re.findall(r"<use ", svg)) == 3 + 4 + 2


def test_a_receptive_field_counts_what_one_output_sees() -> None:
    texts = [box[0] for box in boxes(draw("receptive_field([3, 2, 3], strides=[1, 2, 1])", "words"))]
    assert {"8 inputs", "6 places", "3 places", "1 output"} <= set(texts)


def test_values_are_names_in_the_code_and_in_expressions() -> None:
    svg = draw("network(sizes, labels=True)", "words", {"sizes": [5, 1]})
    assert "5 inputs" in svg
    assert draw('function("a*x")', "words", {"a": 2}) != draw('function("a*x")', "words", {"a": 3})


def test_a_function_without_a_value_somewhere_has_a_gap_there() -> None:
    assert draw('function("log(x)", low=-1, high=1)', "words")
    with pytest.raises(FigureError, match="log"):
        draw('function("log(x)", low=-2, high=-1)', "words")


@pytest.mark.parametrize(
    ("code", "said", "line"),
    [
        ("x = 1\nnetwork([1)\n", "not Python", 2),
        ("x = 1\n\naxes.plot(y)", "NameError: name 'y'", 3),
        ("for i in range(3):\n    axes.text(i, i, 1/0)", "ZeroDivisionError", 2),
        ("raise SystemExit", "SystemExit", 1),
        ("x = 1", "draws nothing", None),
        ("\nnetwork([3])", "two layers", 2),
        ("network([3, 0])", "two layers", 1),
        ("curves({})", "mapping of names", 1),
        ("curves({'A': []})", "mapping of names", 1),
        ("receptive_field([3], strides=[1, 2])", "as many strides", 1),
        ("function('__import__(1)')", "__import__", 1),
        ("function('x', low=2, high=1)", "cannot draw from 2 to 1", 1),
        ("feature_map([[1], [1, 2]])", "equal length", 1),
        ("blocks('abc')", "list of names", 1),
        ("axes.text(0, 0, '$\\\\frac{$')", "cannot be written", None),
    ],
)
def test_code_that_fails_is_an_error_with_its_line(code: str, said: str, line: int | None) -> None:
    with pytest.raises(FigureError) as caught:
        draw(code, "words")
    assert said in caught.value.what
    assert caught.value.line == line


def test_settings_of_the_user_or_of_another_figure_do_not_matter() -> None:
    import matplotlib

    before = draw(DRAWINGS[3], "words")
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 30, "svg.fonttype": "path"}):
        assert draw(DRAWINGS[3], "words") == before
    draw("import matplotlib; matplotlib.rcParams['font.size'] = 40; axes.plot([1])", "words")
    assert draw(DRAWINGS[3], "words") == before


def test_matplotlib_is_imported_for_the_first_figure_and_pyplot_never() -> None:
    program = (
        "import sys; from dlgrade import figures, markup; assert 'matplotlib' not in sys.modules;"
        "figures.draw('network([1, 1])', 'words'); assert 'matplotlib' in sys.modules;"
        "assert 'matplotlib.pyplot' not in sys.modules; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
