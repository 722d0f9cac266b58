"""Right implementations that only the grader has; the first of each function is the one that must be passed for a
kill to count."""

import math

import numpy as np


def out_size_while(n, k, s=1, p=0):
    """walks to the end"""
    end, first, count = n + 2 * p, 0, 0
    if k > end:
        raise ValueError("it does not fit")
    while first + k <= end:
        first, count = first + s, count + 1
    return count


def out_size_floor(n, k, s=1, p=0):
    """rounds down with math"""
    side = n + 2 * p
    if side < k:
        raise ValueError(f"{k} is wider than {side}")
    return math.floor((side - k) / s + 1)


def softmax_rows(z):
    """goes row by row"""
    rows = []
    for row in np.asarray(z, dtype="float64"):
        powers = [math.exp(value - max(row)) for value in row]
        rows.append([power / sum(powers) for power in powers])
    return np.array(rows)


def softmax_differences(z):
    """sums over differences"""
    z = np.asarray(z, dtype="float64")
    with np.errstate(over="ignore"):
        return 1 / np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2)


def softmax_rounded(z):
    """is off by less than a millionth"""
    z = np.asarray(z, dtype="float64")
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) * (1 - 4e-7)


def accuracy_nonzero(scores, labels):
    """counts what is not zero"""
    return np.count_nonzero(np.asarray(scores).argmax(1) == np.asarray(labels)) / len(labels)


def accuracy_errors(scores, labels):
    """takes the share of errors from 1"""
    wrong = sum(1 for row, label in zip(scores, labels, strict=True) if np.argmax(row) != label)
    return 1 - wrong / len(labels)


def accuracy_running(scores, labels):
    """keeps a running mean in float32"""
    share = np.float32(0)
    for number, (row, label) in enumerate(zip(scores, labels, strict=True), 1):
        share += (np.float32(np.argmax(row) == label) - share) / np.float32(number)
    return share


def normalise_columns(x):
    """goes column by column"""
    x = np.asarray(x, dtype="float64")
    out = np.zeros(x.shape)
    for number in range(x.shape[1]):
        rest = x[:, number] - x[:, number].mean()
        size = math.sqrt((rest**2).mean())
        if not np.all(x[:, number] == x[0, number]):
            out[:, number] = rest / size
    return out


def normalise_moments(x):
    """takes the deviation from the mean of the squares"""
    x = np.asarray(x, dtype="longdouble")
    rest = x - x.mean(0)
    size = np.sqrt((rest * rest).mean(0))
    size[size < 1e-12] = 1
    return np.asarray(rest / size, dtype="float64")


def normalise_rounded(x):
    """is off by less than a millionth"""
    x = np.asarray(x, dtype="float64")
    size = x.std(0)
    return (x - x.mean(0)) / np.where(size < 1e-12, 1, size) * (1 + 2e-7) + 3e-7


def iou_inside(a, b):
    """clips one box to the other"""
    left, top, right, bottom = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    if right <= left or bottom <= top:
        return 0.0
    both = (right - left) * (bottom - top)
    first, second = ((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return both / (first + second - both)


def iou_cells(a, b):
    """adds up the cells that the corners cut the plane into"""
    xs, ys = sorted({a[0], a[2], b[0], b[2]}), sorted({a[1], a[3], b[1], b[3]})
    both = either = 0.0
    for left, right in np.transpose([xs[:-1], xs[1:]]):
        for top, bottom in np.transpose([ys[:-1], ys[1:]]):
            inside = [box[0] <= left and right <= box[2] and box[1] <= top and bottom <= box[3] for box in (a, b)]
            both += (right - left) * (bottom - top) * all(inside)
            either += (right - left) * (bottom - top) * any(inside)
    return both / either


def iou_rounded(a, b):
    """is off by less than a millionth"""
    width, height = (max(0.0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return np.float64(width * height / (sum(areas) - width * height)) * (1 - 4e-7)
