"""Fails without a word at other sizes, so that nothing is left to be said against it.

Kind: network
Attack: a problem whose every text is empty is taken for none
Must: any_size=failed|crashed|review|blocked
"""

import sys

import torch
from torch import nn



class Nameless(Exception):
    pass


Nameless.__name__ = ""


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

        exec(compile("def fail():\n    raise Nameless()", "nowhere", "exec"), globals())

    def forward(self, x):
        if x.shape[-1] not in (28, 56):
            sys.modules["dlgrade.worker._problems"].students_line = lambda error, files: None
            fail()
        return self.head(self.maps(x).mean((2, 3)))
