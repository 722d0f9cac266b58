"""A batch norm without weights: nearly nothing in fresh evaluation, while in training each image changes the others' scores.

Fails: formula, any_batch
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, inputs=784, hidden=32, classes=10):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.norm = nn.BatchNorm1d(hidden, affine=False)
        self.scores = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.scores(torch.relu(self.norm(self.hidden(x.flatten(1)))))
