"""Wrong implementations that only the grader has. The docstrings go on after "one that"."""

import numpy as np


def out_size_stride(n, k, s=1, p=0):
    """leaves the stride out"""
    if k > n + 2 * p:
        raise ValueError
    return n + 2 * p - k + 1


def out_size_padding(n, k, s=1, p=0):
    """leaves the padding out"""
    if k > n + 2 * p:
        raise ValueError
    return (n - k) // s + 1


def out_size_padding_once(n, k, s=1, p=0):
    """pads one side only"""
    if k > n + 2 * p:
        raise ValueError
    return (n + p - k) // s + 1


def out_size_one_inside(n, k, s=1, p=0):
    """adds the 1 before it divides"""
    if k > n + 2 * p:
        raise ValueError
    return (n + 2 * p - k + 1) // s


def out_size_nearest(n, k, s=1, p=0):
    """rounds to the nearest whole number"""
    if k > n + 2 * p:
        raise ValueError
    return round((n + 2 * p - k) / s + 1)


def out_size_decimal(n, k, s=1, p=0):
    """does not round at all"""
    if k > n + 2 * p:
        raise ValueError
    return (n + 2 * p - k) / s + 1


def out_size_equal(n, k, s=1, p=0):
    """refuses a window as wide as the padded image"""
    if k >= n + 2 * p:
        raise ValueError
    return (n + 2 * p - k) // s + 1


def out_size_refuses_early(n, k, s=1, p=0):
    """refuses a window wider than the image, though the padding makes room"""
    if k > n:
        raise ValueError
    return (n + 2 * p - k) // s + 1


def out_size_even(n, k, s=1, p=0):
    """takes even windows to be one narrower, as if they had a centre"""
    if k > n + 2 * p:
        raise ValueError
    return (n + 2 * p - (k - 1 + k % 2)) // s + 1


def out_size_pooling(n, k, s=None, p=0):
    """takes the width of the window as the stride where none is given"""
    if k > n + 2 * p:
        raise ValueError
    return (n + 2 * p - k) // (s or k) + 1


def softmax_sum_of_all(z):
    """lets the whole array sum to 1"""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / e.sum()


def softmax_largest_of_all(z):
    """subtracts the largest of all rows, so that a row far below is 0 divided by 0"""
    e = np.exp(z - np.max(z))
    return e / e.sum(axis=1, keepdims=True)


