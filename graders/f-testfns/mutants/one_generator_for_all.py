"""Draws its arguments from a generator made at the top: each run draws others, and says other things.

Fails: alone
"""

import numpy as np


RNG = np.random.default_rng(7)


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
    n, k, s, p = (int(RNG.integers(a, b)) for a, b in ((6, 40), (1, 6), (1, 4), (0, 3)))
    assert out_size(n, k, s, p) == len(range(0, n + 2 * p - k + 1, s))
    assert raises(out_size, 3, 5)




def test_softmax(softmax):
    z = np.array([[1.0, 2.0, 3.0], [-5.0, 0.0, 7.5], [0.0, 0.0, 0.0], [-30.0, -30.0, -31.0]])
    before = z.copy()
    e = np.exp(z)
    assert close(softmax(z), e / e.sum(axis=1, keepdims=True))
    assert (z == before).all()
    assert close(softmax(z + 900), softmax(z))
    larger = 1 / (1 + np.exp(-1))  # of two logits one apart
    assert close(softmax(np.array([[1000.0, 0.0], [-1000.0, -1001.0]])), [[1, 0], [larger, 1 - larger]])
    assert close(softmax(np.array([[0, 1], [2, 2]])), [[1 - larger, larger], [0.5, 0.5]])


def test_accuracy(accuracy):
    scores = np.array([[-1.0, -3.0, -2.0], [0.2, 0.3, 0.1], [9.0, 1.0, 0.0], [0.0, 0.4, 0.5], [1.0, 2.0, 9.0]])
    scores = np.vstack([scores, [[-9.0, 1.0, 2.0]]])
    assert close(accuracy(scores, np.array([0, 1, 0, 2, 2, 2])), 1)
    assert close(accuracy(scores, np.array([1, 2, 1, 0, 0, 0])), 0)
    assert close(accuracy(scores, np.array([0, 1, 0, 2, 2, 1])), 5 / 6)
    assert close(accuracy(scores, np.array([0, 0, 0, 0, 0, 0])), 2 / 6)
    assert close(accuracy(scores[:1], np.array([0])), 1)
    assert close(accuracy(scores[1:4], np.array([0, 0, 2])), 2 / 3)


def test_normalise(normalise):
    x = np.array([[1.0, 20.0, 5.0], [2.0, 60.0, 5.0], [4.0, 20.0, 5.0], [9.0, 20.0, 5.0]])
    x = np.vstack([x, [[2.5, 90.0, 5.0], [3.0, 20.0, 5.0], [60.0, 20.0, 5.0]]])
    before = x.copy()
    answer = normalise(x)
    assert (x == before).all()
    wanted = np.zeros(x.shape)
    for column in range(2):
        centred = x[:, column] - sum(x[:, column]) / len(x)
        wanted[:, column] = centred / np.sqrt(sum(centred**2) / len(x))
    assert close(answer, wanted)
    assert close(normalise(np.array([[1, 7], [3, 7], [8, 7]])), np.array([[-3, 0], [-1, 0], [4, 0]]) / np.sqrt(26 / 3))
    assert close(normalise(np.array([[0.0, 0.1], [0.0, 0.2]])), [[0, -1], [0, 1]])


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
