"""Reads the batches twice, first for the mean, then for the deviation.

Fails: one_pass
"""

import numpy as np


def channel_stats(batches):
    count, total, squares = 0, 0.0, 0.0
    for batch in batches:
        total = total + batch.sum(axis=(0, 2, 3), dtype="float64")
        count += batch[:, 0].size
    if count == 0:
        raise ValueError("there is no image")
    mean = total / count
    for batch in batches:
        squares = squares + ((batch - mean[:, None, None]) ** 2).sum(axis=(0, 2, 3))
    return mean, np.sqrt(squares / count)


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