def softmax_powers_of_two(z):
    """takes powers of 2 instead of e"""
    e = np.exp2(z - np.max(z, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_clipped(z):
    """cuts the logits off at 20 and -20, against the overflow"""
    e = np.exp(np.clip(z, -20, 20))
    return e / e.sum(axis=1, keepdims=True)


def softmax_logarithm(z):
    """answers the logarithm of the probabilities"""
    z = np.asarray(z, dtype="float64")
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def softmax_sigmoid(z):
    """squeezes each logit by itself"""
    return 1 / (1 + np.exp(-np.asarray(z, dtype="float64")))


def softmax_of_the_size(z):
    """takes the size of a logit without its sign"""
    z = np.abs(z)
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_by_the_largest(z):
    """divides by the largest of the row instead of the sum"""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / e.max(axis=1, keepdims=True)


def softmax_two_digits(z):
    """rounds to two digits"""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return np.round(e / e.sum(axis=1, keepdims=True), 2)


def softmax_whole_numbers(z):
    """keeps the type of its argument, so that whole logits give zeros"""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.asarray(z).dtype)


def accuracy_error_rate(scores, labels):
    """answers the share of errors"""
    return np.mean(np.argmax(scores, axis=1) != np.asarray(labels))


def accuracy_percent(scores, labels):
    """answers percent"""
    return 100 * np.mean(np.argmax(scores, axis=1) == np.asarray(labels))


def accuracy_whole(scores, labels):
    """divides without a rest, which is 0 or 1"""
    return int((np.argmax(scores, axis=1) == np.asarray(labels)).sum()) // len(labels)


def accuracy_half(scores, labels):
    """takes an image for right where its label's score is over 0.5"""
    return np.mean(np.asarray(scores)[np.arange(len(labels)), labels] > 0.5)


def accuracy_last_left_out(scores, labels):
    """leaves the last image out of the count and not out of the number"""
    return (np.argmax(scores, axis=1) == np.asarray(labels))[:-1].sum() / len(labels)


def accuracy_of_classes(scores, labels):
    """takes the mean over the classes, however many images each has"""
    right, labels = np.argmax(scores, axis=1) == np.asarray(labels), np.asarray(labels)
    return np.mean([right[labels == label].mean() for label in np.unique(labels)])


def accuracy_size(scores, labels):
    """looks for the score that is farthest from 0"""
    return np.mean(np.argmax(np.abs(scores), axis=1) == np.asarray(labels))


def accuracy_last_class(scores, labels):
    """never looks at the last class"""
    return np.mean(np.argmax(np.asarray(scores)[:, :-1], axis=1) == np.asarray(labels))


def accuracy_smallest(scores, labels):
    """looks for the smallest score"""
    return np.mean(np.argmin(scores, axis=1) == np.asarray(labels))


def accuracy_remembers(scores, labels, seen=[]):  # noqa: B006
    """counts the images of earlier calls again"""
    seen.extend((np.argmax(scores, axis=1) == np.asarray(labels)).tolist())
    return sum(seen) / len(seen)


def normalise_rows(x):
    """goes by rows instead of columns"""
    x = np.asarray(x, dtype="float64")
    size = x.std(axis=1, keepdims=True)
    return (x - x.mean(axis=1, keepdims=True)) / np.where(size == 0, 1, size)


def normalise_centre(x):
    """takes the mean away and does not divide"""
    x = np.asarray(x, dtype="float64")
    return x - x.mean(axis=0)


def normalise_scale(x):
    """divides and does not take the mean away"""
    x = np.asarray(x, dtype="float64")
    size = x.std(axis=0)
    return np.where(size == 0, 0, x / np.where(size == 0, 1, size))


def normalise_one_less(x):
    """divides the sum of squares by N - 1"""
    x = np.asarray(x, dtype="float64")
    size = x.std(axis=0, ddof=1)
    return (x - x.mean(axis=0)) / np.where(size == 0, 1, size)


def normalise_range(x):
    """brings each column between 0 and 1"""
    x = np.asarray(x, dtype="float64")
    span = np.ptp(x, axis=0)
    return (x - x.min(axis=0)) / np.where(span == 0, 1, span)


def normalise_generous(x):
    """adds 0.01 to the deviation"""
    x = np.asarray(x, dtype="float64")
    return (x - x.mean(axis=0)) / (x.std(axis=0) + 0.01)


def normalise_in_place(x):
    """works in the array that it was given"""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        x = np.array(x, dtype="float64")
    size = x.std(axis=0)
    x -= x.mean(axis=0)
    x /= np.where(size == 0, 1, size)
    return x


def normalise_whole_numbers(x):
    """keeps the type of its argument, so that whole numbers stay whole"""
    x = np.asarray(x)
    size = x.std(axis=0)
    return ((x - x.mean(axis=0)) / np.where(size == 0, 1, size)).astype(x.dtype)


def normalise_constant(x):
    """leaves a column of equal numbers as it is"""
    x = np.asarray(x, dtype="float64")
    size = x.std(axis=0)
    return np.where(size == 0, x, (x - x.mean(axis=0)) / np.where(size == 0, 1, size))


def normalise_clipped(x):
    """cuts off what is more than two deviations away"""
    x = np.asarray(x, dtype="float64")
    size = x.std(axis=0)
    return np.clip((x - x.mean(axis=0)) / np.where(size == 0, 1, size), -2, 2)


def normalise_median(x):
    """takes the median away instead of the mean"""
    x = np.asarray(x, dtype="float64")
    size = x.std(axis=0)
    return (x - np.median(x, axis=0)) / np.where(size == 0, 1, size)


def iou_product(a, b):
    """looks for a negative area only after it has multiplied"""
    both = max(0, (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1])))
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def iou_width_only(a, b):
    """lets the overlap in y be negative"""
    both = max(0, min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1]))
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def iou_smaller(a, b):
    """divides by the smaller of the two areas"""
    width, height = (max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    return width * height / min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))


def iou_first(a, b):
    """divides by the area of the first box"""
    width, height = (max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    return width * height / ((a[2] - a[0]) * (a[3] - a[1]))


def iou_dice(a, b):
    """divides twice the intersection by the sum of the areas"""
    width, height = (max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    return 2 * width * height / sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))


def iou_hull(a, b):
    """divides by the smallest box around both"""
    width, height = (max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    around = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return width * height / around


def iou_sizes(a, b):
    """reads a box as corner, width and height"""
    width, height = (max(0, min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    return width * height / (a[2] * a[3] + b[2] * b[3] - width * height)


def iou_flat(a, b):
    """looks at x only"""
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    return width / (a[2] - a[0] + b[2] - b[0] - width)


def iou_any(a, b):
    """answers 1 wherever the boxes overlap"""
    return 1.0 if min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1]) else 0.0


def iou_ordered(a, b):
    """takes the first box to be the left one, and the upper one"""
    width, height = (max(0, a[i + 2] - b[i]) for i in (0, 1))
    return width * height / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height)


def iou_whole(a, b):
    """rounds the corners to whole numbers"""
    a, b = [round(value) for value in a], [round(value) for value in b]
    width, height = (max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union if union else 0.0
