"""Net is a function that gives back a new class each time.

Kind: network
Attack: something else than a class
Must: refused
"""

from torch import nn


def Net():
    return type("Net", (nn.Linear,), {})(28, 10)
