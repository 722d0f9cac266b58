"""The submission's functions, as checks ask them.

Promises: what a function answers is compared with an oracle that runs here, on drawn arguments that repeat from run to
run; a public check shows the smallest example that differs, found by shrinking, and the belief whose numbers the
submission's are, where there is one. Arguments must be as they were after the call. Runs no student code: it asks
for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dlgrade.course import Assignment, Misconception
from dlgrade.errors import CourseError
from dlgrade.grading._same import difference, told
from dlgrade.student import Student, StudentError
from dlgrade.wire import RawTensor

_MOST_CALLS = 1_500
"""Calls for one comparison, shrinking included; then the smallest example so far is taken."""

_ENOUGH_FOR_A_BELIEF = 8
"""So many answers, some of them wrong, must fit a belief before a student is told that they hold it."""

_ANSWERS = frozenset({"ValueError", "IndexError", "KeyError", "ZeroDivisionError", "OverflowError"})
"""Exceptions that are an answer, if a wrong one; others (a name that is not defined) are a broken program."""


class Disagreement(AssertionError):  # noqa: N818 - it is no error of ours
    """An answer that is not the oracle's: the message is for the student where the check is public.

    Attributes:
        cards: what the belief leads to that the answers betray.
    """

    def __init__(self, message: str, cards: tuple[str, ...] = ()) -> None:
        """See the attributes."""
        super().__init__(message)
        self.cards = cards


class Asked:
    """Ask a function of the submission: ``ask("out_size", 28, 5)`` is its answer.

    Arrays of NumPy and torch travel; they come back as arrays of NumPy, tuples as lists.
    """

    def __init__(
        self, student: Student, assignment: Assignment, misconceptions: Callable[[], Mapping[str, Misconception]],
        seed: str, shrinks: bool,
    ) -> None:  # fmt: skip
        """`seed` decides the draws; `shrinks`: whether an example is made small, for a student to read.

        `misconceptions` reads those of the course; it takes a while and is needed only after a wrong answer.
        """
        self._student = student
        self._assignment = assignment
        self._misconceptions = misconceptions
        self._seed = seed
        self._shrinks = shrinks

    def __call__(self, name: str, *args: Any, through: str = "", may_change: bool = False) -> Any:
        """The answer of a function.

        Args:
            through: code that defines ``probe(function, *args)``; it runs beside the submission and calls the
                function with what cannot travel, such as a model, or makes of its answer what can.
            may_change: whether it may change its arguments.

        Raises:
            StudentError: it is missing, stopped with an error, or took too long.
            Disagreement: it changed an argument.
        """
        given = [_outward(value) for value in args]
        arrays = "torch" if self._assignment.arrays == "torch" else "numpy"
        answer, after = self._student.called(
            name, given, arrays=arrays, seconds=self._assignment.call_seconds, through=through,  # type: ignore[arg-type]
        )  # fmt: skip
        if not may_change and not through:
            if len(after) != len(given):
                raise self._student.review("not_carried", "the submission's process gave an answer that is not one")
            for number, (before, now) in enumerate(zip(given, after, strict=True), 1):
                if not _unchanged(before, now):
                    raise Disagreement(
                        f"{call_text(name, args)} changes its argument number {number}; work on a copy of it"
                    )
        return inward(answer)

    def agrees(
        self,
        name: str,
        oracle: Callable[..., Any],
        cases: Any,
        *,
        beliefs: Mapping[str, Callable[..., Any]] | None = None,
        tolerance: float | None = None,
        draws: int = 100,
        through: str = "",
        may_change: bool = False,
    ) -> None:
        """Compare a function with an oracle on drawn arguments.

        Args:
            oracle: takes the arguments by name and gives the right answer, by another way than the submission's;
                where it raises a ValueError, TypeError, IndexError or KeyError, the function has to raise the same.
            cases: a strategy of hypothesis for each argument, by name and in the order of the call, or one
                strategy that draws the whole dict of them.
            beliefs: for tags of ``misconceptions.yaml``, what someone who believes it would answer.
            tolerance: relative to the larger of 1 and the wanted number; None: by the type of the number.
            draws: how many arguments are tried.
            through: as in a plain call.

        Raises:
            Disagreement: an answer differs; names the smallest arguments found.
            StudentError: the function is missing, stopped with an error, or took too long.
        """
        search = _Search(self, name, oracle, tolerance, {"may_change": may_change, "through": through})
        found = search.smallest(cases, draws, self._seed, self._shrinks)
        if found is None:
            return
        arguments, wrong = found
        if isinstance(wrong, Exception):
            raise wrong
        belief = self._belief(search, beliefs or {})
        lines = [f"{call_text(name, arguments)} {search.wanted(arguments)}; {wrong}"]
        if belief:
            lines.append(f"your answers are those of the belief: {belief.belief} {belief.feedback}")
        raise Disagreement("\n".join(lines), belief.cards if belief else ())

    def raised(self, name: str, *args: Any, through: str = "") -> str:
        """The name of the exception that a function stops with, such as ``ValueError``; empty where it answers.

        Raises:
            StudentError: it is missing, not written yet, or took too long.
        """
        try:
            self(name, *args, through=through)
        except StudentError as error:
            if not self._student.running or error.kind != "crashed":
                raise
            return exception_name(error)
        return ""

    def same(self, answer: Any, wanted: Any, tolerance: float | None = None) -> str:
        """How an answer differs from the wanted one, in words; empty where it does not."""
        return difference(answer, wanted, tolerance, numbers_of_arrays=self._assignment.arrays != "none")

    def _belief(self, search: _Search, beliefs: Mapping[str, Callable[..., Any]]) -> Misconception | None:
        known = self._misconceptions() if beliefs else {}
        for tag, believed in beliefs.items():
            if tag not in known:
                raise CourseError("checks.py", f"there is no misconception {tag}", "See quizzes/misconceptions.yaml.")
            if search.all_fit(believed):
                return known[tag]
        return None


class _Search:
    """One comparison: every call that was made, and what came of it."""

    def __init__(
        self, ask: Asked, name: str, oracle: Callable[..., Any], tolerance: float | None, how: dict[str, Any]
    ) -> None:
        self._ask = ask
        self._name = name
        self._oracle = oracle
        self._tolerance = tolerance
        self._how = how
        self._seen: list[tuple[dict[str, Any], Any]] = []
        self._first_wrong: tuple[dict[str, Any], str | Exception] | None = None
        self._fatal: StudentError | None = None

    def smallest(
        self, cases: Any, draws: int, seed: str, shrinks: bool
    ) -> tuple[dict[str, Any], str | Exception] | None:
        """The smallest arguments with a wrong answer, and what is wrong with it."""
        from hypothesis import HealthCheck, Phase, find, settings
        from hypothesis import strategies as st
        from hypothesis.errors import Flaky, NoSuchExample

        strategy = cases
        if isinstance(cases, Mapping):
            # By tuples: their order is that of the call, whatever is drawn.
            strategy = st.tuples(*cases.values()).map(lambda values: dict(zip(cases, values, strict=True)))
        rules = settings(
            max_examples=draws, database=None, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if shrinks else [Phase.generate],
        )  # fmt: skip
        number = int.from_bytes(hashlib.sha256(f"{seed}/{self._name}".encode()).digest()[:8], "big")
        # All draws first: what an answer betrays shows in many, not in the one where a search would stop.
        with contextlib.suppress(NoSuchExample):
            find(strategy, self._noted, settings=rules, random=random.Random(number))  # noqa: S311
        if self._fatal is not None:
            raise self._fatal
        if self._first_wrong is None:
            return None
        try:
            found = find(strategy, lambda one: bool(self._wrong(one)), settings=rules, random=random.Random(number))  # noqa: S311
            wrong = self._wrong(found, again=True)
        except (NoSuchExample, Flaky):  # it answered otherwise when it was asked again
            found, wrong = self._first_wrong[0], ""
        if self._fatal is not None:
            raise self._fatal
        return found, wrong or f"{self._said_first(found)}, and something else when asked again"

    def _noted(self, arguments: dict[str, Any]) -> bool:
        wrong = self._wrong(arguments)
        if wrong and self._first_wrong is None:
            self._first_wrong = arguments, wrong
        return False

    def _said_first(self, arguments: dict[str, Any]) -> str:
        """The first wrong answer to these arguments, in words."""
        first, wrong = self._first_wrong or ({}, "")
        return str(wrong) if first == arguments else "it is wrong once"

    def _wrong(self, arguments: dict[str, Any], again: bool = False) -> str | Exception:
        """What is wrong with the answer to these arguments; empty where nothing is."""
        if self._fatal is not None or (len(self._seen) >= _MOST_CALLS and not again):
            return ""
        right, must_raise = self._right(arguments)
        try:
            answer = self._ask(self._name, *arguments.values(), **self._how)
        except StudentError as error:
            if self._ask._student.unloadable is not None:
                raise
            if not self._ask._student.running or error.kind in {"missing", "stub"}:
                # Shrinking would ask it again and again: for a loop without end that is a long time.
                self._fatal = _with_call(error, call_text(self._name, arguments))
                return ""
            if must_raise:
                name = exception_name(error)
                return "" if name == must_raise else f"it raises {name}"
            if exception_name(error) in _ANSWERS:
                where = f" ({error.problem.where})" if error.problem.where else ""
                return f"it raises {error.problem.what}{where}"
            return _with_call(error, call_text(self._name, arguments))
        except Disagreement as error:
            return error
        self._seen.append((arguments, answer))
        if must_raise:
            return f"it returns {told(answer)}"
        return self._ask.same(answer, right, self._tolerance)

    def _right(self, arguments: dict[str, Any]) -> tuple[Any, str]:
        """The right answer, or the name of the exception that is right."""
        try:
            return self._oracle(**arguments), ""
        except (ValueError, TypeError, IndexError, KeyError) as error:
            return None, type(error).__name__

    def wanted(self, arguments: dict[str, Any]) -> str:
        """What these arguments should give, in words."""
        right, must_raise = self._right(arguments)
        return f"should raise {must_raise}" if must_raise else f"should be {told(right)}"

    def all_fit(self, believed: Callable[..., Any]) -> bool:
        """Whether every answer so far is what the belief gives, where it gives any."""
        fitting = telling = 0
        for arguments, answer in self._seen:
            try:
                expected = believed(**arguments)
            except (ArithmeticError, ValueError, TypeError, IndexError, KeyError):
                continue
            if self._ask.same(answer, expected, self._tolerance):
                return False
            fitting += 1
            right, must_raise = self._right(arguments)
            telling += bool(must_raise) or bool(self._ask.same(answer, right, self._tolerance))
        return fitting >= _ENOUGH_FOR_A_BELIEF and telling >= 2


def exception_name(error: StudentError) -> str:
    """``ValueError`` of "ValueError: the window does not fit"."""
    return error.problem.what.partition(":")[0].strip()


def _unchanged(before: Any, now: Any) -> bool:
    """Equal in type and value; NaN is what it was."""
    if isinstance(before, list):
        return isinstance(now, list) and len(now) == len(before) and all(map(_unchanged, before, now))
    if isinstance(before, dict):
        return (
            isinstance(now, dict) and [*now] == [*before] and all(_unchanged(before[key], now[key]) for key in before)
        )
    if isinstance(before, float) and before != before:
        return isinstance(now, float) and now != now
    return type(now) is type(before) and bool(now == before)


def _with_call(error: StudentError, call: str) -> StudentError:
    if error.kind in {"missing", "stub"}:
        return error
    return StudentError(error.verdict, error.kind, replace(error.problem, what=f"{call}: {error.problem.what}"))


def call_text(name: str, arguments: Mapping[str, Any] | Sequence[Any]) -> str:
    """``out_size(n=28, k=5)``, as a student would type it."""
    parts: Iterable[str]
    if isinstance(arguments, Mapping):
        parts = (f"{key}={told(value)}" for key, value in arguments.items())
    else:
        parts = map(told, arguments)
    return f"{name}({', '.join(parts)})"


def _outward(value: Any) -> Any:
    """As it travels to the worker."""
    if isinstance(value, np.ndarray):
        return RawTensor(value.dtype.name, tuple(value.shape), np.ascontiguousarray(value).tobytes())
    if type(value).__module__.startswith("torch"):
        from dlgrade import graph

        return graph.raw(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [_outward(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _outward(item) for key, item in value.items()}
    return value


def inward(value: Any) -> Any:
    """As it came from the worker, with arrays of NumPy."""
    if isinstance(value, RawTensor):
        if value.dtype == "bfloat16":
            wide = np.frombuffer(value.data, "<u2").astype("<u4") << 16
            return wide.view("<f4").reshape(value.shape)
        return np.frombuffer(value.data, np.dtype(value.dtype).newbyteorder("<")).reshape(value.shape)
    if isinstance(value, list):
        return [inward(item) for item in value]
    if isinstance(value, dict):
        return {key: inward(item) for key, item in value.items()}
    return value
