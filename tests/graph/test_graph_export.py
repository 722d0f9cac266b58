"""Shapes that are told to the tracer are those that it would have found out."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch._decomp import decomposition_table
from torch.fx import GraphModule

from dlgrade.graph import _export


class Layered(nn.Module):
    """ReLU and batch norm over what is given, in a type and a memory layout."""

    def __init__(self, norm: nn.Module, dtype: torch.dtype, *, last: bool = False) -> None:
        super().__init__()
        self.norm = norm.to(dtype) if dtype.is_floating_point else norm
        self.dtype, self.last = dtype, last

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.to(self.dtype)
        if self.last:
            x = x.contiguous(memory_format=torch.channels_last)
        return torch.relu(self.norm(torch.relu(x)))


SUBJECTS = {
    "images": Layered(nn.BatchNorm2d(3), torch.float32),
    "images, channels last": Layered(nn.BatchNorm2d(3), torch.float32, last=True),
    "images in double": Layered(nn.BatchNorm2d(3), torch.float64),
    "images in bfloat16": Layered(nn.BatchNorm2d(3), torch.bfloat16),
    "statistics of the batch": Layered(nn.BatchNorm2d(3, track_running_stats=False), torch.float32),
    "without scale and shift": Layered(nn.BatchNorm2d(3, affine=False), torch.float32),
    "whole numbers": Layered(nn.Identity(), torch.int64),
}


def answers(module: GraphModule) -> list[Any]:
    """Shape, type and layout of what each operator answers."""
    found = []
    for node in module.graph.nodes:
        values = node.meta.get("val")
        for value in values if isinstance(values, tuple | list) else [values]:
            if isinstance(value, torch.Tensor):
                found.append((str(node.target), str(value.shape), value.dtype, str(value.stride()), value.device))
    return found


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", SUBJECTS)
def test_shapes_told_are_those_found_out(name: str, training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    network = SUBJECTS[name].train(training)
    told = answers(_export.export(network, (3, 8, 6), []).graph_module)
    assert sum("relu" in target for target, *_ in told) == 2
    aten = torch.ops.aten
    for short, overload in (
        ("_shape_of_input", aten.relu.default),
        ("_shapes_of_batch_norm", aten._native_batch_norm_legit.default),
        ("_shapes_of_batch_norm_evaluated", aten._native_batch_norm_legit_no_training.default),
    ):

        def long_way(mode: Any, *given: Any, overload: Any = overload) -> Any:
            with mode:
                return decomposition_table[overload](*given)

        monkeypatch.setattr(_export, short, long_way)
    assert answers(_export.export(network, (3, 8, 6), []).graph_module) == told
