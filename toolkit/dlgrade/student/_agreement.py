"""Is the network that was received the one that runs there? Numbers from both sides, compared here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from dlgrade.course import Tier
from dlgrade.graph import BadGraph, Graph, Network, raw, tensor_of

Ask = Callable[..., Any]


def compared(graph: Graph, seed: int, ask: Ask) -> tuple[Tier | None, str]:
    """Compare the rebuilt network with the student's own on a batch drawn after the graph arrived.

    Args:
        ask: asks the worker; see `Student`.

    Returns:
        ``verified`` where logits and gradients agree, ``observed`` where the gradients do not (and the name of the
        first parameter whose does not), None where the logits differ: what was received is not what runs there.

    Raises:
        BadGraph: it does not give one answer per image, or the answer is not as agreed.
    """
    random = torch.Generator().manual_seed(seed + 1)
    x = torch.randn(4, *graph.input_shape, generator=random)
    seed = seed + 2  # the same draws on both sides, for dropout that is active in either mode
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        out = Network(graph).eval()(x)
    if out.dim() < 1 or out.shape[0] != len(x):
        raise BadGraph("it does not give one answer per image")
    # Any shape with a class axis can be compared, also one that the shape criterion will refuse.
    classes = out.shape[1] if out.dim() > 1 else 1
    labels = torch.randint(classes, (len(x), *out.shape[2:]), generator=random)
    answer = ask(do="probe", x=raw(x), labels=raw(labels), seed=seed)
    try:
        theirs = {mode: tensor_of(answer[mode]) for mode in ("eval", "train")}
        gradients = {name: tensor_of(value) for name, value in answer["gradients"].items()}
    except (TypeError, KeyError, AttributeError, ValueError):
        raise BadGraph("the worker's answer to the probe is not as agreed") from None
    network = Network(graph).train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        logits = network(x)
    if not (agree(out, theirs["eval"]) and agree(logits, theirs["train"])):
        return None, ""
    other = _other_gradient(graph, network, logits, labels, gradients)
    return ("observed", other) if other else ("verified", "")


def _other_gradient(
    graph: Graph, network: Network, logits: torch.Tensor, labels: torch.Tensor, theirs: dict[str, torch.Tensor]
) -> str:
    if not logits.requires_grad:
        return ""
    loss = torch.nn.functional.cross_entropy(logits, labels) if logits.dim() > 1 else logits.sum()
    loss.backward()
    for tensor, held in zip(graph.tensors, network.tensors(), strict=True):
        if tensor.kind == "parameter" and held.grad is not None:
            given = next((theirs[name] for name in tensor.names if name in theirs), None)
            if given is None or not agree(held.grad, given):
                return tensor.names[0]
    return ""


def agree(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    """Equal up to rounding: 1e-3 of the largest number, which float32 sums in another order stay far below."""
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return False
    if not bool(torch.isfinite(ours).all()):
        return bool(torch.equal(torch.isfinite(ours), torch.isfinite(theirs)))
    scale = float(ours.detach().abs().max()) if ours.numel() else 0.0
    return bool(torch.allclose(ours.detach(), theirs, rtol=1e-3, atol=1e-3 * scale + 1e-7))


def values_of(graph: Graph, stated: Any) -> list[torch.Tensor]:
    """The graph's tensors with the values that a worker sent after its training, each checked.

    Raises:
        BadGraph: a tensor is missing, or of another shape or number type than the one that was received.
    """
    if not isinstance(stated, dict):
        raise BadGraph("the trained weights are not described as agreed")
    values = []
    for tensor in graph.tensors:
        sent = next((stated[name] for name in tensor.names if name in stated), None)
        if sent is None:
            if tensor.kind == "parameter":
                raise BadGraph(f"the trained network has no parameter {tensor.names[0]} any more")
            values.append(tensor.value.clone())  # a constant of the graph, which no training moves
            continue
        try:
            value = tensor_of(sent)
        except (AttributeError, KeyError, ValueError):
            raise BadGraph("the trained weights are not described as agreed") from None
        if value.shape != tensor.value.shape or value.dtype != tensor.value.dtype:
            raise BadGraph(f"{tensor.names[0]} has another shape or number type after the training than before")
        values.append(value)
    return values
