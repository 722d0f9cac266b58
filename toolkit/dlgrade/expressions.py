"""Expressions that an author writes into a bank or on a card: data that is computed, never a program that is run.

Promises: `evaluate` knows numbers, text, lists, arithmetic, comparisons, ``and or not``, ``a if b else c``, the
functions in `FUNCTIONS` and ``pi``, and refuses everything else before anything is computed; it ends quickly
and in little memory whatever is asked (huge powers, long texts and lists are refused); what it returns is a
finite number, a truth value, a text or a list of these. Every complaint is an `ExpressionError` of one line.

Does not promise exact decimals: ``0.1 + 0.2 == 0.3`` is as false here as in Python.
"""

from __future__ import annotations

import ast
import difflib
import functools
import math
import operator
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import simpleeval

from dlgrade.errors import DlgradeError
from dlgrade.neutral import neutral

__all__ = ["CONSTANTS", "FUNCTIONS", "ExpressionError", "evaluate", "names_in"]

_LONGEST = 1_000  # characters of an expression
_HUGE = 10**100  # whole numbers beyond this are slips, and slow
_MOST = 10_000  # letters of a text, items of a list with all lists in it


class ExpressionError(DlgradeError):
    """An expression that cannot be computed, or that asks for more than an expression may."""


def evaluate(expression: str, names: Mapping[str, Any] | None = None) -> Any:
    """The value of `expression`, in which each of `names` stands for its value.

    Raises:
        ExpressionError: not an expression, an unknown name or function, too large, or without a value.
    """
    tree = _parsed(expression)
    known = {} if names is None else names
    evaluator = _evaluator()
    evaluator.names = {**CONSTANTS, **known}
    try:
        return _within(evaluator.eval(expression, previously_parsed=tree))  # type: ignore[no-untyped-call]
    except simpleeval.NameNotDefined as error:
        raise _unknown("name", error.name, {*known, *CONSTANTS}, expression) from None
    except ZeroDivisionError:
        raise ExpressionError(f"{_shown(expression)} divides by zero") from None
    except _TooLarge as error:
        raise ExpressionError(f"{_shown(expression)} {error}") from None
    except (OverflowError, simpleeval.InvalidExpression):
        raise ExpressionError(f"{_shown(expression)} is too large") from None
    except RecursionError:
        raise ExpressionError(f"{_shown(expression)} is nested too deeply") from None
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise ExpressionError(f"{_shown(expression)} has no value: {_reason(error)}") from None


def names_in(expression: str) -> frozenset[str]:
    """The names that `expression` needs, without those of functions and constants.

    Raises:
        ExpressionError: it is not an expression.
    """
    tree = _parsed(expression)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions}
    return frozenset(found - set(CONSTANTS))


class _TooLarge(Exception):  # noqa: N818 - never leaves this module
    """More than an expression may make; the message follows the expression's own text."""


