"""What a run would cost, found without numbers: every operator is executed on the ``meta`` device first.

The meter sits below torch's composite operators, so it sees the 28 steps inside one LSTM, and the matrix
products inside an einsum. It counts multiply-accumulates, memory and writes; a graph that wants too much of
anything is refused before a real tensor is touched. It does not bound what the optimiser and the backward pass
add: about twice the forward pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from dlgrade.graph._guards import guard_of
from dlgrade.graph._nouns import BadGraph, Step
from dlgrade.graph._program import Program, called, resolved
from dlgrade.graph._schema import named_arguments

MAX_NUMBERS = 1 << 28
"""Numbers that one value may have, also where it is only a view that repeats them."""

MAX_BYTES = 8 << 30
"""Memory that one pass over a batch may take; with gradients everything put out counts, else what is alive."""

MAX_BYTES_PER_IMAGE = 256 << 20
"""The same for small batches. ResNet-50 at 224 pixels takes about 180 MB per image."""

MAX_WORK_PER_IMAGE = 20_000_000_000
"""Multiply-accumulates for one image, five times those of ResNet-50; a number that is read counts as `_TOUCH`."""

MAX_OPERATORS = 100_000
"""Elementary operators in one pass. A two-layer LSTM over the 784 pixels of a digit takes about 25,000."""

MAX_PIECES = 1 << 16
"""Pieces into which one operator may cut a tensor."""

_TOUCH = 8
_CUTS = frozenset({
    "unbind", "split", "chunk", "tensor_split", "unsafe_split", "unsafe_chunk", "hsplit", "vsplit", "split_with_sizes",
    "unsafe_split_with_sizes",
})  # fmt: skip
_WRITES_STATISTICS = frozenset({"native_batch_norm", "_native_batch_norm_legit", "cudnn_batch_norm"})
_WINDOWS = frozenset({"avg_pool2d", "avg_pool3d", "max_pool2d_with_indices", "max_pool3d_with_indices"})
_SEQUENCES = frozenset({"aten.lstm.input", "aten.gru.input", "aten.rnn_tanh.input", "aten.rnn_relu.input"})
_NEEDS_NO_COLUMNS = frozenset({torch.float32, torch.bfloat16, torch.float16})


@dataclass(frozen=True)
class Trace:
    """One pass without numbers.

    Attributes:
        values: the value of every step on the ``meta`` device.
        output: the value of the program's output.
        macs: multiply-accumulates of every step, for the whole batch.
        work: the same for all steps together, with what merely moves numbers included.
        all_bytes: memory of everything that is put out.
        peak_bytes: memory alive at one time when values are dropped after their last use.
        written: indices of the network's tensors that the pass writes to, with the line that does.
        writes_input: it changes its batch in place.
    """

    values: list[Any]
    output: Any
    macs: tuple[int, ...]
    work: int
    all_bytes: int
    peak_bytes: int
    written: Mapping[int, tuple[str, int] | None]
    writes_input: bool

    def check(self, batch: int, gradients: bool) -> None:
        """Raise BadGraph where a pass over `batch` images is more than the grader gives."""
        images = max(batch, 2)
        needs = self.all_bytes if gradients else self.peak_bytes
        allowed = min(MAX_BYTES, images * MAX_BYTES_PER_IMAGE)
        if needs > allowed:
            raise BadGraph(f"a batch of {batch} needs {needs / 1e9:.1f} GB of memory; {allowed / 1e9:.1f} GB are given")
        if self.work > images * MAX_WORK_PER_IMAGE:
            raise BadGraph(
                f"one image costs {self.work / images / 1e9:.0f} billion multiplications; "
                f"{MAX_WORK_PER_IMAGE // 10**9} are given"
            )


def trace(program: Program, tensors: Sequence[torch.Tensor], shape: Sequence[int]) -> Trace:
    """Run a program on the ``meta`` device for a batch of `shape`.

    Raises:
        BadGraph: an operator refuses its input, or some bound of this module is passed.
    """
    tracer = Tracer(tensors, shape)
    for step in program.steps:
        tracer.add(step)
    meter = tracer.meter
    if tracer.laid_out != _layout(tracer.tensors):
        raise BadGraph("forward changes the shape of a tensor that the network keeps")
    return Trace(
        values=tracer.values,
        output=resolved(program.output, tracer.x, tracer.tensors, tracer.values),
        macs=tuple(macs for macs, _ in tracer.per_step),
        work=meter.work,
        all_bytes=meter.bytes,
        peak_bytes=_peak(program, tracer.values, [size for _, size in tracer.per_step]),
        written=tracer.written,
        writes_input=_memory(tracer.x) in meter.written,
    )


class Tracer:
    """Takes one step after the other without numbers, and refuses what is out of bounds."""

    def __init__(self, tensors: Sequence[torch.Tensor], shape: Sequence[int]) -> None:
        self.tensors = [tensor.to("meta") for tensor in tensors]
        self.x = torch.empty(tuple(shape), device="meta")
        _bounded(self.x)
        self.values: list[Any] = []
        self.per_step: list[tuple[int, int]] = []
        self.written: dict[int, tuple[str, int] | None] = {}
        self.meter = _Meter()
        self.laid_out = _layout(self.tensors)
        self._memories = {_memory(tensor): index for index, tensor in enumerate(self.tensors)}

    def add(self, step: Step) -> Any:
        """The value of the next step, on the ``meta`` device."""
        meter = self.meter
        macs, size, written = meter.macs, meter.bytes, len(meter.written)
        with torch.no_grad(), meter:
            value = self._traced(step)
        self.values.append(value)
        self.per_step.append((meter.macs - macs, meter.bytes - size))
        if len(meter.written) > written:
            for index in {self._memories[key] for key in meter.written & self._memories.keys()}:
                self.written.setdefault(index, step.at)
        return value

    def _traced(self, step: Step) -> Any:
        if step.packet in _CUTS:
            _few_pieces([resolved(ref, self.x, self.tensors, self.values) for ref in step.reads])
            _few_pieces([*step.args, *step.kwargs.values()])
        try:
            self._note_writes(step)
            guard = guard_of(step.packet)
            if guard is not None:
                guard(named_arguments(step, lambda item: resolved(item, self.x, self.tensors, self.values)))
            call = partial(self._two_rows, step.call) if step.operator in _SEQUENCES else step.call
            value = called(call, step, self.x, self.tensors, self.values)
            for part in _tensors_in(value):
                _bounded(part)
        except BadGraph as error:
            raise BadGraph(str(error), step.at) from None
        except Exception as error:
            raise BadGraph(_refusal(step, error), step.at) from None
        return value

    def _note_writes(self, step: Step) -> None:
        # By the signature too: `detach_` changes a parameter without ever reaching the meter.
        if step.packet:
            for place, name in _signature(step.call)[1]:
                given = step.args[place] if place < len(step.args) else step.kwargs.get(name)
                value = resolved(given, self.x, self.tensors, self.values)
                self.meter.written.update(map(_memory, _tensors_in(value)))

    def _two_rows(self, call: Callable[..., Any], x: torch.Tensor, *settings: Any) -> Any:
        """A recurrent layer, traced for two time steps and reckoned up: every step costs the same."""
        time = 1 if settings[-1] else 0
        rows = x.shape[time]
        before = dict(vars(self.meter))
        out, *states = call(x.narrow(time, 0, min(rows, 2)), *settings)
        for name in ("macs", "work", "bytes", "operators") if rows > 2 else ():
            spent = getattr(self.meter, name) - before[name]
            setattr(self.meter, name, before[name] + spent * rows // 2)
        shape = list(out.shape)
        shape[time] = rows
        return (out.new_empty(shape), *states)


def _layout(tensors: Sequence[torch.Tensor]) -> list[tuple[torch.Size, tuple[int, ...]]]:
    return [(tensor.shape, tensor.stride()) for tensor in tensors]


def _refusal(step: Step, error: Exception) -> str:
    text = str(error).strip()
    if "nonzero" in text:
        return "forward selects by a mask, so a size depends on the values of a tensor; torch.where keeps the size"
    first = (text.splitlines() or [type(error).__name__])[0]
    return f"{step.packet or step.operator} does not run: {first[:160]}"


def _few_pieces(given: Sequence[Any]) -> None:
    # Pieces are made one by one, also of a view that takes no memory.
    sizes = [size for item in given if isinstance(item, torch.Tensor) for size in item.shape]
    sizes += [item for item in given if type(item) is int]
    if any(size > MAX_PIECES for size in sizes):
        raise BadGraph(f"forward cuts a tensor into more than {MAX_PIECES:,} pieces")


def _bounded(value: torch.Tensor) -> None:
    if value.numel() > MAX_NUMBERS:
        raise BadGraph(f"one step puts out {value.numel():,} numbers; {MAX_NUMBERS:,} are given")


def _memory(tensor: torch.Tensor) -> int:
    # The storage's own identity: meta tensors have no address, and a view shares its base's storage.
    return int(tensor.untyped_storage()._cdata)


def _tensors_in(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [part for item in value for part in _tensors_in(item)]
    return []


def _peak(program: Program, values: Sequence[Any], put_out: Sequence[int]) -> int:
    """Most bytes alive at one time; a storage lives until the last value that looks into it is dropped."""
    end = {made: index for index, step in enumerate(program.steps) for made in step.done_with}
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for index, value in enumerate(values):
        for part in _tensors_in(value):
            key = _memory(part)
            begins.setdefault(key, index)
            sizes[key] = part.untyped_storage().nbytes()
            ends[key] = max(ends.get(key, 0), end.get(index, len(values)))
    change = [0] * (len(values) + 2)
    for key, size in sizes.items():
        change[begins[key] + 1] += size
        change[ends[key] + 1] -= size
    alive = peak = 0
    for index, size in enumerate(put_out):
        alive += change[index]
        peak = max(peak, alive + size)
    return peak


@lru_cache(maxsize=4_000)
def _signature(func: Any) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Short name of an elementary operator, and which of its arguments it writes to."""
    writes = tuple(
        (place, argument.name)
        for place, argument in enumerate(func._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
    return func._schema.name.partition("::")[2], writes


class _Meter(TorchDispatchMode):
    """Counts every elementary operator that runs while it is open."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.macs = self.work = self.bytes = self.operators = 0
        self.written: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operators += 1
        if self.operators > MAX_OPERATORS:
            raise BadGraph(f"one pass takes more than {MAX_OPERATORS:,} operators")
        kwargs = kwargs or {}
        name, writes = _signature(func)
        given = _tensors_in(args) + (_tensors_in(tuple(kwargs.values())) if kwargs else [])
        _stays_without_numbers(name, given, kwargs)
        if name in _CUTS:
            _few_pieces(given)
        if name.startswith("_linalg"):
            raise BadGraph(f"forward factorises a matrix ({name}), whose cost is not bounded")
        for place, argument in writes:
            value = args[place] if place < len(args) else kwargs.get(argument)
            self.written.update(map(_memory, _tensors_in(value)))
        if name in _WRITES_STATISTICS and args[5]:  # the signature does not say so, the kernel does
            self.written.update(map(_memory, _tensors_in(args[3:5])))
        out = func(*args, **kwargs)
        self._measure(name, bool(writes), args, given, out)
        return out

    def _measure(self, name: str, writes: bool, args: Any, given: Sequence[torch.Tensor], out: Any) -> None:
        known = {_memory(part) for part in given}
        new: dict[int, int] = {}
        largest = 0
        for part in _tensors_in(out):
            _bounded(part)
            largest = max(largest, part.numel())
            if _memory(part) not in known:
                new[_memory(part)] = part.untyped_storage().nbytes()
        if not new and not writes:
            return  # a view: nothing is read
        self.bytes += sum(new.values())
        macs = _multiplications(name, args, out)
        largest = max([largest, *(part.numel() for part in given)])
        self.macs += macs
        self.work += macs + _windows(name, args, out) + _TOUCH * largest
        if name == "convolution" and out.dtype not in _NEEDS_NO_COLUMNS:
            # Without a kernel of its own a type is convolved by writing out every window.
            self.bytes += macs // max(1, args[1].shape[0]) * out.element_size()


def _stays_without_numbers(name: str, given: Sequence[torch.Tensor], kwargs: Mapping[str, Any]) -> None:
    """Refuse an operator that would run for real: one made of plain numbers alone, or with a device of its own."""
    if any(tensor.is_meta for tensor in given) or name == "scalar_tensor":
        return
    if given or torch.device(kwargs.get("device") or "cpu").type != "meta":
        raise BadGraph(f"{name} works on plain numbers")


def _multiplications(name: str, args: Sequence[Any], out: Any) -> int:
    """Multiply-accumulates of one elementary operator."""
    if name in {"mm", "bmm"}:
        return int(out.numel() * args[0].shape[-1])
    if name in {"addmm", "baddbmm", "addbmm"}:
        return int(args[1].shape[0] * args[1].shape[1] * math.prod(args[2].shape[1:])) * (
            int(args[1].shape[2]) if args[1].dim() == 3 else 1
        )
    if name in {"mv", "dot", "vdot"}:
        return int(args[0].numel())
    if name == "addmv":
        return int(args[1].numel())
    if name == "convolution":
        wide = args[0] if args[6] else out
        return int(wide.numel() * math.prod(args[1].shape[1:]))
    if name == "_trilinear":
        return _trilinear(args)
    if name == "_cdist_forward":
        return int(out.numel() * args[0].shape[-1])
    return 0


def _trilinear(args: Sequence[Any]) -> int:
    shapes = []
    for tensor, new_axes in zip(args[:3], args[3:6], strict=True):
        shape = list(tensor.shape)
        for axis in sorted(new_axes):
            shape.insert(axis, 1)
        shapes.append(shape)
    return math.prod(max(sizes) for sizes in zip(*shapes, strict=True))


def _windows(name: str, args: Sequence[Any], out: Any) -> int:
    if name not in _WINDOWS:
        return 0
    made = out[0] if isinstance(out, tuple) else out
    kernel = args[1] if isinstance(args[1], list | tuple) else [args[1]]
    side = kernel if len(kernel) > 1 else kernel * (made.dim() - 2)
    return int(made.numel() * math.prod(side))
