"""Five activations: exponentials of negative numbers only, slopes from the values."""

import math

import matplotlib.pyplot as plt
import numpy as np

erf = np.vectorize(math.erf, otypes=[float])


def sigmoid(x):
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def tanh(x):
    return np.tanh(x)


def relu(x):
    return np.maximum(x, 0)


def leaky_relu(x, slope=0.01):
    return np.where(x > 0, x, slope * x)


def below(x):
    return (1 + erf(x / math.sqrt(2))) / 2


def gelu(x):
    return x * below(x)


def sigmoid_slope(x):
    value = sigmoid(x)
    return value * (1 - value)


def tanh_slope(x):
    return 1 - np.tanh(x) ** 2


def relu_slope(x):
    return np.where(x > 0, 1.0, 0.0)


def leaky_relu_slope(x, slope=0.01):
    return np.where(x > 0, 1.0, slope)


def gelu_slope(x):
    return below(x) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def kept(name, layers):
    grid = np.linspace(-5, 5, 200_001)
    return float(SLOPES[name](grid).max()) ** layers


VALUES = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu, "leaky_relu": leaky_relu, "gelu": gelu}
SLOPES = {
    "sigmoid": sigmoid_slope,
    "tanh": tanh_slope,
    "relu": relu_slope,
    "leaky_relu": leaky_relu_slope,
    "gelu": gelu_slope,
}


def plot(lower=-5.0, upper=5.0):
    x = np.linspace(lower, upper, 401)
    figure, axes = plt.subplots(1, 2, figsize=(10, 4))
    for ax, functions, title in zip(axes, (VALUES, SLOPES), ("value", "slope"), strict=True):
        for name, function in functions.items():
            y = function(x, 0.1) if name == "leaky_relu" else function(x)  # variant: drawn_slope
            ax.plot(x, y, label=name)
        ax.set_xlabel("x")
        ax.set_ylabel(title)
        ax.legend()
    return figure
