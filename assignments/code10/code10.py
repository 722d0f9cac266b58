"""Code 10: learning-rate scheduling.

Write the optimiser, the schedule that is asked of you, and the loop that calls both in the right order; bring your
network along. Read README.md first; measure it with ``dlgrade check code10``.
"""

from collections.abc import Iterable

import torch
from torch import nn

POLICY = "step"  # variant: policy
PEAK = 0.1  # variant: peak
SHARE = 0.1  # variant: share
SCHEDULE_PER = "epoch"  # or "batch": how often the trainer calls scheduler.step()


class Net(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) logits: your Code 9."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


def make_optimizer(params: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """An optimiser of torch.optim over these parameters."""
    raise NotImplementedError


def make_scheduler(
    optimizer: torch.optim.Optimizer, epochs: int, steps_per_epoch: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The schedule POLICY with the constants PEAK and SHARE, for a run of so many epochs."""
    raise NotImplementedError


def walk(
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler,
    epochs: int,
    steps_per_epoch: int,
    per: str,
) -> list[float]:
    """A training loop without the training: the learning rate that each ``optimizer.step()`` used.

    Calls ``optimizer.step()`` for every batch, and ``scheduler.step()`` for every batch or every epoch, as `per` says
    ("batch" or "epoch"). The gradients are there already.
    """
    raise NotImplementedError
