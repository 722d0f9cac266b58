"""A frozen dataclass of settings as a default argument.

Kind: network
Odd: dataclass config
Must: passes all
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import torch
import torch.nn as nn
import torch.nn.functional as F



@dataclass(frozen=True)
class Config:
    first: int = 12
    second: int = 20
    classes: Final = 10
    names: list[str] = field(default_factory=list)


class Net(nn.Module):
    def __init__(self, config: Config = Config(), **kwargs: float | None) -> None:
        super().__init__()
        a, b = config.first, config.second
        self.maps = nn.Sequential(nn.Conv2d(1, a, 3), nn.BatchNorm2d(a), nn.ReLU(), nn.MaxPool2d(2),
                                  nn.Conv2d(a, b, 3), nn.BatchNorm2d(b), nn.ReLU(),
                                  nn.Conv2d(b, b, 3), nn.BatchNorm2d(b), nn.ReLU())
        self.fc = nn.Linear(b, config.classes)

    def forward(self, x: "torch.Tensor") -> torch.Tensor | None:
        assert x.ndim == 4, f"{x.shape=} has {x.ndim!r} axes"
        return self.fc(self.maps(x).mean((2, 3)))
