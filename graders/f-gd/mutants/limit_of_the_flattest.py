"""Divides by the smallest eigenvalue, which stands first.

Fails: stable_rate
"""

import numpy as np


def descend(gradient, start, rate, steps):
    x = np.array(start, dtype=float)
    points = [x]
    for _ in range(steps):
        x = x - rate * gradient(x)
        points.append(x)
    return np.array(points)


def largest_rate(matrix):
    return 2 / curvatures(matrix)[0]


def worst_factor(matrix, rate):
    return np.abs(1 - rate * curvatures(matrix)).max()


def best_rate(matrix):
    k = curvatures(matrix)
    return 2 / (k[0] + k[-1])


def diagnose(points, rate):
    steps = np.diff(points, axis=0)
    before, last = steps[-2], steps[-1]
    factor = float(last @ before / (before @ before))
    curvature = (1 - factor) / rate
    ends = {"overshoots": -1, "zigzags": 0, "glides": 1}
    verdict = next((name for name, end in ends.items() if factor < end), "climbs")
    return {
        "verdict": verdict,
        "factor": factor,
        "curvature": curvature,
        "limit": 2 / curvature if factor < 0 else None,
    }


def curvatures(matrix):
    k = np.linalg.eigvalsh(matrix)
    if k[0] <= 0:
        raise ValueError("no minimum: a curvature is not positive")
    return k
