"""Vanishing and exploding gradients: measure them, start the weights well, name the illness, clip.

Read README.md first; measure with ``dlgrade check f-vanish``.
"""

import torch
from torch import nn


def layer_norms(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> list[float]:
    """Norm of the gradient of each ``nn.Linear``'s weight, first layer first.

    The loss is the mean cross-entropy of ``model(x)`` with the labels `y`. Gradients that the model had before the call
    do not count, and the weights are as before after it.

    Args:
        model: linear layers and activations, as in nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)), for
            which the answer has two numbers.
        x: (N, inputs).
        y: (N,) of int64.
    """
    raise NotImplementedError


def initialise(model: nn.Module, scheme: str) -> None:
    """Start the weights of all ``nn.Linear`` and ``nn.Conv2d`` of a model anew, however deep inside they are.

    Random numbers with mean 0 and the variance of the scheme: 2 / (fan_in + fan_out) for "xavier", 2 / fan_in for
    "kaiming". Biases are 0, and some layers have none. Other modules, such as batch norms, stay as they are.
    """
    raise NotImplementedError


def deep(depth: int, width: int, activation: str) -> nn.Sequential:
    """`depth` times nn.Linear(width, width) and its activation, then nn.Linear(width, 10), well started.

    `activation` is "sigmoid", "tanh" or "relu". ReLU nets start with kaiming, the others with xavier.
    """
    raise NotImplementedError


def per_layer(norms: list[float]) -> float:
    """By which factor a gradient changes per layer on its way back, from the last norm to the first.

    ``per_layer([0.001, 0.01, 0.1, 1.0])`` is 0.1. All norms are above 0, and there are two or more.
    """
    raise NotImplementedError


def verdict(norms: list[float]) -> str:
    """ "vanishes" where the factor per layer is below 0.5, "explodes" where it is above 2, else "healthy".

    A norm that is NaN or infinite: "explodes". A first norm of 0: "vanishes".
    """
    raise NotImplementedError


def clip(grads: list[torch.Tensor], most: float) -> tuple[list[torch.Tensor], float]:
    """The gradients, shortened by one factor to a common norm of `most` where they are longer; and the norm before.

    ``clip([tensor([3.0]), tensor([4.0])], 1.0)`` is ``([tensor([0.6]), tensor([0.8])], 5.0)``. The tensors that were
    given stay as they are.
    """
    raise NotImplementedError
