"""Full marks: the network of Code 9, SGD, and the three policies in one function."""

import math
from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import lr_scheduler

POLICY = "step"  # variant: policy
PEAK = 0.1  # variant: peak
SHARE = 0.1  # variant: share
SCHEDULE_PER = "epoch" if POLICY == "step" else "batch"


def block(channels_in: int, channels_out: int) -> nn.Sequential:
    """3x3 convolution without padding (the map loses 2 pixels), batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


class Net(nn.Module):
    """(N, 1, H, W) to (N, 10) logits; 11,410 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.edges = nn.Sequential(block(1, 8), block(8, 16), nn.MaxPool2d(2))
        self.parts = nn.Sequential(block(16, 16), block(16, 16), block(16, 16), block(16, 20))
        self.dropout = nn.Dropout(0.02)
        self.head = nn.Linear(20, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.parts(self.edges(x)).mean((2, 3))
        return self.head(self.dropout(x))


def make_optimizer(params: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """SGD; the schedule decides about the rate."""
    return torch.optim.SGD(params, lr=PEAK, momentum=0.9, nesterov=True, weight_decay=1e-4)


def make_scheduler(
    optimizer: torch.optim.Optimizer, epochs: int, steps_per_epoch: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """In epochs for the staircase, in batches for the curves."""
    steps = epochs * steps_per_epoch
    if POLICY == "step":
        return lr_scheduler.StepLR(optimizer, step_size=math.ceil(epochs / 3), gamma=SHARE)
    if POLICY == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps, eta_min=PEAK * SHARE**2)
    return lr_scheduler.OneCycleLR(optimizer, max_lr=PEAK, total_steps=steps, pct_start=SHARE)


def walk(
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler,
    epochs: int,
    steps_per_epoch: int,
    per: str,
) -> list[float]:
    """Read the rate, use it, and only then set the next."""
    rates = []
    for _ in range(epochs):
        for _ in range(steps_per_epoch):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if per == "batch":
                scheduler.step()
        if per == "epoch":
            scheduler.step()
    return rates
