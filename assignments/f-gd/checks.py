"""What f-gd asks, in code that you may read. `dlgrade check f-gd` runs it."""

import math

import numpy as np
from hypothesis import strategies as st

DESCEND = """
def probe(function, matrix, b, start, rate, steps):
    return function(lambda x: matrix @ x - b, start, rate, steps)
"""
KEEPS_START = """
def probe(function, start):
    before = start.copy()
    function(lambda x: 2 * x, start, 0.1, 3)
    return [before, start]
"""


@st.composite
def matrices(draw, valley=True):
    """Symmetric 2x2 matrices of whole numbers; a valley has positive eigenvalues only."""
    a, d = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    c = draw(st.integers(-6, 6).filter(lambda c: c * c < a * d if valley else c * c != a * d))
    return np.array([[a, c], [c, d]], "float64")


POINTS = st.lists(st.integers(-4, 4), min_size=2, max_size=2).map(lambda x: np.array(x, "float64"))


def in_closed_form(matrix, b, start, rate, steps):
    """Each step multiplies what is left of the way to the minimum by I - rate * matrix."""
    minimum, once = np.linalg.solve(matrix, b), np.eye(2) - rate * matrix
    return np.array([minimum + np.linalg.matrix_power(once, t) @ (start - minimum) for t in range(steps + 1)])


def step_by_step(update):
    """The path of a believed update, x after it from x before it, the gradient function, rate and start."""

    def path(matrix, b, start, rate, steps):
        points = [start]
        for _ in range(steps):
            points.append(update(points[-1], lambda x: matrix @ x - b, rate, start))
        return np.array(points)

    return path


def one_after_the_other(x, gradient, rate, start):
    x = np.array([x[0] - rate * gradient(x)[0], x[1]])
    return np.array([x[0], x[1] - rate * gradient(x)[1]])


def test_path(ask):
    cases = {
        "matrix": matrices(), "b": POINTS, "start": POINTS,
        "rate": st.sampled_from([0.1, 0.25]), "steps": st.integers(0, 4),
    }  # fmt: skip
    beliefs = {
        "grad-ascends": step_by_step(lambda x, gradient, rate, start: x + rate * gradient(x)),
        "lr-forgotten": step_by_step(lambda x, gradient, rate, start: x - gradient(x)),
        "gradient-not-renewed": step_by_step(lambda x, gradient, rate, start: x - rate * gradient(start)),
        "coordinates-in-turn": step_by_step(one_after_the_other),
        "stops-one-step-early": lambda matrix, b, start, rate, steps: in_closed_form(matrix, b, start, rate, steps)[
            :-1
        ],
    }
    ask.agrees("descend", in_closed_form, cases, beliefs=beliefs, draws=80, through=DESCEND)
    before, after = ask("descend", np.array([3.0, -1.0]), through=KEEPS_START)
    assert (before == after).all(), f"descend changes start from {before} to {after}; begin with a copy of it"


def eigenvalues(matrix):
    """Of a symmetric 2x2 matrix, by its trace and determinant."""
    trace, determinant = float(matrix[0, 0] + matrix[1, 1]), float(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] ** 2)
    root = math.sqrt(trace**2 / 4 - determinant)
    if determinant <= 0:
        raise ValueError
    return trace / 2 - root, trace / 2 + root


def test_stable_rate(ask):
    beliefs = {
        "limit-from-flat-direction": lambda matrix: 2 / eigenvalues(matrix)[0],
        "best-rate-as-limit": lambda matrix: 1 / eigenvalues(matrix)[1],
        "limit-from-sum": lambda matrix: 2 / sum(eigenvalues(matrix)),
        "eigen-on-diagonal": lambda matrix: 2 / float(matrix.diagonal().max()),
    }
    ask.agrees(
        "largest_rate",
        lambda matrix: 2 / eigenvalues(matrix)[1],
        {"matrix": matrices(valley=False)},
        beliefs=beliefs,
        draws=80,
    )
    said = ask.same(ask("largest_rate", np.array([[2.0, 0.0], [0.0, 8.0]])), 0.25)
    assert not said, f"curvatures 2 and 8: the limit is 2 / 8 = 0.25; {said}"


def shrinks_to(matrix, rate):
    """How long a vector of length 1 can be at most after one step."""
    return float(np.linalg.norm(np.eye(2) - rate * matrix, 2))


def by_search(matrix):
    """The bottom of worst_factor over the rate, by cutting off the worse third again and again."""
    low, high = 0.0, 2.0
    for _ in range(60):
        third = (high - low) / 3
        if shrinks_to(matrix, low + third) < shrinks_to(matrix, high - third):
            high -= third
        else:
            low += third
    return (low + high) / 2


def test_speed(ask):
    steepest = {"steepest-sets-speed": lambda matrix, rate: abs(1 - rate * eigenvalues(matrix)[1])}
    cases = {"matrix": matrices(), "rate": st.sampled_from([0.05, 0.1, 0.2, 0.5])}
    ask.agrees("worst_factor", shrinks_to, cases, beliefs=steepest, draws=60)
    beliefs = {
        "steepest-sets-speed": lambda matrix: 1 / eigenvalues(matrix)[1],
        "limit-is-best-rate": lambda matrix: 2 / eigenvalues(matrix)[1],
    }
    ask.agrees("best_rate", by_search, {"matrix": matrices()}, tolerance=1e-6, beliefs=beliefs, draws=50)


def test_diagnosis(ask):
    b, start = np.array([2.0, -3.0]), np.array([5.0, 4.0])
    for curvatures, rate, steps, wanted in (
        ((1.0, 9.0), 0.25, 30, {"verdict": "overshoots", "factor": -1.25, "curvature": 9.0, "limit": 2 / 9}),
        ((4.0, 9.0), 0.21, 25, {"verdict": "zigzags", "factor": -0.89, "curvature": 9.0, "limit": 2 / 9}),
        ((1.0, 9.0), 0.02, 100, {"verdict": "glides", "factor": 0.98, "curvature": 1.0, "limit": None}),
        ((-1.0, 4.0), 0.1, 40, {"verdict": "climbs", "factor": 1.1, "curvature": -1.0, "limit": None}),
    ):
        points = in_closed_form(np.diag(curvatures), b, start, rate, steps)
        said = ask.same(ask("diagnose", points, rate), wanted, 1e-6)
        ends = np.round(points[-3:], 4).tolist()
        assert not said, f"a run with rate {rate} that ends in {ends} {wanted['verdict']}: {said}"
