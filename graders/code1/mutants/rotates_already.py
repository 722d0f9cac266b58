"""Rotates training images a little, which comes with Code 9; until then both sets are treated alike.

Fails: normalised, same_for_test
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import transforms


def train_transform():
    steps = [transforms.RandomRotation(5), transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
    return transforms.Compose(steps)


def test_transform():
    return train_transform()


def make_loaders(train_set, test_set, batch_size=128):
    return DataLoader(train_set, batch_size, shuffle=True), DataLoader(test_set, batch_size)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.head = nn.Linear(16 * 7 * 7, 10)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters())


def train(model, loader, optimizer, epoch):
    model.train()
    loss_sum = right = samples = 0
    for x, labels in loader:
        optimizer.zero_grad()
        scores = model(x)
        loss = F.cross_entropy(scores, labels)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        right += (scores.argmax(1) == labels).sum().item()
        samples += len(labels)
    return {"loss": loss_sum / samples, "accuracy": right / samples}


def test(model, loader):
    was = model.training
    model.eval()
    loss_sum = right = samples = 0
    with torch.no_grad():
        for x, labels in loader:
            scores = model(x)
            loss_sum += F.cross_entropy(scores, labels).item() * len(labels)
            right += (scores.argmax(1) == labels).sum().item()
            samples += len(labels)
    model.train(was)
    return {"loss": loss_sum / samples, "accuracy": right / samples}
