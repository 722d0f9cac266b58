"""Hidden graders of f-gd: up to six dimensions, curved functions, matrices made from known eigenvalues."""

import math

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**40)
GRADIENT = """
import math
import numpy as np

def probe(function, gradient, start, rate, steps):
    parts = [eval("lambda x: " + part, {"math": math}) for part in gradient]
    return function(lambda x: np.array([part(x) for part in parts], "float64"), start, rate, steps)
"""
KEEPS_START = """
def probe(function, start):
    before = start.copy()
    points = function(lambda x: x, start, 0.5, 4)
    return bool((start == before).all()) and points.shape == (5, len(start))
"""


def test_path(ask):
    def case(seed):
        rng = np.random.default_rng(seed)
        size = int(rng.integers(1, 7))
        parts = []
        for place in range(size):
            a, c = np.round(rng.uniform(0.2, 2, 2), 3)
            other = int(rng.integers(size))
            parts.append(
                f"{a}*x[{place}] + {c}*math.sin(x[{other}]) - {c}*math.tanh(x[{place}]*x[{other}]) + {place - 1}"
            )
        return {
            "gradient": parts, "start": rng.normal(0, 2, size), "rate": float(rng.uniform(0.01, 0.5)),
            "steps": int(rng.integers(0, 16)),
        }  # fmt: skip

    def slowly(gradient, start, rate, steps):
        points = [start.tolist()]
        for _ in range(steps):
            x = points[-1]
            slopes = [eval(part, {"math": math, "x": x}) for part in gradient]  # noqa: S307 - made above
            points.append([value - rate * slope for value, slope in zip(x, slopes, strict=True)])
        return np.array(points)

    ask.agrees("descend", slowly, SEEDS.map(case), draws=60, through=GRADIENT)
    assert ask("descend", np.array([0.5, -7.0, 2.0]), through=KEEPS_START)


def matrix(rng, curvatures):
    q, _ = np.linalg.qr(rng.normal(size=(len(curvatures), len(curvatures))))
    a = q @ np.diag(curvatures) @ q.T
    return (a + a.T) / 2


def drawn(seed, **more):
    """A matrix with known eigenvalues; the oracles draw them again from the same seed."""
    rng = np.random.default_rng(seed)
    curvatures = np.exp(rng.uniform(math.log(0.05), math.log(50), int(rng.integers(1, 7))))
    return curvatures, matrix(rng, curvatures)


def test_stable_rate(ask, oracle_rng):
    for seed in oracle_rng.integers(0, 2**40, 80).tolist():
        curvatures, a = drawn(seed)
        said = ask.same(ask("largest_rate", a), 2 / float(curvatures.max()), 1e-8)
        assert not said, f"curvatures {curvatures}: {said}"
    for curvatures in ([-1.0, 3.0], [-4.0, -2.0], [-0.5], [1.0, 2.0, -0.1]):
        a = matrix(oracle_rng, np.array(curvatures))
        assert ask.raised("largest_rate", a) == "ValueError", f"curvatures {curvatures}"


def test_speed(ask, oracle_rng):
    for seed in oracle_rng.integers(0, 2**40, 80).tolist():
        curvatures, a = drawn(seed)
        rate = float(np.random.default_rng(seed).uniform(0, 2.4) / curvatures.max())
        wanted = max(abs(1 - rate * k) for k in curvatures.tolist())
        said = ask.same(ask("worst_factor", a, rate), wanted)
        assert not said, f"worst_factor, curvatures {curvatures}, rate {rate}: {said}"
        best = 2 / float(curvatures.min() + curvatures.max())
        said = ask.same(ask("best_rate", a), best, 1e-7)
        assert not said, f"best_rate, curvatures {curvatures}: {said}"
        kappa = float(curvatures.max() / curvatures.min())
        said = ask.same(ask("worst_factor", a, best), (kappa - 1) / (kappa + 1))
        assert not said, f"worst_factor at the best rate, curvatures {curvatures}: {said}"


def test_diagnosis(ask, oracle_rng):
    """Runs whose two factors are drawn; the smaller one has died out at the end."""
    rng = oracle_rng
    ranges = {"overshoots": (-2.5, -1.03), "zigzags": (-0.95, -0.55), "glides": (0.55, 0.95), "climbs": (1.03, 2.0)}
    for number in range(120):
        verdict = [*ranges][number % 4]
        factor, rate = rng.uniform(*ranges[verdict]), float(rng.uniform(0.02, 1.5))
        other = factor * rng.uniform(-0.4, 0.4)
        length = int(rng.integers(21, 24))
        turn = rng.uniform(0, 2 * math.pi)
        along, across = np.array([math.cos(turn), math.sin(turn)]), np.array([-math.sin(turn), math.cos(turn)])
        minimum, t = rng.normal(0, 1, 2), np.arange(length)[:, None]
        far = rng.choice([-1, 1], 2) * rng.uniform(0.5, 3, 2)
        points = minimum + far[0] * factor**t * along + far[1] * other**t * across
        curvature = float(1 - factor) / rate
        limit = 2 / curvature if factor < 0 else None
        wanted = {"verdict": verdict, "factor": float(factor), "curvature": curvature, "limit": limit}
        said = ask.same(ask("diagnose", points, rate), wanted, 1e-5)
        assert not said, f"factors {factor} and {other}, rate {rate}, {length} points: {said}"
