"""Knows one example for each planted bug and asks nothing else.

Fails: killed_60, killed_80
"""

import numpy as np


def test_out_size(out_size):
    assert out_size(28, 5) == 24
    assert out_size(8, 3, 2) == 3
    try:
        out_size(3, 5)
    except ValueError:
        return
    raise AssertionError("a window wider than the image")


def test_softmax(softmax):
    z = np.array([[0.0, 0.0], [1000.0, 0.0]])
    answer = softmax(z)
    assert np.allclose(answer, [[0.5, 0.5], [1, 0]], atol=1e-5)
    assert z[1, 0] == 1000


def test_accuracy(accuracy):
    assert np.isclose(accuracy(np.array([[2, -1, -2], [0, 3, 2]]), np.array([0, 2])), 0.5)


def test_normalise(normalise):
    assert np.allclose(normalise(np.array([[1, 5], [9, 5]])), [[-1, 0], [1, 0]], atol=1e-5)


def test_iou(iou):
    assert np.isclose(iou((0, 0, 2, 2), (1, 0, 3, 2)), 2 / 6)
    assert np.isclose(iou((0, 0, 1, 1), (2, 2, 3, 3)), 0)
