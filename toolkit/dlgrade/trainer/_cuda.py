"""One training step as a CUDA graph: about a hundred launches become one."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from dlgrade.trainer._images import Images

Step = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def captured_step(
    network: nn.Module, images: Images, batch_size: int, device: torch.device,
    layout: torch.memory_format = torch.channels_last,
) -> Step | None:  # fmt: skip
    """Forward, loss and backward of a full batch, captured; None where the network cannot be captured.

    The optimiser steps outside the graph, so that its learning rate may change. Gradients are written into
    buffers that stay; batch-norm statistics and the random generator are put back as they were.
    """
    if len(images) < batch_size:
        return None
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    generator = torch.cuda.get_rng_state(device)
    x = images.pixels[:batch_size].float().contiguous(memory_format=layout)
    labels = images.labels[:batch_size].clone()
    parameters = [p for p in network.parameters() if p.requires_grad]
    network.train()
    try:
        side = torch.cuda.Stream(device)
        side.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(side):
            for _ in range(3):
                _backward(network, x, labels, parameters)
        torch.cuda.current_stream(device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            loss, logits = _backward(network, x, labels, parameters)
    except RuntimeError:
        # An operator that waits for the host cannot be captured; the plain loop gives the same numbers.
        torch.cuda.synchronize(device)
        for parameter in parameters:
            parameter.grad = None
        return None
    finally:
        network.load_state_dict(kept)
        torch.cuda.set_rng_state(generator, device)

    def step(batch: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x.copy_(batch)
        labels.copy_(targets)
        graph.replay()
        return loss, logits

    return step


def _backward(
    network: nn.Module, x: torch.Tensor, labels: torch.Tensor, parameters: list[nn.Parameter]
) -> tuple[torch.Tensor, torch.Tensor]:
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.zero_()
    logits = network(x)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    return loss.detach(), logits.detach()
