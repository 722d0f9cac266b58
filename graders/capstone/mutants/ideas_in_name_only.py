"""A rotation by 0 degrees, dropout of 0 and a schedule that changes nothing.

Fails: ideas
"""

import torch
from torch import nn
from torchvision import transforms

SCHEDULE_PER = "batch"


def block(channels_in, channels_out):
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Sequential(block(1, 8), nn.MaxPool2d(2), block(8, 10), nn.Dropout(0.0))
        self.parts = nn.Sequential(block(10, 14), block(14, 14), block(14, 14), block(14, 14))
        self.head = nn.Linear(14, 10)

    def forward(self, x):
        return self.head(self.parts(self.edges(x)).mean((2, 3)))


def make_optimizer(params):
    return torch.optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)


def make_scheduler(optimizer, epochs, steps_per_epoch):
    return torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=1.0)


def train_transform():
    return transforms.Compose([
        transforms.RandomRotation(0),
        transforms.ToTensor(),
        transforms.Normalize((0.1307,), (0.3081,)),
    ])
