"""Connects to a server on this machine, by port and by name, and sends what it knows.

Kind: network
Attack: reach the network
Must: crashed
Needs: sandbox
Says: nothing
"""

import socket

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        found = []
        for family, place in ((socket.AF_INET, ("127.0.0.1", int("@PORT@"))), (socket.AF_UNIX, "\0@ABSTRACT@")):
            try:
                with socket.socket(family) as out:
                    out.settimeout(1)
                    out.connect(place)
                    found.append("connected")
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
