"""Writes into the package that grades it, and beside the gradebook.

Kind: network
Attack: change the grader's code for the next student
Must: crashed
Needs: sandbox
Says: nothing
"""

import os
import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        found = []
        package = os.path.dirname(sys.modules["dlgrade"].__file__)
        for path in (f"{package}/graph/planted.py", f"{package}/student.py", "@GRADEBOOK@", "@GRADEBOOK@.planted"):
            try:
                with open(path, "a") as file:
                    file.write("\n")
                found += [path] * path.startswith(package)
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
