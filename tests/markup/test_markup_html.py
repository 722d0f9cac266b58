"""Text becomes HTML that says what was written and does nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from dlgrade.markup import code, html, styles

SCRIPT = "<script>alert(1)</script>"


class Tags(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("plain", "<p>plain</p>"),
        ("**bold** and *soft*", "<p><strong>bold</strong> and <em>soft</em></p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("a **b `c` d**", "<p>a <strong>b <code>c</code> d</strong></p>"),
        ("two\nlines", "<p>two\nlines</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("[go](https://a.b/c?d=1&e=2)", '<p><a href="https://a.b/c?d=1&amp;e=2" rel="noopener noreferrer">go</a></p>'),
        (r"it costs \$5, not \$6", "<p>it costs $5, not $6</p>"),
    ],
)
def test_each_part_of_the_markup(text: str, page: str) -> None:
    assert html(text) == page


@pytest.mark.parametrize(
    "text",
    ["call __init__ first", "snake_case_name", "2*p*k + 1", "5 * 3 * 2", "# no heading", "> no quote", "a --- b"],
)
def test_what_code_and_numbers_are_full_of_is_no_markup(text: str) -> None:
    assert html(text) == f"<p>{text.replace('>', '&gt;')}</p>"


def test_lists_and_tables() -> None:
    page = html("1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert re.findall(r"<li>(\w+)</li>", page) == ["one", "two"]
    assert re.findall(r"<t[hd]>(\w+)</t[hd]>", page) == ["a", "b", "1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT, f"**{SCRIPT}**", f"`{SCRIPT}`", f"```\n{SCRIPT}\n```", f"```python\nx = '{SCRIPT}'\n```",
        rf"$\text{{{SCRIPT}}}$", f"$x < y {SCRIPT}$", f"$$\n\\text{{{SCRIPT}}}\n$$", f"- {SCRIPT}",
        f"|{SCRIPT}|\n|-|\n|x|", f"[{SCRIPT}](https://x.y)", f'[a](https://x.y "{SCRIPT}")',
        "<img src=x onerror=alert(1)>", "&lt;script&gt;",
        "{{c1::<b>x</b>::<i>hint</i>}}", "```python\n{{c1::x::<i>hint</i>}}\n```",
    ],
)  # fmt: skip
@pytest.mark.parametrize("math", ["mathml", "tex"])
def test_html_in_the_text_is_shown_and_never_used(text: str, math: str) -> None:
    for inline in (False, True):
        page = html(text, math=math, inline=inline)  # type: ignore[arg-type]
        known = {"p", "strong", "em", "code", "pre", "span", "ul", "ol", "li", "a", "div", "math"}
        known |= {"table", "thead", "tbody", "tr", "th", "td", "mrow", "mi", "mo", "mn", "mtext", "mspace"}
        for tag, attributes in Tags(page).found:
            assert tag in known
            assert not any(name.startswith("on") for name in attributes)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x.y", "ftp://x.y", "JaVaScRiPt:x", "/x"]
)
def test_a_link_that_leads_elsewhere_than_to_the_web_is_no_link(url: str) -> None:
    page = html(f"[here]({url}) and <{url}>")
    assert "<a" not in page
    assert "here" in page


def test_a_picture_from_elsewhere_is_not_loaded() -> None:
    assert "<img" not in html("![x](https://x.y/z.png)")


def test_controls_and_bidi_characters_are_written_out() -> None:
    page = html("a\x1b[31m \u202eb\u2066 \x00 `\u200b`")
    assert not re.search("[\x00-\x09\x0b-\x1f\u200b\u202a-\u202e\u2066-\u2069]", page)
    assert r"\x1b[31m \u202eb\u2066" in page


def test_inline_text_has_no_blocks() -> None:
    assert html("a **b** $x$", inline=True).startswith("a <strong>b</strong> <math")
    assert "<p>" not in html("a", inline=True)


def test_math_is_mathml_or_stays_tex() -> None:
    page = html(r"size $\lfloor (n+2p-k)/s \rfloor + 1$")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline">' in page
    assert "⌊" in page
    assert html(r"$a < b$ and $$\frac{a}{b}$$", math="tex") == r"<p>\(a &lt; b\) and \[\frac{a}{b}\]</p>"
    assert html("$$\na\n$$", math="tex") == r'<div class="math">\[a\]</div>'
    assert 'display="block"' in html("$$a$$")


def test_tex_that_cannot_be_shown_is_shown_as_it_is() -> None:
    assert html(r"$\frac{a$") == r"<p><code>\frac{a</code></p>"


@pytest.mark.parametrize(
    "text", [r"\\(x\\)", r"\\[x\\]", "[sound:x.mp3]", "[anki:tts lang=en]x[/anki:tts]", "[latex]x[/latex]"]
)
def test_words_do_not_command_whoever_typesets_the_page(text: str) -> None:
    page = html(text, math="tex")
    assert not re.search(r"\\[(\[]|\[(sound|anki|latex)", page)
    assert re.sub(r"<[^>]*>", "", page) == text.replace("\\\\", "\\")


def test_code_is_highlighted_and_keeps_every_character() -> None:
    source = 'def f(x):  # grüß\n\n    return x < 1 and "<b>"\n'
    page = html(f"```python\n{source}```")
    assert '<span class="keyword">def</span>' in page
    assert re.sub(r"<[^>]*>", "", page) == source.rstrip().replace("<", "&lt;").replace(">", "&gt;")


def test_an_unknown_language_is_shown_without_colours() -> None:
    assert html("```nolang\nx\n```") == '<pre class="highlight"><code>x</code></pre>'


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("model.{{c1::eval}}()", "model.{{c1::eval}}()"),
        ("{{c1::for}} x", '{{c1::<span class="keyword">for</span>}} x'),
        ("{{c1::a}}{{c2::b}}", "{{c1::a}}{{c2::b}}"),
        ("x = {{c1::1 + 2::sum}}", 'x = {{c1::<span class="number">1</span> + <span class="number">2</span>::sum}}'),
        (
            '"a{{c1::b}}c"',
            '<span class="text">"a</span>{{c1::<span class="text">b</span>}}<span class="text">c"</span>',
        ),
        ("{{c1::x}}\n{{c2::y}}", "{{c1::x}}\n{{c2::y}}"),
    ],
)
def test_clozes_come_through_highlighted_code_whole(source: str, page: str) -> None:
    assert code(source) == f'<pre class="highlight"><code>{page}</code></pre>'


def test_clozes_come_through_text_and_math_whole() -> None:
    text = r"**{{c1::a}}** $\frac{ {{c2::x_1}} }{b}$ `f({{c3::y}})` {{c4::$z$::hint}}"
    page = html(text, math="tex")
    assert "<strong>{{c1::a}}</strong>" in page
    assert r"\(\frac{ {{c2::x_1}} }{b}\)" in page
    assert "<code>f({{c3::y}})</code>" in page
    assert r"{{c4::\(z\)::hint}}" in page


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("night", ["", ".nightMode"])
def test_colours_of_code_are_legible_on_their_ground(night: str) -> None:
    sheet = styles(night=night)
    assert (night or "prefers-color-scheme: dark") in sheet
    grounds = [luminance(colour) for colour in re.findall(r"background: (#\w+)", sheet)]
    light, dark = sheet.split(night or "@media", 1)
    for part, ground in ((light, grounds[0]), (dark, grounds[1])):
        colours = re.findall(r"(?<!-)\bcolor: (#\w+)", part)
        assert len(colours) >= 6
        for colour in colours:
            high, low = sorted([luminance(colour), ground], reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, colour
