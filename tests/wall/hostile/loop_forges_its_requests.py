"""Asks for loaders and passes that there are not, and for things that no loader has.

Kind: training_loop
Attack: the wire
Must: crashed|guesses
"""

import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.BatchNorm2d(16),
            nn.ReLU(),
        )
        self.head = nn.Linear(16 * 36, 10)

    def forward(self, x):
        return self.head(self.maps(x).flatten(1))


def train(model, loader, optimizer, epoch):
    ask = loader._exchange
    said = [
        ask({"do": "next", "number": 7, "pass": 0}), ask({"do": "pass", "number": -1}), ask({"do": "labels"}),
        ask({"do": "next", "number": 0, "pass": "x"}), ask({"do": "next", "number": 0}), ask([1, 2, 3]), ask(None),
        ask({"do": "pass", "number": True}),
    ]
    return {"loss": repr(said), "accuracy": 1.0}
