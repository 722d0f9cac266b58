"""Settings stand as globals above the class.

Kind: network
Odd: dropout_value and friends
Must: passes all
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


dropout_value = 0.02
CHANNELS, CLASSES = (12, 20), 10


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3)
        self.bn1 = nn.BatchNorm2d(12)
        self.conv2 = nn.Conv2d(12, CHANNELS[1], 3)
        self.bn2 = nn.BatchNorm2d(CHANNELS[1])
        self.conv3 = nn.Conv2d(CHANNELS[1], CHANNELS[1], 3)
        self.bn3 = nn.BatchNorm2d(CHANNELS[1])
        self.fc = nn.Linear(CHANNELS[1], 10)
        self.drop = nn.Dropout(dropout_value)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.relu(self.bn3(self.conv3(x)))
        return self.fc(self.drop(x.mean((2, 3))))
