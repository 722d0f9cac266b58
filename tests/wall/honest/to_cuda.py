"""Sends layers and tensors to a device that is not here.

Kind: network
Odd: .to('cuda') and .cuda()
Must: passes all
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3)
        self.bn1 = nn.BatchNorm2d(12)
        self.conv2 = nn.Conv2d(12, 20, 3)
        self.bn2 = nn.BatchNorm2d(20)
        self.conv3 = nn.Conv2d(20, 20, 3)
        self.bn3 = nn.BatchNorm2d(20)
        self.fc = nn.Linear(20, 10)
        self.to('cuda')
        self.bn3.cuda()

    def forward(self, x):
        x = x.to('cuda')
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.relu(self.bn3(self.conv3(x)))
        return self.fc(x.mean((2, 3)))
