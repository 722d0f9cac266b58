"""Writes half a message that announces two gigabytes.

Kind: network
Attack: make the grader allocate
Must: score<=0
"""

import torch
from torch import nn



import gc
import io


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for thing in gc.get_objects():
            if isinstance(thing, io.BufferedWriter) and thing.fileno() > 2:
                thing.write(b"DLG1" + (2**31).to_bytes(4, "big"))
                thing.flush()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
