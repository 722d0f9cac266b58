"""Text from strangers is shown for what it is and does nothing."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from dlgrade.neutral import LIMIT, encodable
from dlgrade.report import neutral


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Net", "Net"),
        ("naïve café 漢字 🙂", "naïve café 漢字 🙂"),
        ("98.4\u00a0%", "98.4 %"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("one\ntwo\r\nthree\tfour", r"one\ntwo\r\nthree\tfour"),
        ("line\u2028paragraph\u2029", r"line\u2028paragraph\u2029"),
        ("\u202egpj.exe\u2069", r"\u202egpj.exe\u2069"),
        ("N\u200be\u2060t\ufeff", r"N\u200be\u2060t\ufeff"),
        ("soft\u00adhyphen", r"soft\xadhyphen"),
        ("a\ufe0f\u3164\u034f", r"a\ufe0f\u3164\u034f"),
        ("\udc80", r"\udc80"),
        ("\U000e0041", r"\U000e0041"),
        ("e\u0301\u0302\u0303\u0304", "e\u0301\u0302\\u0303\\u0304"),
        ("", ""),
    ],
)
def test_what_could_act_is_written_out_and_the_rest_stays(given: str, shown: str) -> None:
    assert neutral(given) == shown


def test_no_character_of_unicode_gets_through_that_could_act() -> None:
    harmful = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    for start in range(0, sys.maxunicode, 200):
        text = neutral("".join(map(chr, range(start, min(start + 200, sys.maxunicode + 1)))), 10_000)
        assert not harmful & {unicodedata.category(character) for character in text}


def test_long_text_is_cut_to_the_limit_and_says_so() -> None:
    assert neutral("A" * 10_000) == "A" * (LIMIT - 3) + "..."
    assert neutral("A" * LIMIT) == "A" * LIMIT
    assert neutral("\x1b" * 10_000, 20) == r"\x1b\x1b\x1b\x1b\..."
    assert len(neutral("\x1b" * 10_000)) <= LIMIT


def test_what_is_neutral_stays_as_it_is() -> None:
    once = neutral("\x1b[1m\u202e" + "long " * 500)
    assert neutral(once) == once


def test_brackets_of_markup_are_only_brackets() -> None:
    assert neutral("[bold red]x[/] <b> {{ 7*7 }}") == "[bold red]x[/] <b> {{ 7*7 }}"


def test_a_pipe_that_has_no_such_character_gets_a_plain_one() -> None:
    assert encodable("3×3 → 98 ± 1 %", "ascii") == "3x3 -> 98 +- 1 %"
    assert encodable("漢", "ascii") == r"\u6f22"
    assert encodable("3×3", "utf-8") == "3×3"
