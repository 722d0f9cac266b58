"""Layers, variables and helpers with names in Greek, Cyrillic and Hindi.

Kind: network
Odd: names that are not ASCII
Must: passes all
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.σύνελιξη = nn.Conv2d(1, 12, 3)
        self.норма = nn.BatchNorm2d(12)
        self.परत = nn.Conv2d(12, 20, 3)
        self.bn2 = nn.BatchNorm2d(20)
        self.conv3 = nn.Conv2d(20, 20, 3)
        self.bn3 = nn.BatchNorm2d(20)
        self.fc = nn.Linear(20, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.норма(self.σύνελιξη(x))), 2)
        x = F.relu(self.bn2(self.परत(x)))
        x = F.relu(self.bn3(self.conv3(x)))
        return self.fc(x.mean((2, 3)))
