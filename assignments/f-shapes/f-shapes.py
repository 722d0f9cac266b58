"""Forward-pass shapes and module wiring: say what comes out of a layer, watch a network, mend six of them.

Read README.md first; check your work with ``dlgrade check f-shapes``.
"""

import torch
from torch import nn

# Part 1: on paper. A layer is a dict, and a shape a list of numbers that begins with the number of images.
#
#   {"kind": "conv", "in": 1, "out": 8, "k": 3, "s": 1, "p": 0}   reads 4 axes, (N, in, H, W)
#   {"kind": "pool", "k": 2}                                      reads 4 axes, moves by its window, rounds down
#   {"kind": "norm", "in": 8}                                     reads 4 axes, (N, in, H, W)
#   {"kind": "average"}                                           4 axes to 2: (N, C, H, W) to (N, C)
#   {"kind": "flatten"}                                           any axes to 2: all but the first become one
#   {"kind": "linear", "in": 288, "out": 10}                      any axes: the last one, `in` long, becomes `out` long
#   {"kind": "relu"}                                              any axes, changes no shape


def shapes(shape: list[int], layers: list[dict]) -> list[list[int]]:
    """The shape behind each layer, one entry per layer.

    ``shapes([5, 1, 28, 28], [{"kind": "pool", "k": 2}, {"kind": "flatten"}])`` is ``[[5, 1, 14, 14], [5, 196]]``.

    Raises:
        ValueError: a layer cannot read what arrives: wrong number of axes, "in" is another number than that of the
            shape, or a window wider than the padded map.
    """
    raise NotImplementedError


def mend(shape: list[int], layers: list[dict]) -> list[dict]:
    """New layers in which each wrong "in" (of conv, norm and linear) is the number that arrives there.

    Nothing else is wrong and nothing else may change; the layers that were given stay as they are.

    ``mend([5, 1, 28, 28], [{"kind": "flatten"}, {"kind": "linear", "in": 28, "out": 10}])`` is
    ``[{"kind": "flatten"}, {"kind": "linear", "in": 784, "out": 10}]``.
    """
    raise NotImplementedError


# Part 2: on a real network.


def trace(model: nn.Module, x: torch.Tensor) -> list[tuple[str, list[int], list[int]]]:
    """(name, shape in, shape out) for each call of a module without children, in the order of the calls.

    The name is that of ``model.named_modules()``. A module that is called twice is there twice. Where a module answers
    a tuple of tensors, the first one counts. The model is run in eval mode, and afterwards it is as it was: the mode
    that it had, the same statistics of its batch norms, no hooks.

    ``trace(nn.Sequential(nn.Flatten(), nn.Linear(12, 3)), torch.zeros(5, 1, 3, 4))`` is
    ``[("0", [5, 1, 3, 4], [5, 12]), ("1", [5, 12], [5, 3])]``.
    """
    raise NotImplementedError


# Part 3: six networks, each with one line that is wrong. The docstrings are right. All answer (N, 10).


class Channels(nn.Module):
    """(N, 1, 28, 28): two 3x3 convolutions, 1 to 8 to 16 channels, average, linear. 1,418 parameters."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3)
        self.second = nn.Conv2d(16, 16, 3)
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
        self.head = nn.Linear(4 * 24 * 24, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv(x)))
        return self.head(x.flatten(1))


class Skip(nn.Module):
    """(N, 1, 28, 28): the second 3x3 convolution's output is added to its input, average, linear. 460 parameters."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 6, 3)
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
        x = torch.relu(self.second(x))
        return self.head(x.view(-1, 8 * 6 * 6))


class Single(nn.Module):
    """(N, 1, 28, 28): a 3x3 convolution, average, a 1x1 convolution to the scores. 170 parameters."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.head = nn.Conv2d(8, 10, 1)

    def forward(self, x):
        x = torch.relu(self.conv(x)).mean((2, 3), keepdim=True)
        return self.head(x).squeeze()


class Colours(nn.Module):
    """(N, 32, 32, 3), as image files have it: a 3x3 convolution, average, linear. 314 parameters."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = x.reshape(-1, 3, 32, 32)
        return self.head(torch.relu(self.conv(x)).mean((2, 3)))
