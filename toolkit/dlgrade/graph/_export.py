"""Student's side: trace a live `nn.Module` with ``torch.export``, and say in plain words where that fails.

Runs in the worker only.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable, Collection, Iterator
from traceback import StackSummary
from typing import Any

import torch
from torch import nn
from torch._C import DispatchKey
from torch._decomp import decomposition_table
from torch._subclasses import fake_impls
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, in_kernel_invocation_manager
from torch.fx.proxy import TracerBase
from torch.nn.modules import batchnorm, transformer

_EXAMPLES = 3
_RANGE = re.compile(r"satisfy the generated guard")


class NotCarried(Exception):  # noqa: N818 - reads better where it is caught
    """The network cannot be written as data; `reason` is one sentence, `line` the student's (file, line)."""

    def __init__(self, reason: str, line: tuple[str, int] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def export(network: nn.Module, input_shape: tuple[int, ...], files: Collection[str]) -> Any:
    """The ``ExportedProgram`` of the network in its current mode, with a free batch size.

    Raises:
        NotCarried: with the reason and, where it is known, the student's line.
    """
    _refuse_modules(network)
    example = torch.randn(_EXAMPLES, *input_shape, generator=torch.Generator().manual_seed(0))
    try:
        with _traceable(files), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.export.export(
                network, (example,), dynamic_shapes=({0: torch.export.Dim("batch", min=1)},), strict=False
            )
    except Exception as error:
        raise _why_not(error, files) from error


def _refuse_modules(network: nn.Module) -> None:
    for name, module in network.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise NotCarried(f"{name} was made by torch.jit.script; leave the module as it is")
        if isinstance(module, batchnorm._NormBase) and module.track_running_stats and module.momentum is None:
            raise NotCarried(
                f"{name} averages with momentum=None, which reads a counter; give it a momentum such as 0.1"
            )


@contextlib.contextmanager
def _traceable(files: Collection[str]) -> Iterator[None]:
    """Keep the tracer from looking into what is written into the graph whole.

    To learn the shape of an LSTM's answer it traces every gate of every time step, 10 s for two layers over 28
    rows; inside ``cdist`` it meets a branch on the batch size that only chooses between two kernels; and
    ``nn.TransformerEncoder`` compares the values of its mask with a causal one to choose a kernel. ReLU and batch norm
    answer in the shape of what they get; found out by way of their decompositions, in symbols, that takes half of an
    export. And of the stack it remembers only functions called ``forward``: here, those of the submission, helpers and
    hooks too.
    """
    aten = torch.ops.aten
    shapes: dict[Any, Callable[..., Any]] = {aten.lstm.input: _lstm_shapes, aten.cdist.default: _cdist_shape}
    shapes |= {packet.input: _rnn_shapes for packet in (aten.gru, aten.rnn_tanh, aten.rnn_relu)}
    kept = {overload: dict(overload.py_kernels) for overload in shapes}
    fast = fake_impls.get_fast_op_impls()
    usual = dict(fast)
    looks_causal, remembered = transformer._detect_is_causal_mask, TracerBase._filter_traceback_frames

    def of_submission(tracer: TracerBase, stack: StackSummary) -> StackSummary:
        return StackSummary.from_list([frame for frame in stack if frame.filename in files])

    try:
        TracerBase._filter_traceback_frames = of_submission  # type: ignore[method-assign, assignment]
        transformer._detect_is_causal_mask = lambda mask, is_causal=None, size=None: bool(is_causal)
        for overload, kernel in shapes.items():
            overload.py_kernels[DispatchKey.CompositeImplicitAutograd] = kernel
            overload._dispatch_cache.clear()
        fast[aten.relu.default] = _shape_of_input
        fast[aten._native_batch_norm_legit.default] = _shapes_of_batch_norm
        fast[aten._native_batch_norm_legit_no_training.default] = _shapes_of_batch_norm_evaluated
        yield
    finally:
        fast.clear()
        fast.update(usual)
        transformer._detect_is_causal_mask = looks_causal
        TracerBase._filter_traceback_frames = remembered  # type: ignore[method-assign]
        for overload, kernels in kept.items():
            overload.py_kernels.clear()
            overload.py_kernels.update(kernels)
            overload._dispatch_cache.clear()


def _shape_of_input(mode: FakeTensorMode, x: FakeTensor) -> FakeTensor:
    with in_kernel_invocation_manager(mode):
        return FakeTensor(mode, torch.empty_like(x, device="meta"), x.fake_device)


def _shapes_of_batch_norm(mode: FakeTensorMode, x: FakeTensor, *rest: Any) -> Any:
    """Of the output, and of the mean and deviation that the backward pass reads."""
    *tensors, training, _, _ = rest
    if any(one is not None and one.dtype != torch.float32 for one in (x, *tensors)):
        with mode:  # the long way: types are widened
            return decomposition_table[torch.ops.aten._native_batch_norm_legit.default](x, *rest)
    with mode:
        kept = [x.new_empty(x.shape[1] if training else 0) for _ in range(2)]
    return _shape_of_input(mode, x), *kept


def _shapes_of_batch_norm_evaluated(mode: FakeTensorMode, x: FakeTensor, *rest: Any) -> Any:
    return _shapes_of_batch_norm(mode, x, *rest[:4], False, *rest[4:])


def _cdist_shape(one: torch.Tensor, other: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    together = torch.broadcast_shapes(one.shape[:-2], other.shape[:-2])
    return one.new_empty((*together, one.shape[-2], other.shape[-2]))


def _rnn_shapes(
    x: torch.Tensor, state: torch.Tensor, params: Any, has_biases: bool, num_layers: int, dropout: float, train: bool,
    bidirectional: bool, batch_first: bool,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    width = state.shape[2] * (2 if bidirectional else 1)
    return x.new_empty((x.shape[0], x.shape[1], width)), state.new_empty(state.shape)


def _lstm_shapes(
    x: torch.Tensor, state: list[torch.Tensor], *settings: Any
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    hidden, cell = state
    out, last = _rnn_shapes(x, hidden, *settings)
    return out, last, cell.new_empty(cell.shape)


def _why_not(error: Exception, files: Collection[str]) -> NotCarried:
    text = str(error)
    line = _line_of(error, files)
    kind = type(error).__name__
    for fits, reason in _REASONS:
        if fits(error, kind, text):
            return NotCarried(reason, line)
    first = (text.strip().splitlines() or [""])[0][:160]
    return NotCarried(f"torch.export could not write it as a graph ({kind}: {first})", line)


def _line_of(error: Exception, files: Collection[str]) -> tuple[str, int] | None:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in files:
            line = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return line


_Test = Callable[[Exception, str, str], bool]

_REASONS: tuple[tuple[_Test, str], ...] = (
    (
        lambda error, kind, text: "Constraints violated" in text and bool(_RANGE.search(text)),
        "forward takes another path for some batch sizes; let it do the same for every batch size",
    ),
    (
        lambda error, kind, text: "Constraints violated" in text or "constrain" in kind.lower(),
        "forward fixes the batch size to a number; take it from the input, as in x.view(x.size(0), -1)",
    ),
    (
        lambda error, kind, text: "is invalid for input of size" in text and "s" in text.rpartition("size")[2],
        "forward fixes the batch size to a number; take it from the input, as in x.view(x.size(0), -1)",
    ),
    (
        lambda error, kind, text: "numpy" in text,
        "forward leaves torch for numpy; write it with torch operators",
    ),
    (
        lambda error, kind, text: "fake tensor in the exported program constant" in text,
        "forward reads or writes .data, which cannot be traced; write .detach() instead",
    ),
    (
        lambda error, kind, text: "DataDependent" in kind or "data-dependent" in text,
        "forward decides by the values of a tensor (an if, .item() or int() on it), so it has no fixed graph",
    ),
)
