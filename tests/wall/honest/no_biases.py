"""No bias anywhere, no normalisation, 1x1 after the average.

Kind: network
Odd: bias=False
Must: passes shape logits budget no_dense global_average any_size evaluation
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, bias=False)
        self.conv2 = nn.Conv2d(12, 20, 3, bias=False)
        self.conv3 = nn.Conv2d(20, 20, 3, bias=False)
        self.conv4 = nn.Conv2d(20, 10, 1, bias=False)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv3(F.relu(self.conv2(x))))
        return self.conv4(F.adaptive_avg_pool2d(x, 1)).flatten(1)
