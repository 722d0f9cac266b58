"""YAML that cannot surprise: duplicates refused, types strict, every complaint with file and line.

PyYAML reads ``1e-3`` as text and ``no`` as False and keeps the last of two equal keys without a word; here
each of these is an error that names the line and the mend. Sequences come back as tuples. Aliases are
followed as far as a file of human size needs them; merge keys and tags are not read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from dlgrade.errors import CourseError

T = TypeVar("T")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Located:
    """Plain data and the line (from 1) of each key and item in it, by its path."""

    file: Path
    data: Any
    lines: dict[Place, int]

    def where(self, place: Place = ()) -> str:
        """``file:line`` of the innermost known part of `place`."""
        return f"{shown(self.file)}:{self.line(place)}"

    def line(self, place: Place = ()) -> int:
        """The line of the innermost known part of `place`."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def shown(path: Path) -> str:
    """`path` relative to the current folder where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_yaml(path: Path) -> Located:
    """Read one YAML file.

    Raises:
        CourseError: missing, not YAML, a key twice or not a word, a number that YAML takes for text.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise CourseError(shown(path), "this file is missing") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CourseError(f"{shown(path)}:{line}", "this file is not UTF-8", "Save it as UTF-8.") from None
    except OSError as error:
        raise CourseError(shown(path), f"cannot be read: {error.strerror}") from None
    return _Reader(path, text).located()


_MOST_VALUES = 100_000
_DEEPEST = 50
_TAG = "tag:yaml.org,2002:"
_EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+\Z")
_BRACKET = re.compile(r"[][{}]")
_LEADING = re.compile(r"^[-?: \t]*", re.MULTILINE)
_MENDS = {
    r"'\t'": "Indent with spaces, not with tabs.",
    "mapping values are not allowed": "Put text that holds a colon in quotes.",
    "undefined alias": "Put text that begins with * in quotes.",
}


def _could_be_deep(text: str) -> bool:
    """Whether brackets or leading signs of lists could nest deeper than any file that is meant to be read."""
    depth = deepest = 0
    for sign in _BRACKET.findall(text):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > 2 * _DEEPEST or max(map(len, _LEADING.findall(text)), default=0) > 4 * _DEEPEST


