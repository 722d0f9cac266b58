"""Leaves while a decorator is applied.

Kind: network
Attack: end the worker while it loads
Must: crashed
"""

import sys

from torch import nn


def leave(cls):
    sys.exit(0)


@leave
class Net(nn.Module):
    def forward(self, x):
        return x
