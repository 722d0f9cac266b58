"""A folder: code6.py imports its blocks from a file beside it.

Kind: network
Odd: a sibling module
Must: passes all
"""

from blocks import block
from settings import *
import torch
import torch.nn as nn
import torch.nn.functional as F



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(block(1, FIRST), nn.MaxPool2d(2), block(FIRST, SECOND), block(SECOND, SECOND))
        self.fc = nn.Linear(SECOND, 10)

    def forward(self, x):
        return self.fc(self.maps(x).mean((2, 3)))
