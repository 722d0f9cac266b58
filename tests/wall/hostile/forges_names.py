"""Gives all tensors of the message one name, so that the optimiser would take any for any.

Kind: network
Attack: names that mean several tensors
Must: review
"""

import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        graph = sys.modules["dlgrade.graph"]

        real = graph.encode

        def forged(network, shape, files):
            message = real(network, shape, files)
            for tensor in message["tensors"]:
                tensor["names"] = ["weight"]
            return message

        graph.encode = forged
        self.maps = nn.Sequential(nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
