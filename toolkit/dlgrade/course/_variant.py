"""Constants that differ from student to student, so that a copied answer is a wrong one.

An assignment lists what each may be::

    variant:
      hidden: [48, 56, 64]

The first is everybody's where nobody draws. ``${hidden}`` stands for it anywhere else in the file: alone it is the
value itself, inside a text its digits. In the stub and the reference solution a line that ends in ``# variant: hidden``
holds it as its only literal of that value; in the lesson it stands between ``<!-- variant: hidden -->`` and
``<!-- /variant -->``. Which one a student has follows from a secret of the course; nothing that is handed out shows
what the others have.
"""

from __future__ import annotations

import ast
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlgrade.course._yaml import Located
from dlgrade.errors import CourseError, UsageError

Value = bool | int | float | str
_HOLDER = re.compile(r"\$\{(\w+)\}")
_MARK = re.compile(r"#\s*variant:\s*(\w+)\s*$")
_PASSAGE = re.compile(r"(<!--\s*variant:\s*(\w+)\s*-->)(.*?)(<!--\s*/variant\s*-->)", re.DOTALL)
_LEAST_SECRET = 16


def drawn(choices: Mapping[str, tuple[Value, ...]], secret: bytes, student: str, assignment: str) -> dict[str, Value]:
    """The values of one student, by HMAC-SHA256 (RFC 2104) of student, assignment and name under the secret."""
    values = {}
    for name, listed in choices.items():
        message = json.dumps([student, assignment, name]).encode()
        number = int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest(), "big")
        values[name] = listed[number % len(listed)]
    return values


def read_secret(path: Path) -> bytes:
    """The course's secret, from a file.

    Raises:
        UsageError: it cannot be read, or is too short to be one.
    """
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"the secret {path} cannot be read: {error.strerror}") from None
    if len(secret) < _LEAST_SECRET:
        raise UsageError(f"the secret {path} has {len(secret)} characters, at least {_LEAST_SECRET} are needed",
                         "Make one with: dlgrade release, or openssl rand -hex 32.")  # fmt: skip
    return secret


def choices_of(located: Located) -> dict[str, tuple[Value, ...]]:
    """What the file lists under ``variant``.

    Raises:
        CourseError: not a mapping of names to lists of different numbers or texts.
    """
    listed = located.data.get("variant", {}) if isinstance(located.data, dict) else {}  # else: said elsewhere
    if not isinstance(listed, dict):
        raise CourseError(located.where(("variant",)), "'variant' is no mapping of names to lists")
    for name, values in listed.items():
        place = ("variant", name)
        sound = isinstance(values, tuple) and values and all(type(v) in (bool, int, float, str) for v in values)
        if not sound or len(set(values)) < len(values):
            what = f"'variant.{name}' is no list of different numbers or texts"
            raise CourseError(located.where(place), what, f"Write it as {name}: [1, 2, 3].")
        if not str(name).isidentifier():
            raise CourseError(located.where(place), f"'{name}' cannot be the name of a value", "Use letters and _.")
    return listed


def filled(located: Located, values: Mapping[str, Value]) -> Located:
    """The same file with the values where their holders stand.

    Raises:
        CourseError: a holder of a name that is not listed.
    """

    def replaced(item: Any, place: tuple[str | int, ...]) -> Any:
        if isinstance(item, dict):
            return {key: replaced(part, (*place, key)) for key, part in item.items()}
        if isinstance(item, tuple):
            return tuple(replaced(part, (*place, number)) for number, part in enumerate(item))
        if not isinstance(item, str) or "${" not in item:
            return item
        for name in _HOLDER.findall(item):
            if name not in values:
                what = f"there is no '{name}' under 'variant'"
                raise CourseError(located.where(place), what, f"There are: {', '.join(values)}." if values else "")
        whole = _HOLDER.fullmatch(item)
        return values[whole.group(1)] if whole else _HOLDER.sub(lambda found: str(values[found.group(1)]), item)

    if not isinstance(located.data, dict):
        return located
    data = {key: part if key == "variant" else replaced(part, (key,)) for key, part in located.data.items()}
    return Located(located.file, data, located.lines)


def python_for(source: str, values: Mapping[str, Value], choices: Mapping[str, tuple[Value, ...]], where: str) -> str:
    """Python with the values in its marked lines.

    Raises:
        CourseError: a marked line of a name that is not listed, or without its default value, or with two.
    """
    lines = source.splitlines(keepends=True)
    marked = {number: found.group(1) for number, line in enumerate(lines, 1) if (found := _MARK.search(line.rstrip()))}
    if not marked:
        return source
    literals = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    for number, name in marked.items():
        if name not in choices:
            raise CourseError(f"{where}:{number}", f"there is no '{name}' under 'variant' in assignment.yaml")
        default = choices[name][0]
        here = [n for n in literals if n.lineno == number and type(n.value) is type(default) and n.value == default]
        if len(here) != 1:
            what = f"the marked line must hold {default!r}, the first '{name}' of assignment.yaml, exactly once"
            raise CourseError(f"{where}:{number}", what)
        line = lines[number - 1].encode()
        begin, end = here[0].col_offset, here[0].end_col_offset
        lines[number - 1] = (line[:begin] + _literal(values[name]).encode() + line[end:]).decode()
    return "".join(lines)


def _literal(value: Value) -> str:
    """As Python, texts in the double quotes that the rest of a file has."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def lesson_for(text: str, values: Mapping[str, Value], where: str) -> str:
    """A lesson with the values in its marked passages; the marks go.

    Raises:
        CourseError: a passage of a name that is not listed.
    """

    def value(found: re.Match[str]) -> str:
        if found.group(2) not in values:
            raise CourseError(where, f"there is no '{found.group(2)}' under 'variant' in assignment.yaml")
        return str(values[found.group(2)])

    return _PASSAGE.sub(value, text)


def yaml_for(text: str, located: Located, values: Mapping[str, Value]) -> str:
    """The assignment's file with each list of choices cut down to the one value.

    Raises:
        CourseError: a list that does not stand in one line.
    """
    lines = text.splitlines(keepends=True)
    for name, value in values.items():
        number = located.lines.get(("variant", name), 0)
        head, colon, tail = lines[number - 1].partition(":")
        if head.strip() != name or not tail.strip().endswith("]"):
            raise CourseError(f"{located.file.name}:{number}", f"the list of '{name}' must stand in one line")
        lines[number - 1] = f"{head}{colon} [{json.dumps(value)}]\n"
    return "".join(lines)
