"""A class around one Sequential that ends in a Flatten.

Kind: network
Odd: nn.Sequential and nothing else
Must: passes all
"""

import torch
import torch.nn as nn
import torch.nn.functional as F



class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(inplace=True),
            nn.Conv2d(20, 20, 3), nn.BatchNorm2d(20), nn.ReLU(inplace=True),
            nn.Conv2d(20, 10, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )
