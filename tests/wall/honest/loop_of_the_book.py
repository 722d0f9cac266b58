"""A loop as in every tutorial.

Kind: training_loop
Odd: a loop as in every tutorial
Must: learns
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
    model.train()
    right = total = 0
    summed = 0.0
    for batch, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        summed += loss.item() * len(y)
        right += (logits.argmax(1) == y).sum().item()
        total += len(y)
        if batch % 10 == 0:
            print(f"epoch {epoch} [{total}/{len(loader.dataset)}] loss {loss.item():.3f} of {len(loader)}")
    return {"loss": summed / total, "accuracy": right / total}
