"""Why a forward pass fails: the layer, the line, the size that arrived, the size it wanted, and who made it.

A first pass in the worker, with every call of torch recorded. When the shapes do not fit, torch names two
matrices; a learner needs the two layers.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from dlgrade.worker._problems import Problem, students_line

_NAMES = {"linear": "Linear", "conv1d": "Conv1d", "conv2d": "Conv2d", "conv3d": "Conv3d", "batch_norm": "BatchNorm",
          "max_pool2d": "MaxPool2d", "boolean_dispatch": "MaxPool2d", "avg_pool2d": "AvgPool2d", "relu": "ReLU",
          "adaptive_avg_pool2d": "AdaptiveAvgPool2d", "_max_pool2d": "MaxPool2d"}  # fmt: skip


class OnCpu(TorchFunctionMode):
    """Sends every request for another device to the CPU."""

    def __torch_function__(self, func: Any, classes: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Replace devices among the arguments, then call."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name == "cuda":
            return args[0]
        if name == "to" or "device" in kwargs:
            args = tuple(_cpu(item) for item in args)
            kwargs = {key: _cpu(item) for key, item in kwargs.items()}
        return func(*args, **kwargs)


def keep_modules_here() -> None:
    """Make ``module.cuda()`` and ``module.to("cuda")`` do nothing; torch's own would swap parameters while tracing."""
    move = nn.Module.to

    def to(self: nn.Module, *args: Any, **kwargs: Any) -> nn.Module:
        kept = [item for item in args if not isinstance(item, str | torch.device | int)]
        named = {key: item for key, item in kwargs.items() if key not in {"device", "non_blocking"}}
        return move(self, *kept, **named) if kept or named else self

    def cuda(self: nn.Module, device: Any = None) -> nn.Module:
        return self

    for name, stays in (("to", to), ("cuda", cuda)):
        setattr(nn.Module, name, stays)


def _cpu(item: Any) -> Any:
    if isinstance(item, str | torch.device) and str(item).split(":")[0] in {"cuda", "mps", "xpu"}:
        return torch.device("cpu")
    return item


@dataclass
class _Call:
    name: str
    line: tuple[str, int] | None
    shapes: list[tuple[int, ...]]
    makers: list[int | None]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    output: tuple[int, ...] | None = None


class _Recorder(TorchFunctionMode):
    def __init__(self, files: Collection[str]) -> None:
        super().__init__()
        self.files = files
        self.calls: list[_Call] = []
        self._maker: dict[int, int] = {}
        self._alive: list[torch.Tensor] = []

    def __torch_function__(self, func: Any, classes: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensors = [a for a in args if isinstance(a, torch.Tensor)]
        name = getattr(func, "__name__", str(func))
        if not tensors or name in {"__get__", "dim", "size", "__set__", "stride", "numel"}:
            return func(*args, **kwargs)
        call = _Call(
            name,
            self._line(),
            [tuple(t.shape) for t in tensors],
            [self._maker.get(id(t)) for t in tensors],
            args,
            kwargs,
        )
        self.calls.append(call)
        index = len(self.calls) - 1
        result = func(*args, **kwargs)
        if isinstance(result, torch.Tensor):
            call.output = tuple(result.shape)
            self._maker[id(result)] = index
            self._alive.append(result)  # an id may be given again once its tensor is gone
        return result

    def _line(self) -> tuple[str, int] | None:
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename in self.files:
                return (frame.f_code.co_filename, frame.f_lineno)
            frame = frame.f_back
        return None


def dry_run(network: nn.Module, input_shape: tuple[int, ...], files: Collection[str]) -> None:
    """Run one batch through in evaluation mode and check what comes back.

    Raises:
        Problem: shapes that do not fit, or a return value that is not one tensor of real numbers.
    """
    network.eval()
    for batch in (2, 3):
        recorder = _Recorder(files)
        try:
            with torch.no_grad(), recorder:
                result = network(torch.randn(batch, *input_shape))
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            if students_line(error, files) is None and not recorder.calls:
                raise Problem(
                    "crashed",
                    f"it has no forward pass ({type(error).__name__})",
                    mend="Define forward(self, x).",
                ) from error
            raise _mismatch(error, recorder, files, batch) from error
        _check_result(result, network, files, recorder)
        if result.dim() == 0 or result.shape[0] != batch:
            shape = "x".join(map(str, result.shape)) or "a single number"
            raise Problem(
                "crashed",
                f"forward returns {shape} for a batch of {batch}: the batch axis is lost",
                recorder.calls[-1].line if recorder.calls else None,
                "Keep the first axis: flatten with torch.flatten(x, 1), reshape with x.view(x.size(0), -1).",
            )


def _check_result(result: Any, network: nn.Module, files: Collection[str], recorder: _Recorder) -> None:
    code = getattr(type(network).forward, "__code__", None)
    line = recorder.calls[-1].line if recorder.calls else None
    if line is None and code is not None and code.co_filename in files:
        line = (code.co_filename, code.co_firstlineno)
    if isinstance(result, tuple | list):
        raise Problem(
            "crashed",
            f"forward returns a {type(result).__name__} of {len(result)}, not one tensor",
            line,
            "Return the logits alone.",
        )
    if not isinstance(result, torch.Tensor):
        raise Problem(
            "crashed",
            f"forward returns {type(result).__name__}, not a tensor",
            line,
            "End forward with return and the logits.",
        )
    if not result.is_floating_point():
        raise Problem(
            "crashed",
            f"forward returns whole numbers ({result.dtype}), not logits",
            line,
            "Return one real number per class; leave argmax to whoever reads them.",
        )


def _mismatch(error: Exception, recorder: _Recorder, files: Collection[str], batch: int) -> Exception:
    failed = next((call for call in reversed(recorder.calls) if call.output is None), None)
    if failed is None or isinstance(error, TypeError):
        return error
    explain = _EXPLAIN.get(failed.name.lstrip("_"), _any)
    what, mend = explain(failed, recorder.calls, error)
    if batch == 3:
        what = f"it works for a batch of 2 and not for 3: {what}"
        mend = "Take the batch size from the input: x.size(0)."
    return Problem("crashed", what, failed.line, mend)


def _item(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape[1:])) or "one number"


