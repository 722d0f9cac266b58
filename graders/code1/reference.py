"""Full marks: the network of 6.4 million parameters that the course begins with, and a loop around it."""

from collections.abc import Callable

import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

INVERTED = False  # variant: inverted
BATCH_SIZE = 128  # variant: batch_size
MEAN, STD = 0.1307, 0.3081  # of MNIST's training pixels as shares of 255

Transform = Callable[[Image.Image], torch.Tensor]


def train_transform() -> Transform:
    """Inverting turns the mean round and leaves the deviation."""
    mean = 1 - MEAN if INVERTED else MEAN
    return transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (STD,))])


def test_transform() -> Transform:
    """The training set's numbers, for test images too."""
    return train_transform()


def make_loaders(train_set: Dataset, test_set: Dataset, batch_size: int = BATCH_SIZE) -> tuple[DataLoader, DataLoader]:
    """Shuffled and in order."""
    return DataLoader(train_set, batch_size, shuffle=True), DataLoader(test_set, batch_size)


def conv(channels_in: int, channels_out: int, padding: int = 1) -> nn.Sequential:
    """3x3 convolution and ReLU."""
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, padding=padding), nn.ReLU())


class Net(nn.Module):
    """(N, 1, 28, 28) to (N, 10) logits; 6,379,786 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(1, 32), conv(32, 64), nn.MaxPool2d(2),
            conv(64, 128), conv(128, 256), nn.MaxPool2d(2),
            conv(256, 512, 0), conv(512, 1024, 0),
        )  # fmt: skip
        self.head = nn.Conv2d(1024, 10, 3)  # over the 3x3 map that is left

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x)).flatten(1)


def count_parameters(model: nn.Module) -> int:
    """parameters() gives a shared tensor once, and no buffers."""
    return sum(p.numel() for p in model.parameters())


def train(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer, epoch: int) -> dict[str, float]:
    """One pass that learns."""
    model.train()
    loss_sum = right = samples = 0.0
    for x, labels in loader:
        optimizer.zero_grad()
        scores = model(x)
        loss = F.cross_entropy(scores, labels)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)  # the mean of the batch, back to its sum
        right += (scores.argmax(1) == labels).sum().item()
        samples += len(labels)
    return {"loss": loss_sum / samples, "accuracy": right / samples}


def test(model: nn.Module, loader: DataLoader) -> dict[str, float]:
    """One pass that only looks."""
    was = model.training
    model.eval()
    loss_sum = right = samples = 0.0
    with torch.no_grad():
        for x, labels in loader:
            scores = model(x)
            loss_sum += F.cross_entropy(scores, labels, reduction="sum").item()
            right += (scores.argmax(1) == labels).sum().item()
            samples += len(labels)
    model.train(was)
    return {"loss": loss_sum / samples, "accuracy": right / samples}
