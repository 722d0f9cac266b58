"""Plain words say what the text says, formulas above all."""

from __future__ import annotations

import re
import textwrap

import pytest

from dlgrade.markup import faults, html, plain


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\lfloor (n+2p-k)/s \rfloor + 1", "⌊(n + 2p - k)/s⌋ + 1"),
        (r"\left\lfloor \frac{n+2p-d(k-1)-1}{s} \right\rfloor + 1", "⌊(n + 2p - d(k - 1) - 1)/s⌋ + 1"),
        (r"\frac{n+2p-k}{s}+1", "(n + 2p - k)/s + 1"),
        (r"\frac{a}{b c}", "a/(b c)"),
        (r"\frac{a}{2b}", "a/(2b)"),
        (r"\frac{a b}{c}", "a b/c"),
        (r"\frac12 x", "(1/2) x"),
        (r"2\frac{a}{b}", "2(a/b)"),
        (r"x/\frac{a}{b}", "x/(a/b)"),
        (r"\frac{a}{b}^2", "(a/b)^2"),
        (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
        (r"\frac{\lambda}{2} \|w\|^2", "(λ/2)‖w‖^2"),
        (r"\frac{\sum_i x_i}{n}", "(∑_i x_i)/n"),
        (r"\frac{\log a}{b}", "(log a)/b"),
        (r"\log\frac{a}{b}", "log(a/b)"),
        (r"\frac{\partial L}{\partial w}", "∂L/∂w"),
        (r"\frac{1}{n}\sum_{i=1}^n (x_i-\mu)^2", "(1/n) ∑_(i=1)^n (x_i - μ)^2"),
        (r"\frac{x-\mu}{\sqrt{\sigma^2+\epsilon}}", "(x - μ)/√(σ^2 + ε)"),
        (r"\sqrt{x}^2", "(√x)^2"),
        (r"\sqrt{2n}", "√(2n)"),
        (r"\sqrt[3]{x+1}", "(x + 1)^(1/3)"),
        (r"x^{n+1}", "x^(n+1)"),
        (r"2^{2n}", "2^(2n)"),
        (r"{a+b}^2", "(a + b)^2"),
        (r"e^{-z}", "e^-z"),
        (r"10^{-12}", "10^-12"),
        (r"x^2y", "x^2 y"),
        (r"x_{ij}", "x_ij"),
        (r"h_{t-1}", "h_(t-1)"),
        (r"e^{z_i}", "e^(z_i)"),
        (r"C_\text{in} C_\text{out}", "C_in C_out"),
        (r"W^\top x", "W^T x"),
        (r"\hat y", "ŷ"),
        (r"28\times28", "28 × 28"),
        (r"6{,}272", "6,272"),
        (r"(N,C,H,W)", "(N, C, H, W)"),
        (r"(x, -y)", "(x, -y)"),
        (r"w \leftarrow w - \eta \nabla L(w)", "w ← w - η ∇L(w)"),
        (r"\arg\max_i z_i", "arg max_i z_i"),
        (r"p(y \mid x)", "p(y | x)"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[1, 2; 3, 4]"),
        (r"\begin{cases}x & \text{if } x>0\\0 & \text{otherwise}\end{cases}", "{x, if x > 0; 0, otherwise}"),
        (r"\operatorname{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}", "softmax(z)_i = e^(z_i)/(∑_j e^(z_j))"),
        (r"\text{right answers}/\text{all}", "right answers/all"),
        (r"5\%", "5%"),
    ],
)  # fmt: skip
def test_a_formula_means_the_same_in_a_line(tex: str, words: str) -> None:
    assert plain(f"${tex}$") == words
    assert faults(f"${tex}$") == ()


