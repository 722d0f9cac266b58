"""Tests out_size and iou with care, and the others with one example each.

Fails: killed_80
"""

import numpy as np


def close(answer, wanted):
    return np.shape(answer) == np.shape(wanted) and np.allclose(answer, wanted, rtol=1e-5, atol=1e-5)


def raises(function, *args):
    try:
        function(*args)
    except ValueError:
        return True
    return False


def test_out_size(out_size):
    assert out_size(28, 5) == 24
    assert out_size(28, 3, 2) == 13
    assert out_size(30, 4, 3) == 9
    assert out_size(7, 3, 2, 1) == 4
    assert out_size(32, 11, 4, 2) == 7
    assert out_size(9, 2, 3) == 3
    assert out_size(5, 5) == 1
    assert out_size(3, 5, 1, 1) == 1
    assert raises(out_size, 3, 5)
    assert raises(out_size, 3, 6, 1, 1)


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
    a = (0, 0, 4, 2)
    pairs = [
        (a, a, 1),
        (a, (2, 1, 6, 4), 2 / 18),
        (a, (1, 0, 2, 1), 1 / 8),
        (a, (4, 0, 5, 2), 0),
        (a, (6, 0, 9, 2), 0),
        (a, (0, 5, 4, 6), 0),
        (a, (6, 5, 8, 9), 0),
        ((0.1, 0.2, 0.5, 0.6), (0.3, 0.4, 0.9, 0.8), 0.04 / 0.36),
    ]
    for one, other, wanted in pairs:
        assert close(iou(one, other), wanted)
        assert close(iou(other, one), wanted)
