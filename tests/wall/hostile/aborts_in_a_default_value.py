"""Aborts while the file is read: a default value is executed.

Kind: network
Attack: end the worker while it loads
Must: crashed
"""

import os

from torch import nn


class Net(nn.Module):
    def __init__(self, channels=os.abort()):
        super().__init__()
