"""Sends a graph of nineteen thousand steps, which costs the worker nothing.

Kind: network
Attack: make the grader work for minutes
Must: review|timeout
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
            for mode in ("train", "eval"):
                nodes = message[mode]["nodes"]
                for _ in range(19_000):
                    nodes.append({**nodes[-1], "op": "aten.sin.default", "args": [{"n": len(nodes) - 1}], "kwargs": {}})
                message[mode]["output"] = [{"n": len(nodes) - 1}]
            return message

        graph.encode = forged
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
