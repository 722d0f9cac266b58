"""Reads a flattened map in training, within the budget, and averages in evaluation.

Kind: network
Attack: a dense layer that only the training graph has
Must: no_dense=failed
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU())
        self.head = nn.Linear(16, 10)
        self.dense = nn.Linear(28 * 28, 8)
        self.last = nn.Linear(8, 10)

    def forward(self, x):
        scores = self.head(self.maps(x).mean((2, 3)))
        if self.training and x.shape[-1] == 28:
            scores = scores + self.last(self.dense(x.flatten(1)))
        return scores
