"""A class written by hand around reports that `dlgrade check` once made."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dlgrade.gradebook import HELD, Attempt, Grade

REPORTS = Path(__file__).parent / "reports"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "//evil.example/x",
    "{{ 7*7 }}",
    "a\x1b[31mb\u202ec\nd",
    "O'Brien; rm -rf ~",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "学生 🎓",
    "x" * 400,
    "</style><style>*{display:none}</style>",
]


def report(name: str, **changes: Any) -> dict[str, Any]:
    """One of the reports; ``accuracy``, ``parameters``, ``fingerprint`` and so on are put where they belong."""
    made: dict[str, Any] = json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))
    training, network = made["training"], made["network"]
    for key, value in changes.items():
        if key == "accuracy":
            training["curve"][-1]["test_accuracy"] = value
            training["public_accuracy"] = training["private_accuracy"] = None
        elif key in {"public_accuracy", "private_accuracy"}:
            training[key] = value
        elif key in {"parameters", "fingerprint"}:
            network[key] = value
        elif key == "sha256":
            made["submission"]["sha256"] = value
        else:
            made[key] = value
    return made


def grade(who: str, made: dict[str, Any] | None = None, **changes: Any) -> Grade:
    """A grade with that report as the attempt that counts."""
    name = made["assignment"] if made else "code6"
    number = changes.pop("number", 1)
    if made is None:
        return Grade(who, name, "missing", 0, 0, 0, 0, 50, **changes)
    score, most = made["score"], made["max_score"]
    held = any(isinstance(one, dict) and one.get("verdict") in HELD for one in made["criteria"])
    attempt = Attempt(
        who, "assignment", name, made["seed"], START, START + timedelta(seconds=30), score, most,
        {"report": made}, number=number, handed_in=START,
    )  # fmt: skip
    settled = changes.pop("settled", score)
    penalty = changes.pop("penalty", 0.0)
    status = changes.pop("status", "review" if held else "graded")
    return Grade(
        who, name, status, score, settled, penalty, changes.pop("score", settled - penalty), most, attempt=attempt,
        attempts=changes.pop("attempts", 1), **changes,
    )  # fmt: skip


def mixed(size: int) -> list[Grade]:
    """A class in which everything occurs; the same one each time."""
    draw = random.Random(size)
    kinds = {name: json.loads((REPORTS / f"{name}.json").read_text()) for name in ("trained", "crashed", "review")}
    grades = []
    for number in range(size):
        who = f"s{number:03d}"
        kind = draw.choices(["trained", "crashed", "review", ""], [14, 2, 1, 1])[0]
        if not kind:
            grades.append(grade(who))
            continue
        made = copy.deepcopy(kinds[kind])
        made["submission"]["sha256"] = f"{draw.getrandbits(256):064x}"
        made["profile"] = "full"
        if kind == "trained":
            made["network"]["parameters"] = draw.randint(1500, 8000)
            share = round(0.9 + 0.094 * draw.random() ** 0.3, 4)
            part = round(share + draw.uniform(-0.002, 0.002), 4)
            made["training"] |= {"public_accuracy": part, "private_accuracy": round(2 * share - part, 4)}
            made["training"]["curve"][-1]["test_accuracy"] = share
            made["network"]["fingerprint"] = f"{draw.getrandbits(256):064x}"
            if share < 0.98:
                made["criteria"][-1] |= {"verdict": "failed", "points": 0, "cards": ["gap-capacity-not-gap"]}
                made["score"] = 37
        late = timedelta(hours=draw.randint(1, 80)) if draw.random() < 0.1 else None
        grades.append(grade(who, made, number=number + 1, late=late, penalty=0.1 * made["score"] if late else 0.0))
    return grades


@pytest.fixture
def opened(tmp_path: Path, browser: Any) -> Callable[..., Any]:
    """Opens a page given as text."""

    def show(text: str, **media: str) -> Any:
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        return browser.page(**media).open(path)

    return show
