"""Leaves the padding of a convolution out.

Fails: shapes, refuses, mend
"""

import math

import torch
from torch import nn


def shapes(shape, layers):
    behind = []
    for layer in layers:
        shape = one(list(shape), layer)
        behind.append(shape)
    return behind


def one(shape, layer):
    """The shape behind one layer; a ValueError where it cannot read this one."""
    kind = layer["kind"]
    if kind in {"conv", "pool", "norm", "average"} and len(shape) != 4:
        raise ValueError(f"{kind} reads 4 axes, not {len(shape)}")
    if kind == "conv":
        return [shape[0], layer["out"], *(places(n, layer["k"], layer["s"]) for n in shape[2:])]
    if kind == "pool":
        return [*shape[:2], *(places(n, layer["k"], layer["k"]) for n in shape[2:])]
    if kind == "average":
        return shape[:2]
    if kind == "flatten":
        return [shape[0], math.prod(shape[1:])]
    if kind == "linear":
        return [*shape[:-1], layer["out"]]
    return shape


def arriving(shape, layer):
    """The number that "in" of a layer has to be."""
    return shape[-1] if layer["kind"] == "linear" else shape[1]


def places(n, k, s):
    return max(1, (n - k) // s + 1)


def mend(shape, layers):
    mended = []
    for layer in layers:
        if "in" in layer:
            layer = {**layer, "in": arriving(shape, layer)}
        mended.append(layer)
        shape = one(shape, layer)
    return mended


def trace(model, x):
    rows, handles, modes = [], [], {module: module.training for module in model.modules()}

    def watcher(name):
        def note(module, inputs, output):
            first = output[0] if isinstance(output, tuple) else output
            rows.append((name, list(inputs[0].shape), list(first.shape)))

        return note

    for name, module in model.named_modules():
        if not list(module.children()):
            handles.append(module.register_forward_hook(watcher(name)))
    try:
        model.eval()
        with torch.no_grad():
            model(x)
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in modes.items():
            module.training = mode
    return rows


class Channels(nn.Module):
    """(N, 1, 28, 28): two 3x3 convolutions, 1 to 8 to 16 channels, average, linear. 1,418 parameters."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3)
        self.second = nn.Conv2d(8, 16, 3)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = torch.relu(self.second(x))
        return self.head(x.mean((2, 3)))


class Flattened(nn.Module):
    """(N, 1, 28, 28): one 5x5 convolution to 4 channels, a pool, linear. 5,874 parameters."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 5)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(4 * 12 * 12, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv(x)))
        return self.head(x.flatten(1))


class Skip(nn.Module):
    """(N, 1, 28, 28): the second 3x3 convolution's output is added to its input, average, linear. 460 parameters."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 6, 3, padding=1)
        self.head = nn.Linear(6, 10)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = x + self.second(x)
        return self.head(x.mean((2, 3)))


class Stacked(nn.Module):
    """(N, 1, 28, 28): two convolutions, 5x5 and 3x3, with a pool behind each, linear. 3,682 parameters."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 8, 5)
        self.second = nn.Conv2d(8, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(8 * 6 * 6, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.first(x)))
        x = self.pool(torch.relu(self.second(x)))
        return self.head(x.view(-1, 8 * 6 * 6))


class Single(nn.Module):
    """(N, 1, 28, 28): a 3x3 convolution, average, a 1x1 convolution to the scores. 170 parameters."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.head = nn.Conv2d(8, 10, 1)

    def forward(self, x):
        x = torch.relu(self.conv(x)).mean((2, 3), keepdim=True)
        return self.head(x).flatten(1)


class Colours(nn.Module):
    """(N, 32, 32, 3), as image files have it: a 3x3 convolution, average, linear. 314 parameters."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = x.permute(0, 3, 1, 2)
        return self.head(torch.relu(self.conv(x)).mean((2, 3)))
