"""Mean and standard deviation of a data set that comes in batches, and what they are for.

Read README.md first; check with ``dlgrade check f-normalise``. Images are arrays (N, C, H, W), float32 or float64;
mean and std are float64 arrays (C,). No function changes the arrays that it is given.
"""

from collections.abc import Iterable

import numpy as np


def channel_stats(batches: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel over all images, rows and columns.

    `batches` gives arrays (n, C, H, W); n may differ from batch to batch and is at least 1. It may be a generator,
    which can be read only once, and there may be more batches than fit into memory. The deviation is that of all
    numbers, dividing by their count. Without a single batch: ValueError.

    >>> channel_stats([np.array([[[[0.0]]], [[[2.0]]]]), np.array([[[[7.0]]]])])
    (array([3.]), array([2.94392029]))
    """
    raise NotImplementedError


def normalise(images: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """(images - mean) / std, channel by channel, in the number type of the images.

    A channel whose std is 0 becomes 0 where its value is the mean.

    >>> normalise(np.array([[[[1.0, 5.0]]]]), np.array([3.0]), np.array([2.0]))
    array([[[[-1.,  1.]]]])
    """
    raise NotImplementedError


def denormalise(images: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """What `normalise` made, as it was before; in the number type of the images.

    >>> denormalise(np.array([[[[-1.0, 1.0]]]]), np.array([3.0]), np.array([2.0]))
    array([[[[1., 5.]]]])
    """
    raise NotImplementedError


def prepare(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sets normalised as for training, with no statistic that test images have a part in.

    >>> prepare(np.array([[[[0.0]]], [[[2.0]]]]), np.array([[[[4.0]]]]))
    (array([[[[-1.]]], [[[1.]]]]), array([[[[3.]]]]))
    """
    raise NotImplementedError
