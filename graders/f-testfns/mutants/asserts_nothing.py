"""Calls the functions and looks at no answer.

Fails: right, planted, killed_60, killed_80, alone, quick
"""

import numpy as np


def test_out_size(out_size):
    out_size(28, 5)
    out_size(28, 3, 2, 1)


def test_softmax(softmax):
    print(softmax(np.array([[1.0, 2.0], [3.0, 4.0]])))


def test_accuracy(accuracy):
    accuracy(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1]))


def test_normalise(normalise):
    normalise(np.array([[1.0, 2.0], [3.0, 4.0]]))


def test_iou(iou):
    iou((0, 0, 2, 2), (1, 1, 3, 3))
