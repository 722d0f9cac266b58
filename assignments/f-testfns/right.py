"""Right implementations, each in another way. A test passes on all of them. The docstrings go on after "one that"."""

import numpy as np


def out_size_formula(n, k, s=1, p=0):
    """is the formula"""
    if k > n + 2 * p:
        raise ValueError("the kernel is wider than the padded image")
    return (n + 2 * p - k) // s + 1


def out_size_counting(n, k, s=1, p=0):
    """counts the places of the window"""
    if k > n + 2 * p:
        raise ValueError("too wide")
    return len(range(0, n + 2 * p - k + 1, s))


def softmax_plain(z):
    """subtracts the largest of each row and divides by the sum"""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_logarithms(z):
    """subtracts the logarithm of the sum"""
    z = np.asarray(z, dtype="float64")
    top = z.max(axis=1, keepdims=True)
    return np.exp(z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True)))


def softmax_float32(z):
    """answers in float32, which has seven digits"""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype("float32")


def accuracy_plain(scores, labels):
    """takes the mean of right and wrong"""
    return np.mean(np.argmax(scores, axis=1) == np.asarray(labels))


def accuracy_counting(scores, labels):
    """counts and divides"""
    right = sum(int(np.argmax(row)) == int(label) for row, label in zip(scores, labels, strict=True))
    return right / len(labels)


def accuracy_float32(scores, labels):
    """answers in float32, which has seven digits"""
    return (np.argmax(scores, axis=1) == np.asarray(labels)).astype("float32").mean()


def normalise_plain(x):
    """divides by the deviation, and by 1 where that is 0"""
    x = np.asarray(x, dtype="float64")
    deviation = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(deviation == 0, 1, deviation)


def normalise_epsilon(x):
    """adds 0.000000001 to the deviation, so as never to divide by 0"""
    x = np.asarray(x, dtype="float64")
    return (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9)


def normalise_float32(x):
    """answers in float32, which has seven digits"""
    x = np.asarray(x, dtype="float64")
    deviation = x.std(axis=0)
    return ((x - x.mean(axis=0)) / np.where(deviation == 0, 1, deviation) * (1 - 3e-7)).astype("float32")


def iou_plain(a, b):
    """multiplies the overlaps of the two axes"""
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def iou_arrays(a, b):
    """works with arrays of corners in float32, which has seven digits"""
    a, b = np.asarray(a, dtype="float32"), np.asarray(b, dtype="float32")
    both = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return both / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - both)


def iou_epsilon(a, b):
    """adds 0.000000001 to the union, so as never to divide by 0"""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both + 1e-9)
