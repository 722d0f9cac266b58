"""What an author must mend is named, and nothing else is."""

from __future__ import annotations

import pytest

from dlgrade.markup import Cloze, clozes, faults, revealed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("costs $5", "math is not closed at '$5'"),
        ("$$\nx", "math is not closed"),
        ("a $x$ b $y", "math is not closed at '$y'"),
        ("from $5 to `$x`", "is read as math"),
        (r"$\frac{a}$", "ends where something is missing"),
        (r"$\frac{a$", "has no }"),
        ("$a}$", "has a '}'"),
        (r"$\foo$", r"\foo that is not known"),
        ("$x^10$", "first digit of 10"),
        (r"$\left(x$", r"\left"),
        (r"$x\right)$", r"\right"),
        (r"$\begin{cases}x$", ""),
        ("$a & b$", "has a '&'"),
        ("$ $", "empty formula"),
        ("```python\nx = 1", "is not closed"),
        ("- a\n\n  ```\n  x", "is not closed"),
        ("```pyhton\nx\n```", "'pyhton' is not a known language"),
    ],
)
def test_each_fault_is_named(text: str, said: str) -> None:
    found = faults(text)
    assert len(found) >= 1
    assert said in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "plain", r"\$5 and \$6", "`$HOME` and `$x`", "```text\n$5\n```", "<script>", "<b>not closed", "2 * 3", "a | b",
        "$x$", "$$x$$", "$$\nx\n$$", "```\ncode\n```", "````\n```\n````", "- a\n\n  ```\n  x\n  ```", "{{c1::$x$}}",
        "$ {{c1::x}} + 1 $", "&nbsp;", "__init__", "[link](javascript:x)",
    ],
)  # fmt: skip
def test_what_is_right_has_no_fault(text: str) -> None:
    assert faults(text) == ()


def test_a_formula_nested_without_end_is_a_fault_and_no_crash() -> None:
    assert faults("$" + "{" * 5000 + "}" * 5000 + "$")
    assert faults("$" + r"\sqrt{" * 3000 + "x" + "}" * 3000 + "$")


def test_a_fault_cannot_act_on_a_terminal() -> None:
    assert all(line.isprintable() for line in faults("$\x1b[31m\n\nx"))


def test_clozes_are_found_as_anki_finds_them() -> None:
    text = "a {{c1::b}} {{c2::c::hint}} {{c1::}}"
    assert list(clozes(text)) == [
        Cloze(1, "b", "", 2, 11),
        Cloze(2, "c", "hint", 12, 27),
        Cloze(1, "", "", 28, 36),
    ]
    assert revealed(text) == "a b c "
    assert [text[one.inside] for one in clozes(text)] == ["b", "c", ""]
    assert list(clozes("{{c1:x}} {{c::x}} {{ c1::x}} {{c01::x}} {{c1::x")) == []
