"""Calls F.batch_norm with training=True in evaluation too.

Fails: evaluation
"""

import torch.nn.functional as F
from torch import nn


class Norm(nn.BatchNorm2d):
    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, True, self.momentum)


def block(i, o, k=3):
    return nn.Sequential(nn.Conv2d(i, o, k, bias=False), Norm(o), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.Sequential(
            block(1, 10), block(10, 10), block(10, 20), nn.MaxPool2d(2), block(20, 10, 1), block(10, 10), block(10, 20),
            block(20, 10, 1),
        )
        self.head = nn.Conv2d(10, 10, 7, bias=False)

    def forward(self, x):
        return self.head(self.parts(x)).flatten(1)