def _within(value: Any) -> Any:
    """The value, if it is one that an expression may have."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _HUGE:
            raise _TooLarge("is too large")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _TooLarge("is too large, or not a number")
        return value
    if isinstance(value, complex):
        raise _TooLarge("is not a real number")
    if isinstance(value, str):
        if len(value) > _MOST:
            raise _TooLarge("makes too long a text")
        return value
    if isinstance(value, list | tuple):
        left = _MOST
        todo = [value]
        while todo:
            inner = todo.pop()
            left -= len(inner)
            if left < 0:
                raise _TooLarge("makes too long a list")
            todo.extend(item for item in inner if isinstance(item, list | tuple))
        return value
    raise TypeError(f"{type(value).__name__} is not a number, a text or a list")


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*arguments: Any) -> Any:
        return _within(function(*arguments))

    return wrapped


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _times(left: Any, right: Any) -> Any:
    for one, other in ((left, right), (right, left)):
        if not _number(one) and _number(other) and len(one) * other > _MOST:
            raise _TooLarge("makes too long a text or list")
    return left * right


def _power(base: Any, exponent: Any) -> Any:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and abs(base) > 1 and exponent * math.log2(abs(base)) > math.log2(_HUGE) + 1:
        raise _TooLarge("is too large")
    return base**exponent


def _modulo(left: Any, right: Any) -> Any:
    if not (_number(left) and _number(right)):
        raise TypeError("% is for numbers only")  # on texts it would format, with any width
    return left % right


def _comb(items: Any, chosen: Any) -> int:
    if isinstance(items, int) and items > _MOST:
        raise _TooLarge("is too large")
    return math.comb(items, chosen)


def _prod(numbers: Iterable[Any]) -> Any:
    return functools.reduce(lambda left, right: _within(_times(left, right)), numbers, 1)


def _round(value: Any, digits: Any = None) -> Any:
    if digits is not None and abs(digits) > 400:
        raise _TooLarge("rounds to too many digits")
    return round(value, digits)


CONSTANTS: Mapping[str, float] = {"pi": math.pi}
"""Names that every expression knows."""

_PLAIN: Mapping[str, Callable[..., Any]] = {
    "abs": abs, "min": min, "max": max, "round": _round, "sum": sum, "len": len,
    "ceil": math.ceil, "floor": math.floor, "sqrt": math.sqrt, "exp": math.exp,
    "log": math.log, "log2": math.log2, "log10": math.log10,
    "sin": math.sin, "cos": math.cos, "tanh": math.tanh, "comb": _comb, "prod": _prod,
}  # fmt: skip

FUNCTIONS: Mapping[str, Callable[..., Any]] = {name: _checked(function) for name, function in _PLAIN.items()}
"""Functions that every expression knows."""

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _checked(operator.add),
    ast.Sub: _checked(operator.sub),
    ast.Mult: _checked(_times),
    ast.Div: _checked(operator.truediv),
    ast.FloorDiv: _checked(operator.floordiv),
    ast.Mod: _checked(_modulo),
    ast.Pow: _checked(_power),
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}
_NODES: tuple[type[ast.AST], ...] = (
    *_OPERATORS, ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.And, ast.Or, ast.Compare, ast.IfExp,
    ast.Call, ast.Constant, ast.List, ast.Name, ast.Load,
)  # fmt: skip
_CALLED = {
    ast.Attribute: "attributes (x.y)",
    ast.Subscript: "indexing (x[i])",
    ast.ListComp: "comprehensions",
    ast.SetComp: "comprehensions",
    ast.DictComp: "comprehensions",
    ast.GeneratorExp: "comprehensions",
    ast.NamedExpr: "assignments",
    ast.Lambda: "functions of your own",
    ast.JoinedStr: "f-strings",
    ast.Starred: "stars",
    ast.keyword: "named arguments",
    ast.Tuple: "tuples",
    ast.Dict: "mappings",
    ast.Set: "sets",
}
_KNOWN = "Expressions know numbers, text, lists, arithmetic, comparisons and a few functions."


@functools.lru_cache(maxsize=4096)
def _parsed(expression: str) -> ast.expr:
    """The syntax tree, of which every node is one that expressions know."""
    if len(expression) > _LONGEST:
        raise ExpressionError(f"an expression of {len(expression):,} letters is too long")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "3 is 3" and the like: refused below in our own words
            tree = ast.parse(expression.strip(), mode="eval")
        for node in ast.walk(tree):
            _allowed(node, expression)
    except SyntaxError as error:
        assigned = _statement(expression)
        mend = _KNOWN if assigned else ""
        what = "is a statement, not an expression" if assigned else f"is not an expression: {error.msg}"
        raise ExpressionError(f"{_shown(expression)} {what}", mend) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"{_shown(expression)} cannot be read as an expression") from None
    return tree.body


def _statement(expression: str) -> bool:
    try:
        return bool(ast.parse(expression.strip()).body)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False


def _allowed(node: ast.AST, expression: str) -> None:
    if not isinstance(node, _NODES):
        called = _CALLED.get(type(node), f"{type(node).__name__.lower()}s")
        raise ExpressionError(f"{_shown(expression)}: {called} cannot be used in an expression", _KNOWN)
    if isinstance(node, ast.Constant) and not isinstance(node.value, bool | int | float | str):
        raise ExpressionError(f"{_shown(expression)}: {node.value!r} is not a number or a text", _KNOWN)
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name):
            if isinstance(node.func, ast.Attribute):
                _allowed(node.func, expression)
            raise ExpressionError(f"{_shown(expression)}: only functions can be called", _KNOWN)
        if node.func.id not in FUNCTIONS:
            raise _unknown("function", node.func.id, set(FUNCTIONS), expression)


class _Evaluator(simpleeval.SimpleEval):
    """simpleeval with our operators and functions, and lists."""

    def __init__(self) -> None:
        super().__init__(operators=_OPERATORS, functions=dict(FUNCTIONS), names={})  # type: ignore[no-untyped-call]
        self.nodes[ast.List] = self._list

    def _list(self, node: ast.List) -> Any:
        return _within([self._eval(item) for item in node.elts])  # type: ignore[no-untyped-call]


_local = threading.local()  # an evaluator holds the names of the evaluation under way


def _evaluator() -> _Evaluator:
    if not hasattr(_local, "evaluator"):
        _local.evaluator = _Evaluator()
    evaluator: _Evaluator = _local.evaluator
    return evaluator


def _unknown(kind: str, name: str, known: set[str], expression: str) -> ExpressionError:
    near = difflib.get_close_matches(name, known, n=1)
    mend = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(sorted(known))}."
    return ExpressionError(f"{_shown(expression)}: there is no {kind} '{name}'", mend)


def _shown(expression: str) -> str:
    return f"'{neutral(' '.join(expression.split()), 80)}'"


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
