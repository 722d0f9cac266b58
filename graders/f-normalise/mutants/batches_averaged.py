"""Averages means and deviations of the batches, whatever their sizes.

Fails: statistics
"""

import numpy as np


def channel_stats(batches):
    means, deviations = [], []
    for batch in batches:
        means.append(batch.mean(axis=(0, 2, 3), dtype="float64"))
        deviations.append(batch.std(axis=(0, 2, 3), dtype="float64"))
    if not means:
        raise ValueError("there is no image")
    return np.mean(means, axis=0), np.mean(deviations, axis=0)


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
