"""What the batch size does to speed and accuracy: count, experiment, read.

Read README.md first; measure your functions with ``dlgrade check f-batchsize``.
"""

import numpy as np


def steps(n: int, batch_size: int, epochs: int = 1, drop_last: bool = False) -> int:
    """Updates of the weights in `epochs` passes over `n` samples.

    ``steps(10, 4)`` is 3, ``steps(10, 4, 5)`` is 15, ``steps(10, 4, 5, True)`` is 10.
    """
    raise NotImplementedError


def scaled_rate(rate: float, batch_size: int, new_batch_size: int) -> float:
    """The linear rule: the rate for `new_batch_size`, where `rate` was found with `batch_size`.

    ``scaled_rate(0.1, 32, 128)`` is 0.4.
    """
    raise NotImplementedError


def experiment(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    weights: np.ndarray,
    batch_sizes: list[int],
    epochs: int,
    rate: float,
) -> list[dict[str, float]]:
    """Train with each batch size for equally many epochs, each time from the same weights.

    Args:
        train: samples (N, d) and labels (N,).
        test: the same of data that no training sees.
        weights: (d, K), to start from; they must be as they were afterwards.
        batch_sizes: in the order of the rows.
        rate: learning rate for the first of `batch_sizes`; the others get theirs by the linear rule.

    Returns:
        One row per batch size: ``{"batch_size": ..., "rate": ..., "steps": ..., "loss": ..., "accuracy": ...}`` with
        all its steps, and loss and accuracy on the test data after the last epoch.
    """
    raise NotImplementedError


def time_to(row: dict, wanted: float) -> float | None:
    """Seconds until the accuracy is first `wanted` or more; None where it never is.

    ``time_to({"batch_size": 32, "seconds": 0.5, "accuracy": [0.90, 0.93, 0.95]}, 0.93)`` is 1.0: two epochs of half a
    second. `seconds` are those of one epoch, `accuracy` that after each epoch.
    """
    raise NotImplementedError


def fastest(rows: list[dict], wanted: float) -> int | None:
    """The batch size whose row reaches `wanted` first, the smaller one of two equally fast; None where none does."""
    raise NotImplementedError


def recovered(small: float, large: float, large_scaled: float) -> float:
    """The share of the lost accuracy that the scaled rate wins back.

    ``recovered(0.94, 0.86, 0.92)`` is 0.75. Raises a ValueError where nothing was lost (`large` is not below `small`).

    Args:
        small: accuracy with the small batch.
        large: with the large batch and the rate of the small one.
        large_scaled: with the large batch and the scaled rate.
    """
    raise NotImplementedError


# -- given: one epoch and one measurement of the smallest network, scores = x @ weights -------------------------------


def train_epoch(weights: np.ndarray, x: np.ndarray, labels: np.ndarray, batch_size: int, rate: float) -> None:
    """One pass in the given order, the short batch included. Changes `weights` in place, as an optimiser does."""
    for first in range(0, len(x), batch_size):
        part, right = x[first : first + batch_size], labels[first : first + batch_size]
        share = softmax(part @ weights)
        share[np.arange(len(part)), right] -= 1.0
        weights -= rate * part.T @ share / len(part)


def measure(weights: np.ndarray, x: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy and accuracy (a share)."""
    share = softmax(x @ weights)
    loss = -np.log(share[np.arange(len(x)), labels]).mean()
    return float(loss), float((share.argmax(1) == labels).mean())


def softmax(scores: np.ndarray) -> np.ndarray:
    """Row by row."""
    raised = np.exp(scores - scores.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)