def _place(call: _Call) -> str:
    return f"{call.line[0]}:{call.line[1]}" if call.line else "an earlier line"


def _story(call: _Call, calls: list[_Call], position: int = 0) -> str:
    """Where the arriving tensor came from: the chain back to the last layer that chose its size."""
    parts: list[str] = []
    maker = call.makers[position] if position < len(call.makers) else None
    while maker is not None and len(parts) < 3:
        made = calls[maker]
        if made.output is not None and made.output[1:] != made.shapes[0][1:]:
            name = _NAMES.get(made.name, made.name)
            parts.append(f"{_place(made)} {name} made {_item(made.output)} of {_item(made.shapes[0])}")
            if made.name not in {"flatten", "view", "reshape", "squeeze"}:
                break
        maker = made.makers[0]
    return "; ".join(parts)


def _with_story(sentence: str, call: _Call, calls: list[_Call], position: int = 0) -> str:
    story = _story(call, calls, position)
    return f"{sentence}; {story}" if story else sentence


def _linear(call: _Call, calls: list[_Call], error: Exception) -> tuple[str, str]:
    arrived, weight = call.shapes[0], call.shapes[1]
    got = arrived[-1] if arrived else 0
    what = _with_story(f"Linear wants {weight[1]:,} features, {got:,} arrived", call, calls)
    if got * (arrived[0] if arrived else 1) == weight[1]:
        return what, "The batch was flattened too; use torch.flatten(x, 1)."
    if len(arrived) == 4 and arrived[1] * arrived[2] * arrived[3] == weight[1]:
        return what, "Flatten the map first: torch.flatten(x, 1)."
    if len(arrived) == 4:
        return (
            what,
            f"Flatten the map first (torch.flatten(x, 1) gives {arrived[1] * arrived[2] * arrived[3]:,}), "
            "and size the layer for it.",
        )
    return what, f"Write nn.Linear({got}, {weight[0]}), or change the layers before it."


def _convolution(call: _Call, calls: list[_Call], error: Exception) -> tuple[str, str]:
    arrived, weight = call.shapes[0], call.shapes[1]
    name = _NAMES.get(call.name, call.name)
    if len(arrived) != len(weight):
        return _with_story(f"{name} wants a map (N, C, H, W), {_item(arrived)} arrived", call, calls), ""
    groups = call.kwargs.get("groups", call.args[6] if len(call.args) > 6 else 1)
    wanted = weight[1] * (groups if isinstance(groups, int) else 1)
    if arrived[1] != wanted:
        what = _with_story(f"{name} wants {wanted} channels, {arrived[1]} arrived", call, calls)
        return (
            what,
            f"Write nn.{name}({arrived[1]}, {weight[0]}, ...), or make the layer before it put out {wanted}.",
        )
    kernel = "x".join(map(str, weight[2:]))
    what = _with_story(
        f"{name} has a {kernel} kernel, and a {_item(arrived)} map arrived: too small for it", call, calls
    )
    return what, "Pool less, add padding, or leave this layer out."


def _norm(call: _Call, calls: list[_Call], error: Exception) -> tuple[str, str]:
    arrived = call.shapes[0]
    wanted = next((shape[0] for shape in call.shapes[1:] if len(shape) == 1), 0)
    what = _with_story(
        f"BatchNorm wants {wanted} channels, {arrived[1] if len(arrived) > 1 else 0} arrived", call, calls
    )
    return (
        what,
        f"Give it the number of channels that the layer before it puts out: {arrived[1] if len(arrived) > 1 else 0}.",
    )


def _reshape(call: _Call, calls: list[_Call], error: Exception) -> tuple[str, str]:
    sizes = [a for a in call.args[1:] if not isinstance(a, torch.Tensor)]
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        sizes = list(sizes[0])
    what = _with_story(
        f"{call.name} asks for {tuple(sizes)}, and {_item(call.shapes[0])} per image arrived", call, calls
    )
    return what, "Keep the batch axis: x.view(x.size(0), -1)."


def _pool(call: _Call, calls: list[_Call], error: Exception) -> tuple[str, str]:
    name = _NAMES.get(call.name, call.name)
    return _with_story(
        f"{name} gets a {_item(call.shapes[0])} map, too small for its window", call, calls
    ), "Pool less, or later."


def _any(call: _Call, calls: list[_Call], error: Exception) -> tuple[str, str]:
    first = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    if len(call.shapes) > 1:
        sides = " and ".join(_item(shape) for shape in call.shapes[:2])
        return _with_story(f"{call.name} of {sides} does not fit ({first})", call, calls), ""
    return _with_story(
        f"{_NAMES.get(call.name, call.name)} of {_item(call.shapes[0])} fails ({first})", call, calls
    ), ""


_EXPLAIN: dict[str, Callable[[_Call, list[_Call], Exception], tuple[str, str]]] = {
    "linear": _linear, "conv1d": _convolution, "conv2d": _convolution, "conv3d": _convolution, "batch_norm": _norm,
    "view": _reshape, "reshape": _reshape, "max_pool2d": _pool, "avg_pool2d": _pool, "boolean_dispatch": _pool,
}  # fmt: skip
