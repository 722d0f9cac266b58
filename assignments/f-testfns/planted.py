"""Wrong implementations, three of each function. A test fails on all of them. The docstrings go on after "one that"."""

import numpy as np


def out_size_no_one(n, k, s=1, p=0):
    """forgets the 1 for the first place"""
    if k > n + 2 * p:
        raise ValueError("too wide")
    return (n + 2 * p - k) // s


def out_size_ceil(n, k, s=1, p=0):
    """rounds up instead of down"""
    if k > n + 2 * p:
        raise ValueError("too wide")
    return -(-(n + 2 * p - k) // s) + 1


def out_size_zero(n, k, s=1, p=0):
    """answers 0 where the kernel is wider than the padded image"""
    return max(0, (n + 2 * p - k) // s + 1)


def softmax_no_shift(z):
    """raises e to the power of the logits as they are, which overflows at 1000"""
    e = np.exp(np.asarray(z, dtype="float64"))
    return e / e.sum(axis=1, keepdims=True)


def softmax_axis(z):
    """lets the columns sum to 1 instead of the rows"""
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def softmax_in_place(z):
    """works in the array that it was given, which is another one afterwards"""
    if not isinstance(z, np.ndarray) or z.dtype.kind != "f":
        z = np.array(z, dtype="float64")
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


def accuracy_count(scores, labels):
    """answers how many are right instead of which share"""
    return int((np.argmax(scores, axis=1) == np.asarray(labels)).sum())


def accuracy_classes(scores, labels):
    """divides by the number of classes instead of the number of images"""
    return (np.argmax(scores, axis=1) == np.asarray(labels)).sum() / np.shape(scores)[1]


def accuracy_top_two(scores, labels):
    """takes an image for right where the label has the second best score, too"""
    best = np.argsort(scores, axis=1)[:, -2:]
    return np.mean((best == np.asarray(labels)[:, None]).any(axis=1))


def normalise_variance(x):
    """divides by the variance instead of the deviation"""
    x = np.asarray(x, dtype="float64")
    variance = x.var(axis=0)
    return (x - x.mean(axis=0)) / np.where(variance == 0, 1, variance)


def normalise_whole(x):
    """takes one mean and one deviation of the whole array"""
    x = np.asarray(x, dtype="float64")
    return (x - x.mean()) / (x.std() or 1)


def normalise_nan(x):
    """divides by 0 where all numbers of a column are equal"""
    x = np.asarray(x, dtype="float64")
    return (x - x.mean(axis=0)) / x.std(axis=0)


def iou_negative(a, b):
    """multiplies two negative overlaps to a positive area where the boxes lie apart"""
    both = (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1]))
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def iou_sum(a, b):
    """counts the intersection twice in the union"""
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return width * height / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]))


def iou_pixels(a, b):
    """makes every side one longer, as if the corners were pixels"""
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]) + 1)
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]) + 1)
    areas = [(box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (a, b)]
    return width * height / (sum(areas) - width * height)
