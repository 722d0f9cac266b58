"""Has no hidden layer: one template for each digit.

Fails: accuracy_940, accuracy_965
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Linear(784, 10)

    def forward(self, x):
        return self.scores(x.flatten(1))
