"""Each network that is built has more layers than the one before it.

Kind: network
Attack: another network for each question
Must: budget=failed
"""

import torch
from torch import nn



class Net(nn.Module):
    built = 0

    def __init__(self):
        super().__init__()
        Net.built += 1
        self.maps = nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU())
        for _ in range(Net.built):
            self.maps.extend([nn.Conv2d(8, 8, 3), nn.ReLU()])
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
