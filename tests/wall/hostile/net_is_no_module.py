"""Net looks like a network and is none: its forward answers what nobody can train.

Kind: network
Attack: something else than a module
Must: crashed
Says: not an nn.Module
"""

import torch


class Net:
    training = True

    def forward(self, x):
        return torch.zeros(len(x), 10)

    __call__ = forward

    def float(self):
        return self

    cpu = eval = train = float
