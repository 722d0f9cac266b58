"""Day 13: five activations, their slopes and a picture of both, in NumPy and Matplotlib.

Read README.md first; measure with ``dlgrade check f-activations``. ``x`` is always an array of decimal numbers of any
shape, with one number or more; the answer has the same shape.
"""

import numpy as np
from matplotlib.figure import Figure

DRAWN_SLOPE = 0.1  # variant: drawn_slope


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x): ``sigmoid(np.array([0.0, 2.0]))`` is [0.5, 0.880797]. Also at -800, without a warning."""
    raise NotImplementedError


def tanh(x: np.ndarray) -> np.ndarray:
    """(e^x - e^-x) / (e^x + e^-x): ``tanh(np.array([0.5]))`` is [0.462117]. np.tanh may be used."""
    raise NotImplementedError


def relu(x: np.ndarray) -> np.ndarray:
    """x where it is positive, else 0."""
    raise NotImplementedError


def leaky_relu(x: np.ndarray, slope: float = 0.01) -> np.ndarray:
    """x where it is positive, else slope * x: ``leaky_relu(np.array([-5.0]), 0.1)`` is [-0.5]."""
    raise NotImplementedError


def gelu(x: np.ndarray) -> np.ndarray:
    """x times the share of the standard normal below x: ``gelu(np.array([1.0]))`` is [0.841345].

    The exact one, with the error function, not its approximation by tanh.
    """
    raise NotImplementedError


def sigmoid_slope(x: np.ndarray) -> np.ndarray:
    """The derivative of the sigmoid at x: ``sigmoid_slope(np.array([0.0, 2.0]))`` is [0.25, 0.104994]."""
    raise NotImplementedError


def tanh_slope(x: np.ndarray) -> np.ndarray:
    """The derivative of tanh at x."""
    raise NotImplementedError


def relu_slope(x: np.ndarray) -> np.ndarray:
    """The derivative of ReLU at x; 0.0 at x = 0."""
    raise NotImplementedError


def leaky_relu_slope(x: np.ndarray, slope: float = 0.01) -> np.ndarray:
    """The derivative of the leaky ReLU at x; `slope` at x = 0."""
    raise NotImplementedError


def gelu_slope(x: np.ndarray) -> np.ndarray:
    """The derivative of GELU at x: ``gelu_slope(np.array([0.0]))`` is [0.5]."""
    raise NotImplementedError


def kept(name: str, layers: int) -> float:
    """The largest factor with which a gradient can come through `layers` activations in a row, weights aside.

    `name` is sigmoid, tanh, relu, leaky_relu (with its slope of 0.01) or gelu; ``kept("sigmoid", 2)`` is 0.0625.
    """
    raise NotImplementedError


def plot(lower: float = -5.0, upper: float = 5.0) -> Figure:
    """The five functions on the left axes, their slopes on the right ones, from `lower` to `upper`.

    Each of the ten lines is labelled with the name of the function (sigmoid, tanh, relu, leaky_relu, gelu) and drawn
    through 100 points or more; the leaky ReLU has DRAWN_SLOPE, so that one can see it. Both axes have a legend with the
    five names, x as the name of the horizontal axis, and any name on the vertical one.
    """
    raise NotImplementedError
