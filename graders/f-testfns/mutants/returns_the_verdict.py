"""Returns whether the answer is right instead of asserting it.

Fails: right, planted, killed_60, killed_80, alone, quick
"""

import numpy as np


def test_out_size(out_size):
    return out_size(28, 5) == 24 and out_size(28, 3, 2) == 13


def test_softmax(softmax):
    return np.allclose(softmax(np.array([[1000.0, 0.0]])), [[1, 0]])


def test_accuracy(accuracy):
    return accuracy(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 1])) == 0.5


def test_normalise(normalise):
    return np.allclose(normalise(np.array([[1.0, 2.0], [3.0, 4.0]])), [[-1, -1], [1, 1]])


def test_iou(iou):
    return np.isclose(iou((0, 0, 2, 2), (1, 0, 3, 2)), 2 / 6)
