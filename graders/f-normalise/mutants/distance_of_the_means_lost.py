"""Adds up the squares of the batches and forgets how far apart their means lie.

Fails: statistics
"""

import numpy as np


def channel_stats(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        values = np.moveaxis(np.asarray(batch, "float64"), 1, 0).reshape(batch.shape[1], -1)
        n = values.shape[1]
        its_mean = values.mean(axis=1)
        its_squares = ((values - its_mean[:, None]) ** 2).sum(axis=1)
        apart = its_mean - mean
        squares = squares + its_squares
        mean = mean + apart * n / (count + n)
        count += n
    if count == 0:
        raise ValueError("there is no image")
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
