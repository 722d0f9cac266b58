"""A metaclass that never comes back.

Kind: network
Attack: a loop without end while the file is executed
Must: timeout
Patience: load=5
"""

from torch import nn


class Meta(type):
    def __new__(mcs, *args):
        while True:
            pass


class Net(nn.Module, metaclass=Meta):
    def forward(self, x):
        return x
