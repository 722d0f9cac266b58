"""One batch, learned by heart: pick it, learn it, and name what is wrong where it is not learned.

Read README.md first; measure with ``dlgrade check f-overfit``.
"""

from typing import Any

import torch
from torch import nn


def pick(dataset: Any, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """One image of each class: images (classes, C, H, W) and their labels 0, 1, ... classes - 1 as int64.

    Of each class the first image counts. The data set is read from the front, each item at most once, and no further
    than until all classes are there.

    Args:
        dataset: ``len(dataset)`` items; ``dataset[i]`` is an image (C, H, W) and its label, a whole number.

    Raises:
        ValueError: a class has no image.
    """
    raise NotImplementedError


def overfit(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, most_steps: int = 200) -> dict:
    """Train a network on one batch until it knows it by heart, or for `most_steps` steps.

    It knows the batch when, in evaluation mode, the mean cross-entropy is below 0.01 and each image is right. That is
    looked at before the first step (0 steps where the batch is known already) and after each. Steps are those of an
    optimiser of ``torch.optim``.

    Args:
        model: gives logits (N, classes).
        images: (N, C, H, W).
        labels: (N,) of int64.

    Returns:
        ``{"steps": 41, "loss": 0.0099, "accuracy": 1.0, "learned": True}``: steps made, then loss and share of right
        images of the model as it is now, in evaluation mode, and whether it knows the batch.
    """
    raise NotImplementedError


def diagnose(facts: dict) -> str:
    """The illness of a network, from what was measured while it should have learned; the README has the table.

    Args:
        facts: ``{"classes": 10, "losses": [2.3, 2.1, 1.9], "outputs_sum_to_one": False, "zeros": 0.5,
            "gradients": [0.3, 0.8], "moved": [0.02, 0.05], "accuracy": 0.4, "fresh": 0.3}``.
    """
    raise NotImplementedError
