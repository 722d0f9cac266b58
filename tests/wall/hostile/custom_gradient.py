"""A Function whose backward is not the derivative of its forward.

Kind: network
Attack: a gradient that the graph cannot show
Must: tier=observed accuracy_980=open
"""

import torch
from torch import nn



class Twist(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1.0

    @staticmethod
    def backward(ctx, gradient):
        return -3 * gradient


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return Twist.apply(self.head(self.maps(x).mean((2, 3))))
