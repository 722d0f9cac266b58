"""Whether an answer is the wanted one, and if not, in which words.

Types are compared first: True is not 1, 3.0 is not 3, a list is not an array. A whole number is taken where a
decimal one is wanted. Decimal numbers agree within a tolerance that follows from their precision.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# Relative to the larger of 1 and the wanted number: a few hundred roundings of that type.
_TOLERANCE = {
    "float16": 1e-2,
    "bfloat16": 5e-2,
    "float32": 1e-5,
    "float64": 1e-9,
    "complex64": 1e-5,
    "complex128": 1e-9,
}
_PLAIN = 1e-9
_LONGEST = 160


def difference(answer: Any, wanted: Any, tolerance: float | None = None, *, numbers_of_arrays: bool = False) -> str:
    """How the answer differs from what is wanted, in a few words; empty where it does not.

    Args:
        answer: plain data and NumPy arrays, as they came over the wire.
        wanted: what an oracle says: plain data, arrays of NumPy or torch.
        tolerance: relative to the larger of 1 and the wanted number; None: by the type of the number.
        numbers_of_arrays: whether an array without axes counts as the number that it holds.
    """
    if isinstance(wanted, np.generic) and wanted.dtype.kind in "biuf":  # a number of the oracle's, as exact as its type
        if tolerance is None:
            tolerance = _TOLERANCE.get(wanted.dtype.name)
        wanted = wanted.item()
    if isinstance(answer, np.ndarray) and answer.ndim == 0 and numbers_of_arrays and not _is_array(wanted):
        answer = answer.item()
    if wanted is None or isinstance(wanted, bool | str):
        return "" if type(answer) is type(wanted) and answer == wanted else f"it is {told(answer)}"
    if isinstance(wanted, int | float):
        return _number(answer, wanted, tolerance)
    if _is_array(wanted):
        return _array(answer, _as_numpy(wanted), tolerance)
    if isinstance(wanted, list | tuple):
        return _list(answer, wanted, tolerance, numbers_of_arrays)
    if isinstance(wanted, dict):
        return _dict(answer, wanted, tolerance, numbers_of_arrays)
    raise TypeError(f"an oracle cannot want a {type(wanted).__name__}")


def _number(answer: Any, wanted: int | float, tolerance: float | None) -> str:
    if isinstance(answer, np.ndarray) and answer.ndim == 0:
        return f"it is a number of type {answer.dtype.name}; return a Python number: use int(), float() or .item()"
    if type(answer) is bool or not isinstance(answer, int | float):
        return f"it is {told(answer)}"
    if isinstance(wanted, int):
        if isinstance(answer, float):
            return f"it is the decimal number {answer!r}, not a whole one" if answer == wanted else f"it is {answer!r}"
        return "" if answer == wanted else f"it is {answer!r}"
    if _close(float(answer), wanted, _PLAIN if tolerance is None else tolerance):
        return ""
    return f"it is {answer!r}" + (f", wanted {wanted!r}" if told(answer) == told(wanted) else "")


def _close(answer: float, wanted: float, tolerance: float) -> bool:
    if math.isnan(wanted) or math.isinf(wanted):
        return answer == wanted or (math.isnan(wanted) and math.isnan(answer))
    return abs(answer - wanted) <= tolerance * max(1.0, abs(wanted))


def _array(answer: Any, wanted: np.ndarray, tolerance: float | None) -> str:
    if not isinstance(answer, np.ndarray):
        return f"it is {told(answer)}, not an array"
    if answer.shape != wanted.shape:
        return f"its shape is {answer.shape}, wanted {wanted.shape}"
    if answer.dtype.kind != wanted.dtype.kind and not (answer.dtype.kind in "iu" and wanted.dtype.kind in "iuf"):
        return f"its numbers are {answer.dtype.name}, wanted {wanted.dtype.name}"
    if wanted.dtype.kind in "biu":
        wrong = answer != wanted
    else:
        allowed = tolerance
        if allowed is None:
            # The coarser of the two: whoever computes in float32 is as exact as float32 is.
            allowed = max(_TOLERANCE.get(wanted.dtype.name, 0), _TOLERANCE.get(answer.dtype.name, 0))
        with np.errstate(invalid="ignore", over="ignore"):
            off = np.abs(answer.astype(wanted.dtype) - wanted) > allowed * np.maximum(1.0, np.abs(wanted))
        special = ~np.isfinite(wanted)
        same_special = (answer == wanted) | (np.isnan(answer) & np.isnan(wanted))
        wrong = np.where(special, ~same_special, off | ~np.isfinite(answer))
    if not wrong.any():
        return ""
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = f"at {list(place)} " if place else ""
    one, other = answer[place].item(), wanted[place].item()
    # Six digits tell a reader enough, unless they are the same six.
    shown, asked = next((pair for pair in ((f"{one:.{n}g}", f"{other:.{n}g}") for n in (6, 9, 17)) if len({*pair}) > 1),
                        (repr(one), repr(other)))  # fmt: skip
    return f"{where}it is {shown}, wanted {asked}"


def _list(answer: Any, wanted: list[Any] | tuple[Any, ...], tolerance: float | None, loose: bool) -> str:
    if not isinstance(answer, list):
        return f"it is {told(answer)}, not a list or tuple"
    if len(answer) != len(wanted):
        return f"it has {len(answer)} items, wanted {len(wanted)}"
    for number, (one, other) in enumerate(zip(answer, wanted, strict=True)):
        if found := difference(one, other, tolerance, numbers_of_arrays=loose):
            return f"item {number}: {_with_wanted(found, other)}"
    return ""


def _dict(answer: Any, wanted: dict[Any, Any], tolerance: float | None, loose: bool) -> str:
    if not isinstance(answer, dict):
        return f"it is {told(answer)}, not a dict"
    keys = {str(key) for key in wanted}
    if missing := sorted(keys - answer.keys()):
        return f"it has no {missing[0]!r}"
    if more := sorted(answer.keys() - keys):
        return f"it also has {more[0]!r}"
    for key, other in wanted.items():
        if found := difference(answer[str(key)], other, tolerance, numbers_of_arrays=loose):
            return f"{key!r}: {_with_wanted(found, other)}"
    return ""


def _with_wanted(found: str, wanted: Any) -> str:
    """Deep inside, what was wanted has to be said; further inside it already is."""
    return found if "wanted" in found else f"{found}, wanted {told(wanted)}"


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic) or type(value).__module__.startswith("torch")


def _as_numpy(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    plain = value.detach().cpu()
    return np.asarray(plain.float() if str(plain.dtype) == "torch.bfloat16" else plain)


def told(value: Any) -> str:
    """A value in words short enough for a line: ``[[1, 2], [3, 4]]``, ``an array of shape (64, 3)``."""
    if _is_array(value):
        array = _as_numpy(value)
        if array.size > 24:
            return f"an array of shape {array.shape}"
        text = repr(_rounded(array.tolist()))
        return text if array.ndim else f"{text} ({array.dtype.name})"
    if isinstance(value, str):
        text = repr(value)
    elif isinstance(value, list | tuple):
        inner = ", ".join(map(told, value[:12])) + (", ..." if len(value) > 12 else "")
        text = f"[{inner}]"
    elif isinstance(value, dict):
        inner = ", ".join(f"{key!r}: {told(item)}" for key, item in list(value.items())[:12])
        text = "{" + inner + (", ..." if len(value) > 12 else "") + "}"
    else:
        text = repr(_rounded(value))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + " ..."


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    # Six digits tell a reader enough; a whole number keeps all of its own.
    return float(f"{value:.6g}") if isinstance(value, float) and math.isfinite(value) else value
