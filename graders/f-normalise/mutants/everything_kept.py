"""Joins all batches in memory.

Fails: one_pass
"""

import numpy as np


def channel_stats(batches):
    batches = list(batches)
    if not batches:
        raise ValueError("there is no image")
    everything = np.concatenate(batches).astype("float64")
    return everything.mean(axis=(0, 2, 3)), everything.std(axis=(0, 2, 3))


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
