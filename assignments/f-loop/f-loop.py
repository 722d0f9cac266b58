"""The training loop: one pass that learns, one pass that only looks.

Write `train` and `test`. Read README.md first; measure them with ``dlgrade check f-loop``, which also trains `Net` on
MNIST with your loop.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) logits. It is given; it may be yours of the step before."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.scores = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scores(torch.relu(self.hidden(x.flatten(1))))


def train(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer, epoch: int) -> dict[str, float]:
    """Train for one pass over the loader with the cross-entropy, in training mode.

    Args:
        model: (n, ...) to (n, K) logits.
        loader: gives batches (x, labels), labels (n,) int64; the last batch may be smaller.
        optimizer: over the model's parameters.
        epoch: 1, 2, ...; for printing.

    Returns:
        ``{"loss": ..., "accuracy": ...}``, means over the samples as they were seen during the pass. Accuracy is a
        share: 3 of 4 right is 0.75.
    """
    raise NotImplementedError


def test(model: nn.Module, loader: DataLoader) -> dict[str, float]:
    """Mean cross-entropy and accuracy over the samples, in evaluation mode; changes nothing.

    Afterwards the model is in the mode in which it came: training or evaluation.
    """
    raise NotImplementedError
