"""Gradient descent on quadratic valleys.

Read README.md first; check with ``dlgrade check f-gd``. Points are float64 arrays (d,), mostly with d = 2. A symmetric
matrix A (d, d) stands for the valley f(x) = x^T A x / 2 - b^T x, whose gradient is A x - b; the eigenvalues of A are
its curvatures. A single number may be returned as a float or as a number of NumPy.
"""

from collections.abc import Callable

import numpy as np


def descend(gradient: Callable[[np.ndarray], np.ndarray], start: np.ndarray, rate: float, steps: int) -> np.ndarray:
    """The points of gradient descent, (steps + 1, d), beginning with the start, which stays as it is.

    The checks use the gradient A x - b and name the matrix A and b.

    >>> descend(lambda x: 2 * x, np.array([1.0, 2.0]), 0.25, 2)
    array([[1.  , 2.  ],
           [0.5 , 1.  ],
           [0.25, 0.5 ]])
    """
    raise NotImplementedError


def largest_rate(matrix: np.ndarray) -> float:
    """The rate below which the descent converges from everywhere, and from which on it does not.

    Where an eigenvalue of the matrix is 0 or less there is no minimum to converge to: ValueError.

    >>> largest_rate(np.array([[2.0, 0.0], [0.0, 8.0]]))
    0.25
    """
    raise NotImplementedError


def worst_factor(matrix: np.ndarray, rate: float) -> float:
    """By which factor one step multiplies the distance to the minimum, in the direction where that is worst.

    >>> worst_factor(np.array([[1.0, 0.0], [0.0, 5.0]]), 0.1)
    0.9
    """
    raise NotImplementedError


def best_rate(matrix: np.ndarray) -> float:
    """The rate whose worst factor is the smallest.

    >>> best_rate(np.array([[1.0, 0.0], [0.0, 9.0]]))
    0.2
    """
    raise NotImplementedError


def diagnose(points: np.ndarray, rate: float) -> dict[str, object]:
    """What the end of a run says; the function, its gradient and its minimum are unknown.

    `points` (n, 2), n at least 20, is what `descend` returned with this rate on some quadratic function. The last
    step is `factor` times the step before it, and from that

    "verdict"    "overshoots" (factor < -1), "zigzags" (< 0), "glides" (< 1) or "climbs" (above 1)
    "factor"     signed, by which a step is multiplied at the end
    "curvature"  of the direction in which the run moves at the end: factor = 1 - rate * curvature
    "limit"      the largest stable rate, 2 / curvature, if the factor is negative; else None, since the run then does
                 not show the steepest direction
    """
    raise NotImplementedError
