"""Student's side: turn a live `nn.Module` into data. Runs in the worker only.

The network is exported twice with ``torch.export`` (training IR), in training and in evaluation mode with a
free batch size, because ``.train()`` and ``.eval()`` have no effect on an exported module; both graphs share
their tensors by storage.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

import torch
from torch import nn

from dlgrade.graph._decode import decode
from dlgrade.graph._export import NotCarried, export
from dlgrade.graph._nouns import BadGraph
from dlgrade.graph._write import Place, Writer
from dlgrade.wire import DEFAULT_LIMITS, ITEM_BYTES, RawTensor


def raw(tensor: torch.Tensor) -> RawTensor:
    """Copy a tensor into bytes.

    Raises:
        NotCarried: a number type or a layout that does not travel.
    """
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in ITEM_BYTES or tensor.layout is not torch.strided:
        raise NotCarried(f"it holds a tensor of type {name}, {tensor.layout}, which cannot be carried")
    size = tensor.numel() * ITEM_BYTES[name]
    if size > DEFAULT_LIMITS.tensor_bytes:  # before the copy: an expanded tensor is small until it is made whole
        allowed = DEFAULT_LIMITS.tensor_bytes / 1e9
        raise NotCarried(f"it holds a tensor of {size / 1e9:.1f} GB; at most {allowed:.2f} GB are carried")
    # Contiguous bytes through uint8: numpy knows no bfloat16. `.detach()` also strips a Parameter.
    plain = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
    data = plain.view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    return RawTensor(name, tuple(tensor.shape), data)


def encode(network: nn.Module, input_shape: tuple[int, ...], files: Collection[str]) -> dict[str, Any]:
    """Both graphs of `network` and its tensors as a message for `wire.send`.

    Args:
        input_shape: shape of one input, without the batch axis.
        files: file names of the submission; a node's line is the innermost frame in one of them.

    Raises:
        NotCarried: an operator without data form, control flow that depends on values, a fixed batch size.
    """
    _materialise(network, input_shape)
    store = _Store()
    # By name first: a tied weight is called what the student calls it, whichever graph reads it.
    for name, parameter in network.named_parameters(remove_duplicate=False):
        store.add(parameter, "parameter", name)
    modes = {module: module.training for module in network.modules()}
    programs = {}
    try:
        for mode in ("train", "eval"):
            network.train(mode == "train")
            writer = Writer(_placer(store, mode), files)
            programs[mode] = writer.program(export(network, input_shape, files))
    finally:
        for module, training in modes.items():
            module.training = training
    store.check_apart()
    message = {"input_shape": list(input_shape), "tensors": store.entries, **programs}
    try:
        decode(message, files)
    except BadGraph as error:
        # What the grader would refuse is said here, where the student's line is known.
        raise NotCarried(str(error), error.line) from None
    return message


def _materialise(network: nn.Module, input_shape: tuple[int, ...]) -> None:
    """Give lazy modules their sizes, which they learn from a first batch."""
    if any(nn.parameter.is_lazy(parameter) for parameter in network.parameters()):
        training = network.training
        with torch.no_grad():
            network.eval()(torch.zeros(2, *input_shape))
        network.train(training)


def _placer(store: _Store, mode: str) -> Place:
    """Where the writer of one mode puts the tensors that its graph reads."""

    def place(tensor: torch.Tensor, kind: str, name: str) -> int:
        # Both graphs number their constants from nought.
        return store.add(tensor, kind, f"{mode}.{name}" if kind == "constant" else name)

    return place


class _Store:
    """Each tensor once, whatever names it goes by; tied weights share an entry."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._index: dict[Any, int] = {}
        self._kept: list[torch.Tensor] = []

    def add(self, tensor: torch.Tensor, kind: str, name: str) -> int:
        same = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
        key = same if tensor.numel() else id(tensor)
        if key not in self._index:
            self._index[key] = len(self.entries)
            self._kept.append(tensor)  # a freed tensor's address could be given to the next
            trained = bool(tensor.requires_grad)
            self.entries.append({"kind": kind, "names": [], "tensor": raw(tensor), "trained": trained})
        entry = self.entries[self._index[key]]
        if name not in entry["names"]:
            entry["names"].append(name)
        if kind != entry["kind"]:
            raise NotCarried(
                f"{entry['names'][0]} and {name} are one memory, once trained and once not; detach in forward"
            )
        return self._index[key]

    def check_apart(self) -> None:
        """Refuse tensors that share part of their memory: training one would change the other here, not there."""
        spans = []
        for entry, tensor in zip(self.entries, self._kept, strict=True):
            reach = sum((size - 1) * step for size, step in zip(tensor.shape, tensor.stride(), strict=True))
            if tensor.numel():
                begin = tensor.data_ptr()
                spans.append((begin, begin + (reach + 1) * tensor.element_size(), entry["names"][0]))
        spans.sort()
        for (_, end, one), (begin, _, other) in itertools.pairwise(spans):
            if begin < end:
                raise NotCarried(
                    f"{one} and {other} are two views of one memory; compute one from the other in forward"
                )
