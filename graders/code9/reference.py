"""Full marks: the network of Code 8, a rotation and the second transform for training images, neither for the test."""

from collections.abc import Callable

import torch
from torch import nn
from torchvision import transforms

DEGREES = 7  # variant: degrees
SECOND = "shift"  # variant: second
MEAN, STD = 0.1307, 0.3081


def block(channels_in: int, channels_out: int) -> nn.Sequential:
    """3x3 convolution without padding (the map loses 2 pixels), batch norm, ReLU, dropout."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.Dropout(0.02),
    )


class Net(nn.Module):
    """(N, 1, H, W) to (N, 10) logits; 11,410 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.edges = nn.Sequential(block(1, 8), block(8, 16), nn.MaxPool2d(2))
        self.parts = nn.Sequential(block(16, 16), block(16, 16), block(16, 16), block(16, 20))
        self.head = nn.Linear(20, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.parts(self.edges(x)).mean((2, 3)))


def train_transform() -> Callable:
    """Geometry on the image, where background is 0; erasing on the tensor, where it is what Normalize makes of 0."""
    smooth = transforms.InterpolationMode.BILINEAR
    steps: list[Callable] = [transforms.RandomRotation(DEGREES, smooth, fill=0)]
    if SECOND == "shift":
        steps.append(transforms.RandomAffine(0, translate=(2 / 28, 2 / 28), interpolation=smooth))
    if SECOND == "scale":
        steps.append(transforms.RandomAffine(0, scale=(0.9, 1.1), interpolation=smooth))
    steps += [transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))]
    if SECOND == "erase":
        steps.append(transforms.RandomErasing(p=0.25, scale=(0.02, 0.1), value=-MEAN / STD))
    return transforms.Compose(steps)


def test_transform() -> Callable:
    """What is fixed, and nothing else."""
    return transforms.Compose([transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))])
