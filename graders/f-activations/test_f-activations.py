"""Hidden graders of f-activations: wider ranges, single precision, other pictures, and other oracles."""

import math

import numpy as np
import pytest
from hypothesis import strategies as st

NAMES = ("sigmoid", "tanh", "relu", "leaky_relu", "gelu")

QUIET = """
import warnings
import numpy as np

def probe(function, x):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with np.errstate(over="warn", invalid="warn", divide="warn", under="ignore"):
            values = function(x)
    return [values, [str(one.message) for one in caught]]
"""

READ = """
from matplotlib.figure import Figure

def probe(function, *args):
    first, figure = function(), function(*args)
    def texts(legend):
        return [text.get_text() for text in legend.get_texts()] if legend else []
    if not isinstance(figure, Figure):
        return []
    shared = [text for legend in figure.legends for text in texts(legend)]
    return [
        {
            "lines": [[line.get_label(), [*map(float, line.get_xdata())], [*map(float, line.get_ydata())]]
                      for line in ax.get_lines()],
            "legend": texts(ax.get_legend()) + shared,
            "x": ax.get_xlabel(),
        }
        for ax in figure.axes
    ]
"""


def share_below(x):
    """The share of the standard normal below x, by Simpson's rule."""
    grid = np.linspace(0, x, 2001)
    weights = np.r_[1, np.tile([4, 2], 999), 4, 1]
    return 0.5 + float((weights * np.exp(-(grid**2) / 2)).sum()) * x / 6000 / math.sqrt(2 * math.pi)


def one_sigmoid(x):
    return (1 + math.tanh(x / 2)) / 2


VALUES = {
    "sigmoid": one_sigmoid,
    "tanh": math.tanh,
    "relu": lambda x: (x + abs(x)) / 2,
    "leaky_relu": lambda x, a=0.01: (x + abs(x)) / 2 + a * (x - abs(x)) / 2,
    "gelu": lambda x: x * share_below(x),
}
SLOPES = {
    "sigmoid": lambda x: 1 / (4 * math.cosh(x / 2) ** 2),
    "tanh": lambda x: 1 / math.cosh(x) ** 2,
    "relu": lambda x: float(x > 0),
    "leaky_relu": lambda x, a=0.01: a + (1 - a) * (x > 0),
    "gelu": lambda x: share_below(x) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
}


def each(function):
    return lambda x, **more: np.array([function(float(one), *more.values()) for one in x.flat]).reshape(x.shape)


def arrays(largest):
    shapes = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple)
    seeds = st.integers(0, 2**32 - 1)
    return st.tuples(shapes, seeds, st.floats(0.1, largest)).map(
        lambda drawn: np.random.default_rng(drawn[1]).normal(0, drawn[2], drawn[0]).clip(-30, 30)
    )


@pytest.mark.parametrize("name", NAMES)
def test_values(ask, name, oracle_rng):
    more = {"slope": st.floats(0.001, 0.9)} if name == "leaky_relu" else {}
    ask.agrees(name, each(VALUES[name]), {"x": arrays(12), **more}, draws=25)
    single = oracle_rng.normal(0, 4, (3, 5)).astype("float32")
    assert not ask.same(ask(name, single), each(VALUES[name])(single), 1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_slopes(ask, name, oracle_rng):
    more = {"slope": st.floats(0.001, 0.9)} if name == "leaky_relu" else {}
    ask.agrees(f"{name}_slope", each(SLOPES[name]), {"x": arrays(12), **more}, draws=25)
    corner = np.array([[-0.0, 0.0], [1e-300, -1e-300]])
    assert not ask.same(ask(f"{name}_slope", corner), each(SLOPES[name])(corner))
    single = oracle_rng.normal(0, 4, (3, 5)).astype("float32")
    assert not ask.same(ask(f"{name}_slope", single), each(SLOPES[name])(single), 1e-5)


@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_stable(ask, kind):
    """Beyond the largest exponent of either precision, on both sides of it."""
    far = np.array([50, 88, 89, 104, 355, 709, 710, 746, 1e4], kind)
    for name in ("sigmoid", "tanh", "gelu"):
        for x in (far, -far):
            values, warned = ask(name, x, through=QUIET)
            assert not warned
            left, right = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "gelu": (0.0, x)}[name]
            assert not ask.same(values, np.where(x > 0, right, left).astype(kind))
            values, warned = ask(f"{name}_slope", x, through=QUIET)
            assert not warned
            assert isinstance(values, np.ndarray)
            assert np.isfinite(values).all()


def test_kept(ask, oracle_rng):
    largest = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "leaky_relu": 1.0}
    largest["gelu"] = SLOPES["gelu"](math.sqrt(2))  # its second derivative is 0 there
    for name in NAMES:
        for layers in {1, *oracle_rng.integers(2, 60, 6).tolist()}:
            answer = ask("kept", name, layers)
            assert not ask.same(answer, 1.0, math.inf)
            assert abs(answer / largest[name] ** layers - 1) < 1e-6 * (1 + layers)


def test_figure(ask):
    drawn = ask("plot", -1.0, 3.0, through=READ)
    assert len(drawn) == 2
    for axes in drawn:
        assert {*NAMES} <= {*axes["legend"]}
        assert [label for label, _, _ in axes["lines"] if label in NAMES] != []
        assert axes["x"] == "x"


def test_curves(ask, assignment, oracle_rng):
    lower, upper = -float(oracle_rng.uniform(1, 9)), float(oracle_rng.uniform(1, 9))
    drawn = ask("plot", lower, upper, through=READ)
    assert len(drawn) == 2
    for axes, right in zip(drawn, (VALUES, SLOPES), strict=True):
        lines = {label: (np.array(x), np.array(y)) for label, x, y in axes["lines"]}
        for name in NAMES:
            assert name in lines
            x, y = lines[name]
            assert len(x) >= 100
            assert abs(x[0] - lower) < 1e-9
            assert abs(x[-1] - upper) < 1e-9
            wanted = each(right[name])
            few = np.linspace(0, len(x) - 1, 60).astype(int)
            few = few[np.abs(x[few]) > 1e-9]
            values = wanted(x[few], a=assignment.variant["drawn_slope"]) if name == "leaky_relu" else wanted(x[few])
            assert np.abs(y[few] - values).max() < 2e-3
