"""Has a second hidden layer.

Fails: parameters, one_relu, formula, any_width
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, inputs=784, hidden=32, classes=10):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.scores = nn.Linear(hidden, classes)

    def forward(self, x):
        x = torch.relu(self.hidden(x.flatten(1)))
        return self.scores(torch.relu(self.second(x)))
