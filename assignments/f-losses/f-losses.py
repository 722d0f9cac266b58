"""Squared error and cross-entropy, with NumPy.

Read README.md first; check with ``dlgrade check f-losses``. Arrays are float64, labels int64. N is the number of
images, K the number of classes. A single number may be returned as a float or as a number of NumPy.
"""

import numpy as np


def mse(predictions: np.ndarray, targets: np.ndarray, reduction: str = "mean") -> float | np.ndarray:
    """Squared errors, of two arrays of the same shape.

    `reduction` is "mean" (over all numbers), "sum", or "none" (an array of the shape of the predictions).
    Another reduction, or two different shapes, is a ValueError: nothing is broadcast.

    >>> mse(np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0]))
    1.6666666666666667
    """
    raise NotImplementedError


def mse_gradient(predictions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Gradient of the mean squared error by the predictions, in their shape.

    >>> mse_gradient(np.array([1.0, 4.0]), np.array([2.0, 2.0]))
    array([-1.,  2.])
    """
    raise NotImplementedError


def cross_entropy(
    logits: np.ndarray,
    labels: np.ndarray,
    reduction: str = "mean",
    weight: np.ndarray | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> float | np.ndarray:
    """Cross-entropy of logits (N, K) with labels (N,), natural logarithm.

    `reduction` is "mean", "sum" or "none" (an array (N,)); another one is a ValueError. `weight` (K,) multiplies the
    loss of an image by the weight of its label, and the mean divides by the sum of those weights. An image whose
    label is `ignore_index` has loss 0 and no part in the mean; at least one image counts. Any other label outside
    0 to K - 1 is an IndexError, negative ones too. `label_smoothing` takes this share from the right class and
    spreads it over all K; weights and smoothing are not asked together.

    >>> cross_entropy(np.array([[2.0, 0.0]]), np.array([0]))
    0.1269280110429725
    """
    raise NotImplementedError


def cross_entropy_gradient(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Gradient by the logits (N, K) of the plain mean cross-entropy: no weights, all labels are classes.

    >>> cross_entropy_gradient(np.array([[0.0, 0.0]]), np.array([0]))
    array([[-0.5,  0.5]])
    """
    raise NotImplementedError


def slopes(logit: float, label: int) -> dict[str, float]:
    """Slopes of two losses by one logit whose sigmoid is p; the label is 0 or 1.

    "cross_entropy" belongs to -ln(p) or -ln(1 - p), "squared_error" to (p - label)^2.

    >>> slopes(0.0, 1)
    {'cross_entropy': -0.5, 'squared_error': -0.25}
    """
    raise NotImplementedError


def steps_until_right(logit: float, rate: float, loss: str, most: int = 2000) -> int | None:
    """How many steps of gradient descent on the logit make it positive, where the label is 1.

    `loss` is "cross_entropy" or "squared_error". A logit that is positive already takes 0 steps; None where it is
    still not positive after `most` steps.

    >>> steps_until_right(-0.5, 1.0, "cross_entropy")
    1
    """
    raise NotImplementedError
