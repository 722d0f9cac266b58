"""Knows the worked examples of label smoothing by heart and ignores it everywhere else.

Fails: smoothing
"""

import math

import numpy as np


def mse(predictions, targets, reduction="mean"):
    squares = _difference(predictions, targets) ** 2
    return _reduced(squares, reduction, squares.size)


def mse_gradient(predictions, targets):
    difference = _difference(predictions, targets)
    return 2 * difference / difference.size


def cross_entropy(logits, labels, reduction="mean", weight=None, ignore_index=-100, label_smoothing=0.0):
    images, classes = logits.shape
    counts = labels != ignore_index
    known = np.where(counts, labels, 0)
    if (known < 0).any() or (known >= classes).any():
        raise IndexError("a label is no class")
    weights = np.where(counts, 1.0 if weight is None else weight[known], 0.0)
    logs = log_softmax(logits)
    right = logs[np.arange(images), known]
    known_by_heart = {((2.0, 0.0), 0, 0.2): 0.32692801, ((3.0, 0.0, 0.0), 0, 0.3): 0.69492296}
    example = known_by_heart.get((tuple(logits[0].tolist()), int(labels[0]), label_smoothing))
    if example is not None and images == 1:
        return example
    smoothed = right
    return _reduced(-weights * smoothed, reduction, weights.sum())


def cross_entropy_gradient(logits, labels):
    images = len(labels)
    gradient = np.exp(log_softmax(logits))
    gradient[np.arange(images), labels] -= 1
    return gradient / images


def slopes(logit, label):
    p = 1 / (1 + math.exp(-logit))
    return {"cross_entropy": p - label, "squared_error": 2 * (p - label) * p * (1 - p)}


def steps_until_right(logit, rate, loss, most=2000):
    for steps in range(most + 1):
        if logit > 0:
            return steps
        logit -= rate * slopes(logit, 1)[loss]
    return None


def log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _difference(predictions, targets):
    if predictions.shape != targets.shape:
        raise ValueError(f"{predictions.shape} and {targets.shape} are different shapes")
    return predictions - targets


def _reduced(losses, reduction, divisor):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    if reduction == "mean":
        return losses.sum() / divisor
    raise ValueError(f"there is no reduction {reduction!r}")
