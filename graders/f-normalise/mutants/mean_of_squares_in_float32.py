"""Adds up numbers and squares in float32 and subtracts.

Fails: stable
"""

import numpy as np


def channel_stats(batches):
    count, total, squares = 0, 0.0, 0.0
    for batch in batches:
        values = batch.astype("float32")
        total = total + values.sum(axis=(0, 2, 3))
        squares = squares + (values**2).sum(axis=(0, 2, 3))
        count += values[:, 0].size
    if count == 0:
        raise ValueError("there is no image")
    mean = total / count
    return mean, np.sqrt(np.maximum(squares / count - mean**2, 0))


def normalise(images, mean, std):
    divisor = np.where(std == 0, 1.0, std)
    out = (images - mean[:, None, None]) / divisor[:, None, None]
    return out.astype(images.dtype)


def denormalise(images, mean, std):
    divisor = np.where(std == 0, 1.0, std)
    out = images * divisor[:, None, None] + mean[:, None, None]
    return out.astype(images.dtype)


def prepare(train, test):
    mean, std = channel_stats([train])
    return normalise(train, mean, std), normalise(test, mean, std)
