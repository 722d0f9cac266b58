"""Changes its own name into escape sequences.

Kind: network
Attack: a class whose name is markup
Must: crashed
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        type(self).__name__ = "\x1b[31m\u202eteN<img src=x onerror=alert(1)>"
        type(self).__qualname__ = "\x1b]0;title\x07"
        raise type("\x1b[2J\u202e[red]", (Exception,), {})("\x9b0m")
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
