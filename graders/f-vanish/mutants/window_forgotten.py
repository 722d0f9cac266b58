"""Counts the channels of a convolution, and not its window.

Fails: init
"""

import math

import torch.nn.functional as F
from torch import nn


def layer_norms(model, x, y):
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    return [layer.weight.grad.norm().item() for layer in model.modules() if isinstance(layer, nn.Linear)]


def initialise(model, scheme):
    for layer in model.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            fan_in = layer.weight.shape[1]
            fan_out = layer.weight.shape[0]
            variance = 2 / fan_in if scheme == "kaiming" else 2 / (fan_in + fan_out)
            nn.init.normal_(layer.weight, 0, math.sqrt(variance))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def deep(depth, width, activation):
    kind = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}[activation]
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), kind()]
    model = nn.Sequential(*layers, nn.Linear(width, 10))
    initialise(model, "kaiming" if activation == "relu" else "xavier")
    return model


def per_layer(norms):
    return (norms[0] / norms[-1]) ** (1 / (len(norms) - 1))


def verdict(norms):
    if not all(math.isfinite(norm) for norm in norms):
        return "explodes"
    if norms[0] == 0:
        return "vanishes"
    factor = per_layer(norms)
    return "vanishes" if factor < 0.5 else "explodes" if factor > 2 else "healthy"


def clip(grads, most):
    norm = math.sqrt(sum(grad.square().sum().item() for grad in grads))
    factor = most / norm if norm > most else 1.0
    return [grad * factor for grad in grads], norm
