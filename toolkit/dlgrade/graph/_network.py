"""The carried network as an `nn.Module` that trains like the original."""

from __future__ import annotations

import torch
from torch import nn

from dlgrade.graph._graph import Graph


class Network(nn.Module):
    """A received graph as a module: ``forward`` takes (N, *input_shape) and returns what the student's did.

    ``train()`` and ``eval()`` choose between the two received graphs. Parameters are called ``t0``, ``t1``, ... in
    the order of the graph; `named` finds them by the student's names. Frozen ones stay frozen.
    """

    def __init__(self, graph: Graph) -> None:
        """Copy the graph's tensors into parameters and buffers."""
        super().__init__()
        self.graph = graph
        self._names: list[str] = []
        for index, (tensor, value) in enumerate(zip(graph.tensors, graph.values(), strict=True)):
            name = f"t{index}"
            if tensor.kind == "parameter":
                self.register_parameter(name, nn.Parameter(value, requires_grad=tensor.trained))
            else:
                self.register_buffer(name, value)
            self._names.append(name)

    def tensors(self) -> list[torch.Tensor]:
        """All tensors in the order of the graph."""
        return [self._parameters.get(name, self._buffers.get(name)) for name in self._names]  # type: ignore[misc]

    def named(self, name: str) -> nn.Parameter:
        """The parameter that the student knows as `name`; KeyError where there is none."""
        for tensor, held in zip(self.graph.tensors, self.tensors(), strict=True):
            if name in tensor.names and isinstance(held, nn.Parameter):
                return held
        raise KeyError(name)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the graph of the current mode on a batch (N, *input_shape).

        Raises:
            BadGraph: the network does not take a batch of this size, or it would cost too much.
        """
        self.graph.admit(self.training, x.shape)
        program = self.graph.train if self.training else self.graph.eval
        result = program.run(x, self.tensors())
        assert isinstance(result, torch.Tensor)  # noqa: S101 - narrows the type
        return result
