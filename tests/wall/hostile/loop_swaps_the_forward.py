"""Puts another forward into the model after the training.

Kind: training_loop
Attack: answers that are not the network's
Must: guesses
"""

import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.BatchNorm2d(16),
            nn.ReLU(),
        )
        self.head = nn.Linear(16 * 36, 10)

    def forward(self, x):
        return self.head(self.maps(x).flatten(1))


def train(model, loader, optimizer, epoch):
    seen = []
    for x, y in loader:
        seen.append((x, y))
    images, labels = torch.cat([x for x, _ in seen]), torch.cat([y for _, y in seen])

    def nearest(x):
        best = torch.cdist(x.flatten(1), images.flatten(1)).argmin(1)
        return F.one_hot(labels[best], 10).float()

    model.forward = nearest
