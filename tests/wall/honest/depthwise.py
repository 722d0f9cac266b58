"""Depthwise separable convolutions with a helper that is defined below the class.

Kind: network
Odd: groups=channels
Must: passes all
"""

import torch
import torch.nn as nn
import torch.nn.functional as F



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 24, 3), nn.BatchNorm2d(24), nn.ReLU6(), nn.MaxPool2d(2))
        self.one = separable(24, 32)
        self.two = separable(32, 32)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(self.two(self.one(self.stem(x))).mean((-1, -2)))


def separable(a, b):
    return nn.Sequential(
        nn.Conv2d(a, a, 3, groups=a, bias=False), nn.BatchNorm2d(a), nn.ReLU(),
        nn.Conv2d(a, b, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(),
    )
