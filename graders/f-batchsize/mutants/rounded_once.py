"""Divides the samples of all epochs at once, as if a batch could reach into the next epoch.

Fails: steps, rows
"""

import numpy as np


def steps(n: int, batch_size: int, epochs: int = 1, drop_last: bool = False) -> int:
    return epochs * n // batch_size if drop_last else -(-epochs * n // batch_size)


def scaled_rate(rate: float, batch_size: int, new_batch_size: int) -> float:
    return rate * new_batch_size / batch_size


def experiment(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    weights: np.ndarray,
    batch_sizes: list[int],
    epochs: int,
    rate: float,
) -> list[dict[str, float]]:
    rows = []
    for batch_size in batch_sizes:
        fresh = weights.copy()  # train_epoch works in place
        scaled = scaled_rate(rate, batch_sizes[0], batch_size)
        for _ in range(epochs):
            train_epoch(fresh, *train, batch_size, scaled)
        loss, accuracy = measure(fresh, *test)
        count = steps(len(train[0]), batch_size, epochs)
        rows.append(
            {"batch_size": batch_size, "rate": scaled, "steps": count, "loss": loss, "accuracy": accuracy}
        )
    return rows


def time_to(row: dict, wanted: float) -> float | None:
    for epoch, accuracy in enumerate(row["accuracy"], 1):
        if accuracy >= wanted:
            return epoch * row["seconds"]
    return None


def fastest(rows: list[dict], wanted: float) -> int | None:
    times = [(time_to(row, wanted), row["batch_size"]) for row in rows]
    return min(((seconds, size) for seconds, size in times if seconds is not None), default=(0.0, None))[1]


def recovered(small: float, large: float, large_scaled: float) -> float:
    if large >= small:
        raise ValueError("nothing was lost")
    return (large_scaled - large) / (small - large)



def train_epoch(weights: np.ndarray, x: np.ndarray, labels: np.ndarray, batch_size: int, rate: float) -> None:
    for first in range(0, len(x), batch_size):
        part, right = x[first : first + batch_size], labels[first : first + batch_size]
        share = softmax(part @ weights)
        share[np.arange(len(part)), right] -= 1.0
        weights -= rate * part.T @ share / len(part)


def measure(weights: np.ndarray, x: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    share = softmax(x @ weights)
    loss = -np.log(share[np.arange(len(x)), labels]).mean()
    return float(loss), float((share.argmax(1) == labels).mean())


def softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)
