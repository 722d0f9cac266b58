"""Arguments and answers of functions, between what travels and what students work with.

Imports neither torch nor NumPy unless an array arrives; an answer that is one shows that its library is loaded.
"""

from __future__ import annotations

import sys
from typing import Any

from dlgrade.wire import ITEM_BYTES, RawTensor
from dlgrade.worker._problems import Problem


def inward(value: Any, arrays: str) -> Any:
    """What arrived, as the student's function takes it: tensors as ``torch`` or ``numpy`` arrays."""
    if isinstance(value, RawTensor):
        if arrays == "numpy":
            import numpy

            return numpy.frombuffer(bytearray(value.data), value.dtype).reshape(value.shape)
        from dlgrade import graph

        return graph.tensor_of(value)
    if isinstance(value, list):
        return [inward(item, arrays) for item in value]
    if isinstance(value, dict):
        return {key: inward(item, arrays) for key, item in value.items()}
    return value


def outward(value: Any, depth: int = 32) -> Any:
    """What a function returned as plain data; a number of NumPy is an array without axes.

    Raises:
        Problem: it holds something that is not data.
    """
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if depth < 0:
        raise Problem("crashed", "it returns something nested too deeply to be compared")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if torch is not None and isinstance(value, torch.Tensor):
        from dlgrade import graph

        return graph.raw(value)
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        return _raw(numpy.asarray(value))
    if isinstance(value, list | tuple):
        return [outward(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {str(key): outward(item, depth - 1) for key, item in value.items()}
    raise Problem("crashed", f"it returns a {type(value).__name__}; return numbers, text, lists or arrays")


def _raw(array: Any) -> RawTensor:
    name = array.dtype.name
    if name not in ITEM_BYTES:
        raise Problem("crashed", f"it returns an array of {name}; return one of numbers")
    # Students on other machines may have swapped bytes; on the wire the small end comes first.
    plain = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return RawTensor(name, tuple(array.shape), plain.tobytes())