NUMBERS = {"a": 3.0, "b": 5.0, "c": 7.0, "x": 2.0, "y": 11.0}
SAME = [
    (r"\frac{a+b}{c}x", lambda a, b, c, x, y: (a + b) / c * x),
    (r"x\frac{a}{b+c}", lambda a, b, c, x, y: x * a / (b + c)),
    (r"a-\frac{b-c}{x}", lambda a, b, c, x, y: a - (b - c) / x),
    (r"\frac{a}{bc}", lambda a, b, c, x, y: a / (b * c)),
    (r"\frac{a}{b}\frac{c}{x}", lambda a, b, c, x, y: a / b * c / x),
    (r"\frac{a}{\frac{b}{c}}", lambda a, b, c, x, y: a / (b / c)),
    (r"\left(\frac{a}{b}\right)^{x}", lambda a, b, c, x, y: (a / b) ** x),
    (r"a^{x+1}b", lambda a, b, c, x, y: a ** (x + 1) * b),
    (r"a^{-x}b", lambda a, b, c, x, y: a**-x * b),
    (r"a^{\frac{b}{c}}", lambda a, b, c, x, y: a ** (b / c)),
    (r"\frac{-a}{b-c}", lambda a, b, c, x, y: -a / (b - c)),
    (r"\frac{(a+b)(b+c)}{x}", lambda a, b, c, x, y: (a + b) * (b + c) / x),
    (r"\frac{(a+b)-(b+c)}{x}", lambda a, b, c, x, y: ((a + b) - (b + c)) / x),
    (r"2\cdot\frac{a+1}{b}\cdot c", lambda a, b, c, x, y: 2 * (a + 1) / b * c),
    (r"\sqrt[3]{a+b}", lambda a, b, c, x, y: (a + b) ** (1 / 3)),
    (r"\frac{a^2}{b^{x}}y", lambda a, b, c, x, y: a**2 / b**x * y),
]


def reads(words: str) -> float:
    """The value of a line as somebody reads it who multiplies what stands side by side."""
    text = words.replace("^", "**").replace("·", "*").replace(" ", "")
    text = re.sub(r"(?<=[\w)])(?=\()|(?<=\))(?=\w)|(?<=[a-z])(?=[a-z])|(?<=\d)(?=[a-z])", "*", text)
    return float(eval(text, {"__builtins__": {}}, dict(NUMBERS)))


@pytest.mark.parametrize(("tex", "value"), SAME, ids=[tex for tex, _ in SAME])
def test_a_reader_of_the_line_computes_what_the_formula_says(tex: str, value) -> None:  # type: ignore[no-untyped-def]
    # Spaces between factors are products too.
    words = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", plain(f"${tex}$"))
    assert reads(words) == pytest.approx(value(**NUMBERS))


@pytest.mark.parametrize("tex", [r"\overset{a}{b}", r"\nosuch", r"\frac{a", r"a}", r"x^10", r"x^{2", r"\left(x"])
def test_what_a_line_cannot_say_stays_tex(tex: str) -> None:
    assert plain(f"${tex}$") == f"${tex}$"
    assert faults(f"${tex}$")


def test_blocks_keep_their_shape() -> None:
    text = """\
        What is **printed**?

        ```python
        for x in y:
            print(x)
        ```

        - `one`
        - two
          1. in
          2. ner

        | layer | out |
        |---|---|
        | conv | $n-k+1$ |

        $$\\frac{a}{b+c}$$

        [more](https://x.y) of <https://x.y>"""
    assert plain(textwrap.dedent(text)) == textwrap.dedent(
        """\
        What is printed?

            for x in y:
                print(x)

        - `one`
        - two
          1. in
          2. ner

        layer  out
        -----  ---------
        conv   n - k + 1

            a/(b + c)

        more (https://x.y) of https://x.y"""
    )


def test_what_could_act_on_a_terminal_is_written_out() -> None:
    shown = plain("a\x1b[31m `\x07` \u202eb\n\n```\n\x9b1m\tx\n```\n\n$\\text{\x1b}$")
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert r"\x1b[31m" in shown
    assert r"\u202eb" in shown


def test_html_is_words_like_others() -> None:
    assert plain("<b>x</b> &amp; y") == "<b>x</b> &amp; y"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "-", "$", "$$", "```", "|", "**", "[]()", "{{c1::}}", "\\"])
def test_nothing_is_too_little(text: str) -> None:
    assert isinstance(plain(text), str)
    assert isinstance(html(text), str)
    assert isinstance(faults(text), tuple)
