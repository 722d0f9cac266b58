"""The commands on docs/lms.md are commands that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import pytest
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "lms.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"dlgrade (grades export [^\n`]*?)(?:\s+#.*)?$", PAGE, re.MULTILINE)


def test_there_are_commands_for_every_format() -> None:
    formats = set(re.findall(r"--format (\S+)", " ".join(COMMANDS)))
    assert formats == {
        "csv", "canvas", "moodle", "gradescope", "gradescope-autograder", "junit", "github", "nbgrader",
    }  # fmt: skip


@pytest.mark.parametrize("command", [one for one in COMMANDS if "autograder" not in one])
def test_every_command_gets_as_far_as_the_files_that_are_not_here(dlgrade: Callable, command: str) -> None:
    ran = dlgrade(*shlex.split(command), *(["-o", "x"] if "-o" not in command else []))
    assert ran.code == 2
    assert re.match(r"error: (there is no gradebook|report\.json is not a file)", ran.err), ran.err
