"""A parameter that says it is small: a subclass of Tensor that answers for itself.

Kind: network
Attack: under-report by __torch_function__
Must: budget=failed|blocked|review|crashed
"""

import torch
from torch import nn



class Small(nn.Parameter):
    def numel(self):
        return 1

    def element_size(self):
        return 0

    @property
    def shape(self):
        return torch.Size([1])

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if getattr(func, "__name__", "") in {"numel", "size"}:
            return 1
        return super().__torch_function__(func, types, args, kwargs or {})


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = Small(torch.randn(10, 1, 29, 29) * 0.1)

    def forward(self, x):
        return nn.functional.conv2d(x, self.weight, padding=14).relu().mean((2, 3))
