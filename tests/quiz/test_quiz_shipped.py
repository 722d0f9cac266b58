"""The quizzes that the course ships are accepted."""

from __future__ import annotations

from pathlib import Path

from dlgrade.quiz._build import build

ROOT = Path(__file__).resolve().parents[2]


def test_every_bank_of_the_course_is_right() -> None:
    assert [str(fault) for fault in build(ROOT)] == []
