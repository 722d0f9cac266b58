"""Forgets the ReLU, so that its two layers are one.

Fails: accuracy_940, accuracy_965
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 70)
        self.scores = nn.Linear(70, 10)

    def forward(self, x):
        return self.scores(self.hidden(x.flatten(1)))
