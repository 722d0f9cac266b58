"""Ends in a softmax, which the cross-entropy applies once more.

Fails: scores
"""

import torch
from torch import nn
from torchvision import transforms
from torchvision.transforms import InterpolationMode

SCHEDULE_PER = "batch"


def block(channels_in, channels_out):
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Sequential(block(1, 8), block(8, 10), nn.MaxPool2d(2))
        self.parts = nn.Sequential(block(10, 14), block(14, 14), block(14, 14), block(14, 14))
        self.head = nn.Linear(14, 10)

    def forward(self, x):
        return torch.softmax(self.head(5 * self.parts(self.edges(x)).mean((2, 3))), dim=1)


def make_optimizer(params):
    return torch.optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)


def make_scheduler(optimizer, epochs, steps_per_epoch):
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=epochs * steps_per_epoch)


def train_transform():
    return transforms.Compose([
        transforms.RandomAffine(7, translate=(0.04, 0.04), interpolation=InterpolationMode.BILINEAR),
        transforms.ToTensor(),
        transforms.Normalize((0.1307,), (0.3081,)),
    ])
