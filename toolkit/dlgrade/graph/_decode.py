"""Grader's side: check a received message and build the graph.

Everything received is checked for type and range before any operator sees it, and both programs are traced
without numbers before there is a graph: whoever holds a `Graph` may run it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection
from typing import Any

import torch

from dlgrade.graph._cost import MAX_NUMBERS, Trace, trace
from dlgrade.graph._graph import Graph
from dlgrade.graph._nouns import BadGraph, Device, Ref, Step, Tensor
from dlgrade.graph._operators import packet_of, resolve
from dlgrade.graph._program import Program
from dlgrade.graph._schema import check_arguments, takes_device
from dlgrade.wire import RawTensor

MAX_NODES = 20_000
TRIED_BATCHES = (2, 128)
"""Batch sizes that every received program is traced for; others are traced when they are first met."""

_MAX_TEXT = 300
_MAX_DEPTH = 3
_MAX_RANK = 4
_MAX_NAMES = 64
_MAX_INPUT = 1 << 22
_LARGEST = 1 << 48
_DTYPES = {str(d).removeprefix("torch."): d for d in (
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
    torch.float32, torch.float64, torch.complex64, torch.complex128,
)}  # fmt: skip
# A view of a map that fits the student's memory layout may not fit another, such as channels_last; where it fits,
# a reshape is that view.
_IN_ANY_LAYOUT: dict[Any, Any] = {
    torch.ops.aten.view.default: torch.ops.aten.reshape.default,
    torch.ops.aten.view_as.default: torch.ops.aten.reshape_as.default,
}
_FORMATS = {"contiguous_format": torch.contiguous_format, "channels_last": torch.channels_last,
            "preserve_format": torch.preserve_format}  # fmt: skip


def decode(message: Any, files: Collection[str] = ()) -> Graph:
    """Check a message from `encode` and build the graph.

    Args:
        files: names of the submission's files; other names in the nodes' lines are dropped.

    Raises:
        BadGraph: anything that is not exactly as `encode` writes it, an operator that is not allowed, or a pass
            that would take more memory or time than the grader gives.
    """
    body = _mapping(message, {"input_shape", "tensors", "train", "eval"}, "the network")
    shape = _input_shape(body["input_shape"])
    if not isinstance(body["tensors"], list):
        raise BadGraph("the tensors are not a list")
    tensors = tuple(_tensor(entry) for entry in body["tensors"])
    _distinct_names(tensors)
    (train, train_trace), (evaluation, eval_trace) = (
        _admitted(_decode_program(body[mode], len(tensors), files), tensors, shape) for mode in ("train", "eval")
    )
    return Graph(shape, tensors, train, evaluation, train_trace, eval_trace, message, tuple(files))


def _admitted(program: Program, tensors: tuple[Tensor, ...], shape: tuple[int, ...]) -> tuple[Program, Trace]:
    """Trace a program for the usual batch sizes, once before anything runs."""
    traces = []
    for batch in TRIED_BATCHES:
        found = trace(program, [tensor.value for tensor in tensors], (batch, *shape))
        found.check(batch, gradients=True)
        _check_effects(found, tensors)
        traces.append(found)
    return dataclasses.replace(program, writes_input=any(found.writes_input for found in traces)), traces[0]


def _check_effects(found: Trace, tensors: tuple[Tensor, ...]) -> None:
    for index in sorted(found.written):
        if tensors[index].kind == "parameter":
            raise BadGraph(
                f"forward writes into the parameter {tensors[index].names[0]}; only the optimiser may change it",
                found.written[index],
            )
    output = found.output
    if not isinstance(output, torch.Tensor):
        raise BadGraph("forward does not return a tensor")
    if not output.numel():
        raise BadGraph("forward returns no numbers")
    if not output.is_floating_point():
        raise BadGraph(f"forward returns {output.dtype} numbers, not real ones".replace("torch.", ""))


def _input_shape(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > _MAX_RANK:
        raise BadGraph("the input shape is not a short list")
    if not all(type(side) is int and 0 < side < 1 << 16 for side in value) or math.prod(value) > _MAX_INPUT:
        raise BadGraph("the input shape is not a list of sizes")
    return tuple(value)


def _mapping(value: Any, keys: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != keys:
        raise BadGraph(f"{what} is not described as agreed")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise BadGraph(f"{what} is not a short text")
    return value


# -- tensors -------------------------------------------------------------------------------------------------


def _tensor(entry: Any) -> Tensor:
    body = _mapping(entry, {"kind", "names", "tensor", "trained"}, "a tensor")
    kind, names, data = _text(body["kind"], "a tensor's kind"), body["names"], body["tensor"]
    if kind not in {"parameter", "buffer", "constant"} or not isinstance(data, RawTensor):
        raise BadGraph("a tensor is not described as agreed")
    if not isinstance(names, list) or not 0 < len(names) <= _MAX_NAMES:
        raise BadGraph("a tensor has no name, or too many")
    if type(body["trained"]) is not bool:
        raise BadGraph("a tensor does not say whether it is trained")
    if math.prod(data.shape) > MAX_NUMBERS:
        raise BadGraph("a tensor is too large")
    value = tensor_of(data)
    if kind == "parameter" and not value.is_floating_point():
        raise BadGraph("a parameter does not hold real numbers")
    return Tensor(kind, tuple(_text(name, "a tensor's name") for name in names), value, body["trained"])


def _distinct_names(tensors: tuple[Tensor, ...]) -> None:
    # The optimiser finds parameters by name: a name that means two of them would mean either.
    names = [name for tensor in tensors for name in tensor.names]
    if len(set(names)) != len(names):
        raise BadGraph("two tensors go by one name")


def tensor_of(data: RawTensor) -> torch.Tensor:
    """A torch tensor that owns a copy of the bytes."""
    dtype = _DTYPES[data.dtype]
    if math.prod(data.shape) == 0:
        return torch.empty(data.shape, dtype=dtype)
    if dtype is torch.bool:  # a byte that is neither 0 nor 1 is true to some operators only
        return torch.frombuffer(bytearray(data.data), dtype=torch.uint8).reshape(data.shape) != 0
    return torch.frombuffer(bytearray(data.data), dtype=dtype).reshape(data.shape)


# -- programs ------------------------------------------------------------------------------------------------


def _decode_program(value: Any, tensors: int, files: Collection[str]) -> Program:
    body = _mapping(value, {"nodes", "output"}, "a program")
    nodes, output = body["nodes"], body["output"]
    if not isinstance(nodes, list):
        raise BadGraph("the steps are not a list")
    if len(nodes) > MAX_NODES:
        raise BadGraph(f"the graph has {len(nodes):,} steps; {MAX_NODES:,} are carried")
    steps = [_step(node, index, tensors, files) for index, node in enumerate(nodes)]
    if not isinstance(output, list) or len(output) != 1:
        count = len(output) if isinstance(output, list) else 0
        raise BadGraph(f"forward returns {count} things; return the logits alone")
    result = _argument(output[0], len(nodes), tensors)
    if not isinstance(result, Ref):
        raise BadGraph("forward does not return a tensor")
    return Program(_with_lifetimes(steps, result), result)


def _with_lifetimes(steps: list[Step], output: Ref) -> tuple[Step, ...]:
    last = {ref.index: index for index, step in enumerate(steps) for ref in step.reads if ref.kind == "n"}
    ends: dict[int, list[int]] = {}
    for made in range(len(steps)):
        if output != Ref("n", made):
            ends.setdefault(last.get(made, made), []).append(made)
    return tuple(dataclasses.replace(step, done_with=tuple(ends.get(index, ()))) for index, step in enumerate(steps))


def _step(node: Any, index: int, tensors: int, files: Collection[str]) -> Step:
    body = _mapping(node, {"op", "args", "kwargs", "at", "module"}, "a step")
    name = _text(body["op"], "an operator's name")
    call = resolve(name)
    if call is None:
        raise BadGraph(f"the operator {name[:60]} is not among those that are carried")
    if not isinstance(body["args"], list) or not isinstance(body["kwargs"], dict):
        raise BadGraph("the arguments of a step are not described as agreed")
    args = tuple(_argument(item, index, tensors) for item in body["args"])
    kwargs = {_text(key, "an argument's name"): _argument(item, index, tensors) for key, item in body["kwargs"].items()}
    packet = packet_of(name)
    if isinstance(call, torch._ops.OpOverload):
        check_arguments(name, call, args, kwargs)
        call = _IN_ANY_LAYOUT.get(call, call)
        if takes_device(call) and kwargs.get("device") is None:
            kwargs["device"] = Device()
    else:
        call = _numbers_only(call, name)
    reads = tuple(_refs((*args, *kwargs.values())))
    module = _text(body["module"], "a module's name")
    return Step(name, packet, call, args, kwargs, _at(body["at"], files), module, reads)


def _at(value: Any, files: Collection[str]) -> tuple[str, int] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    name, line = value
    known = isinstance(name, str) and name in files and type(line) is int and 0 < line < 1_000_000
    return (name, line) if known else None


def _argument(item: Any, index: int, tensors: int, depth: int = _MAX_DEPTH) -> Any:
    if item is None or type(item) in (bool, float):
        return item
    if type(item) is int:
        if abs(item) >= 1 << 63:
            raise BadGraph("a whole number is too large")
        return item
    if type(item) is str:
        return _text(item, "an argument")
    if isinstance(item, list):
        if depth == 0:
            raise BadGraph("the arguments of a step are nested too deeply")
        return [_argument(part, index, tensors, depth - 1) for part in item]
    if not isinstance(item, dict) or len(item) != 1:
        raise BadGraph("an argument is not described as agreed")
    ((kind, value),) = item.items()
    return _special(kind, value, {"n": index, "t": tensors, "x": 1})


def _special(kind: Any, value: Any, counts: dict[str, int]) -> Any:
    if kind == "dtype" and isinstance(value, str) and value in _DTYPES:
        return _DTYPES[value]
    if kind == "memory_format" and isinstance(value, str) and value in _FORMATS:
        return _FORMATS[value]
    if kind == "layout" and value is True:
        return torch.strided
    if kind == "device" and value is True:
        return Device()
    if type(value) is not int or not 0 <= value < counts.get(kind, 0):
        raise BadGraph("a step reads something that does not stand before it")
    return Ref(kind, value)


def _refs(items: Any) -> list[Ref]:
    found: list[Ref] = []
    for item in items:
        if isinstance(item, Ref):
            found.append(item)
        elif isinstance(item, list):
            found += _refs(item)
    return found


def _numbers_only(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Python operators compute sizes: with anything but small numbers they could do anything at all."""

    def guarded(*args: Any) -> Any:
        if name == "python.getitem":
            if len(args) != 2 or type(args[0]) not in (tuple, list) or type(args[1]) is not int:
                raise BadGraph("getitem takes a list and a whole number")
        elif not all(type(arg) in (int, float, bool) and abs(arg) < _LARGEST for arg in args):
            raise BadGraph(f"{name} is carried for sizes only")
        return call(*args)

    return guarded