class _Reader:
    """From the nodes of one file to plain data, with the line of each."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.lines: dict[Place, int] = {}
        self.values = 0
        self.open: list[yaml.Node] = []

    def located(self) -> Located:
        try:
            node = self._composed()
        except yaml.MarkedYAMLError as error:
            raise self._not_yaml(error) from None
        except yaml.reader.ReaderError as error:
            line = self.text.count("\n", 0, error.position) + 1
            raise self._wrong(line, f"not YAML: the character {error.character!r} is not allowed") from None
        except RecursionError:
            raise CourseError(shown(self.path), "nested too deeply to be read") from None
        return Located(self.path, self._plain(node, ()) if node is not None else {}, self.lines)

    def _composed(self) -> yaml.Node | None:
        """The root node: by the parser in C, several times as fast; what it refuses is told in the words of the other.

        The parser in C ends the process where a file is nested thousands deep, so it gets only what cannot be.
        """
        self.loader: Any
        if not _could_be_deep(self.text):
            with contextlib.suppress(AttributeError, yaml.YAMLError):  # not every PyYAML is built with it
                self.loader = yaml.CSafeLoader(self.text)
                return self.loader.get_single_node()  # type: ignore[no-any-return]
        self.loader = yaml.SafeLoader(self.text)
        return self.loader.get_single_node()  # type: ignore[no-any-return]

    def _wrong(self, line: int, what: str, mend: str = "") -> CourseError:
        return CourseError(f"{shown(self.path)}:{line}", what, mend)

    def _not_yaml(self, error: yaml.MarkedYAMLError) -> CourseError:
        problem = error.problem or error.context or "it cannot be read"
        # What is not closed is found missing lines later; the author wants to know where it begins.
        unclosed = "end of stream" in problem or "expected ',' or" in problem
        mark = (error.context_mark if unclosed else None) or error.problem_mark
        mend = next((mend for part, mend in _MENDS.items() if part in problem), "")
        return self._wrong(mark.line + 1 if mark else 1, f"not YAML: {problem}", mend)

    def _plain(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self.values += 1
        if self.values > _MOST_VALUES:
            raise self._wrong(
                line, f"more than {_MOST_VALUES:,} values", "Each alias (*name) copies all it stands for."
            )
        if len(place) > _DEEPEST:
            raise self._wrong(line, "nested too deeply to be read")
        if any(node is outer for outer in self.open):
            raise self._wrong(line, "an alias stands inside of what it stands for")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, line)
        if node.tag not in (_TAG + "map", _TAG + "seq"):
            raise self._tagged(node, line)
        self.open.append(node)
        try:
            if isinstance(node, yaml.SequenceNode):
                return tuple(self._plain(item, (*place, i)) for i, item in enumerate(node.value))
            return self._mapping(node, place)
        finally:
            self.open.pop()

    def _mapping(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            # The key's own spelling, so that `no:` and `8:` stay what the author wrote.
            if not isinstance(key_node, yaml.ScalarNode) or not key_node.value:
                raise self._wrong(line, "a key must be a word")
            if key_node.tag == _TAG + "merge":
                raise self._wrong(line, "the merge key << is not read here", "Write the keys out.")
            key = str(key_node.value)
            if key in result:
                first = self.lines[(*place, key)]
                raise self._wrong(
                    line, f"the key '{key}' is here a second time, first in line {first}", "Keep one of the two."
                )
            self.lines[(*place, key)] = line
            result[key] = self._plain(value_node, (*place, key))
        return result

    def _scalar(self, node: yaml.ScalarNode, line: int) -> Any:
        kind, text = node.tag.removeprefix(_TAG), node.value
        if kind in {"str", "timestamp"}:
            if not node.style and _EXPONENT.match(text):
                number = float(text)
                mend = f"Write {_written(number)}, or put it in quotes where text is meant."
                raise self._wrong(line, f"YAML reads {text} as text", mend)
            if any("\ud800" <= letter <= "\udfff" for letter in text):
                raise self._wrong(line, "half a character (a lone surrogate)")
            return text
        if kind not in {"null", "bool", "int", "float"}:
            raise self._tagged(node, line)
        try:
            return self.loader.construct_object(node)
        except (ValueError, KeyError):
            raise self._wrong(line, f"{text[:40]} cannot be read as {kind}") from None

    def _tagged(self, node: yaml.Node, line: int) -> CourseError:
        return self._wrong(line, f"the tag {node.tag.replace(_TAG, '!!')} is not read here", "Leave it out.")


def validated(kind: type[T], located: Located, place: Place = ()) -> T:
    """Check the data at `place` against the annotations of the dataclass `kind` and build it.

    Raises:
        CourseError: unknown key, missing key, wrong type; with file, line and the mend.
    """
    import pydantic

    data = _at(located.data, place)
    if not isinstance(data, dict):
        raise CourseError(located.where(place), f"{_name(place)} must be a mapping of keys to values")
    adapter = _adapter(typing.cast(typing.Hashable, kind))
    try:
        # By way of JSON: in Python mode "strict" would want instances of the dataclasses and not mappings.
        result: T = adapter.validate_json(json.dumps(data))
    except pydantic.ValidationError as error:
        raise _explained(error.errors(), located, place, kind) from None
    return result


@functools.lru_cache(maxsize=64)
def _adapter(kind: Any) -> Any:
    import pydantic

    config = pydantic.ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    return pydantic.TypeAdapter(_with_config(kind, config))


def _with_config(kind: type, config: Any) -> type:
    # pydantic reads `__pydantic_config__` from each dataclass it meets; nested nouns need it too.
    todo: list[Any] = [kind]
    seen: set[Any] = set()
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        if dataclasses.is_dataclass(current) and isinstance(current, type):
            current.__pydantic_config__ = config  # type: ignore[attr-defined]
            todo.extend(typing.get_type_hints(current).values())
        todo.extend(typing.get_args(current))
    return kind


def _at(data: Any, place: Sequence[str | int]) -> Any:
    for step in place:
        data = data[step]
    return data


def _name(place: Place) -> str:
    return "'" + ".".join(str(step) for step in place) + "'" if place else "the file"


_UNKNOWN = {"unexpected_keyword_argument", "extra_forbidden"}
_MISSING = {"missing", "missing_argument"}


def _explained(errors: Sequence[Any], located: Located, place: Place, kind: type) -> CourseError:
    """The one complaint to make: an unknown key before all (it explains the missing one), else the first line."""
    data = _at(located.data, place)
    spots = [(*place, *_steps(data, error["loc"])) for error in errors]
    unknown = [i for i, error in enumerate(errors) if error["type"] in _UNKNOWN]
    first = min(unknown or range(len(errors)), key=lambda i: located.line(spots[i]))
    error, spot = errors[first], spots[first]
    last = error["loc"][-1]
    if error["type"] in _UNKNOWN:
        known = _known_keys(kind, error["loc"][:-1])
        near = difflib.get_close_matches(str(last), known, n=1)
        mend = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(sorted(known))}."
        return CourseError(located.where(spot), f"unknown key '{last}'", mend)
    if error["type"] in _MISSING and isinstance(last, str):
        inside = f" in {_name(spot)}" if spot else ""
        return CourseError(located.where(spot), f"the key '{last}' is missing{inside}")
    # A union complains once for each member; what lies deepest was meant.
    inner = [i for i, other in enumerate(spots) if other[: len(spot)] == spot]
    spot = max((spots[i] for i in inner), key=len)
    wanted = list(dict.fromkeys(_wanted(errors[i]) for i in inner if spots[i] == spot))
    value = _at(located.data, spot)
    what = f"{_name(spot)} is {_told(value)}, wanted {' or '.join(wanted)}"
    return CourseError(located.where(spot), what, _mend(value, wanted))


def _steps(data: Any, loc: Sequence[str | int]) -> list[str | int]:
    # pydantic names the member of a union it tried as if it were a step of the path; keep only real steps.
    steps: list[str | int] = []
    for step in loc:
        inside = step in data if isinstance(data, dict) else isinstance(data, tuple) and step in range(len(data))
        if inside:
            data = data[step]
            steps.append(step)
    return steps


_WORDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "dataclass_type": "a mapping of keys to values",
    "literal_error": "{expected}",
    "too_long": "a list of at most {max_length}",
    "too_short": "a list of at least {min_length}",
    "missing": "a longer list",
}


def _wanted(error: Any) -> str:
    words = _WORDS.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else error["msg"].removeprefix("Input should be ")


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "empty"
    return repr(value).lower() if isinstance(value, bool) else repr(value)


def _mend(value: Any, wanted: Sequence[str]) -> str:
    numbers = {"a whole number", "a number", "a finite number"} & set(wanted)
    if isinstance(value, str) and numbers:
        try:
            number = float(value)
        except ValueError:
            return ""
        return f"Write {_written(number)} without quotes."
    if isinstance(value, float) and value.is_integer() and numbers:
        return f"Write {int(value)}."
    if isinstance(value, bool) and "text" in wanted:
        return "YAML reads yes, no, on and off as true or false; put the word in quotes."
    if isinstance(value, int | float) and "text" in wanted:
        return f'Put it in quotes: "{value}".'
    return ""


def _written(number: float) -> str:
    """A number as YAML reads it as one."""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    text = repr(number)
    return text if "e" not in text else f"{number:.20f}".rstrip("0") if abs(number) < 1 else f"{number:.1f}"


def _known_keys(kind: Any, loc: Sequence[str | int]) -> list[str]:
    """Field names of the dataclass that `loc` leads to, starting at `kind`."""
    found = [kind]
    for step in loc:
        # A step that leads nowhere is the name of a union's member.
        found = [inner for one in found for inner in _inside(one, step)] or found
    return [field.name for one in found if dataclasses.is_dataclass(one) for field in dataclasses.fields(one)]


def _inside(kind: Any, step: str | int) -> list[Any]:
    """What the annotation `kind` says of its part called `step`, each member of a union by itself."""
    if dataclasses.is_dataclass(kind):
        hint = typing.get_type_hints(kind).get(str(step))
        return [] if hint is None else _members(hint)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (dict, Mapping) and isinstance(step, str):
        return _members(arguments[1])
    if origin in (tuple, list) and isinstance(step, int):
        return _members(arguments[0])
    return []


def _members(kind: Any) -> list[Any]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [inner for member in typing.get_args(kind) for inner in _members(member)]
    return [kind]
