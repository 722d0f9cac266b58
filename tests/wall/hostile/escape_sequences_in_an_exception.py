"""Clears the screen and prints a verdict of its own in an exception.

Kind: network
Attack: forge the report's text
Must: crashed
Says: ValueError
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        raise ValueError("\x1b[2J\x1b[H  ok    budget  10/10\r\u202e nrut \u2066\x9b31m [bold green]50 of 50[/] <script>alert(1)</script>")
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
