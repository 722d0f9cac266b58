"""Fails on everything: it kills every bug, and every right implementation too.

Fails: right, planted, killed_60, killed_80, alone, quick
"""

import numpy as np


def test_out_size(out_size):
    assert out_size(28, 5) == 23, "28 - 5"


def test_softmax(softmax):
    assert softmax(np.array([[1.0, 2.0]])).sum() == 2


def test_accuracy(accuracy):
    assert accuracy(np.array([[1.0, 2.0]]), np.array([1])) == 100


def test_normalise(normalise):
    assert normalise(np.array([[1.0], [2.0]])).sum() > 1


def test_iou(iou):
    assert iou((0, 0, 2, 2), (1, 0, 3, 2)) == 0.5
