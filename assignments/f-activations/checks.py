"""What f-activations asks, in code that you may read: `dlgrade check f-activations` runs these on your functions."""

import math
from decimal import Decimal, localcontext

import numpy as np
from hypothesis import strategies as st

NAMES = ("sigmoid", "tanh", "relu", "leaky_relu", "gelu")


# The oracles take one number at a time and compute with 60 digits, so nothing overflows.
def one_sigmoid(x):
    return 1 / (1 + (-Decimal(x)).exp())


def one_tanh(x):
    grown = (2 * Decimal(x)).exp()
    return (grown - 1) / (grown + 1)


def one_leaky(x, slope):
    return max(x, 0.0) + slope * min(x, 0.0)


def one_gelu(x):
    return x * math.erfc(-x / math.sqrt(2)) / 2


def each(function):
    """For whole arrays, number by number."""

    def of_arrays(x, **more):
        with localcontext() as context:
            context.prec = 60
            return np.array([float(function(float(one), **more)) for one in x.flat]).reshape(x.shape)

    return of_arrays


def by_difference(function, step):
    """The slope, measured: how far the value moves when x moves a little."""

    def slope_of(x):
        step_ = Decimal(step) if function is not one_gelu else float(step)
        x = Decimal(x) if function is not one_gelu else x
        return (function(x + step_) - function(x - step_)) / (2 * step_)

    return each(slope_of)


def arrays(largest):
    """Arrays with one, two or three axes."""
    shapes = st.sampled_from([(1,), (2,), (5,), (2, 3), (2, 1, 2)])
    numbers = st.floats(-largest, largest, allow_subnormal=False)
    return shapes.flatmap(
        lambda shape: st.lists(numbers, min_size=math.prod(shape), max_size=math.prod(shape)).map(
            lambda items: np.array(items, "float64").reshape(shape)
        )
    )


X = {"x": arrays(6)}
LEAKY = {**X, "slope": st.sampled_from([0.5, 0.1, 0.01])}

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

def texts(legend):
    return [text.get_text() for text in legend.get_texts()] if legend else []

def probe(function, *args):
    figure = function(*args)
    if not isinstance(figure, Figure):
        return {"kind": type(figure).__name__, "axes": []}
    shared = [text for legend in figure.legends for text in texts(legend)]
    axes = [
        {
            "lines": [[line.get_label(), [*map(float, line.get_xdata())], [*map(float, line.get_ydata())]]
                      for line in ax.get_lines()],
            "legend": texts(ax.get_legend()) + shared,
            "x": ax.get_xlabel(),
            "y": ax.get_ylabel(),
        }
        for ax in figure.axes
    ]
    return {"kind": "Figure", "axes": axes}
"""


def test_values(ask):
    """The worked example: sigmoid of [0, 2] is [0.5, 0.8808]."""
    ask.agrees("sigmoid", each(one_sigmoid), X, draws=40)
    ask.agrees("tanh", each(one_tanh), X, draws=40, beliefs={"tanh-is-sigmoid": each(one_sigmoid)})
    ask.agrees("relu", each(lambda x: one_leaky(x, 0.0)), X, draws=40)
    relu = {"leaky-is-relu": lambda x, slope: each(lambda one: max(one, 0.0))(x)}
    ask.agrees("leaky_relu", each(one_leaky), LEAKY, draws=40, beliefs=relu)
    ask.agrees("gelu", each(one_gelu), X, draws=40)


def test_stable(ask):
    x = np.array([-800.0, -40.0, 40.0, 800.0])
    for name, wanted in {"sigmoid": [0, 0, 1, 1], "tanh": [-1, -1, 1, 1], "gelu": [0, 0, 40, 800]}.items():
        for function in (name, f"{name}_slope"):
            values, warned = ask(function, x, through=QUIET)
            assert not warned, f"{function} of [-800, -40, 40, 800] makes NumPy warn: {warned[0]}"
            assert isinstance(values, np.ndarray), f"{function} should return an array; it returns {values!r}"
            assert np.isfinite(values).all(), f"{function} of [-800, -40, 40, 800] holds NaN or infinity"
        wrong = ask.same(ask(name, x), np.array(wanted, "float64"))
        assert not wrong, f"{name} of [-800, -40, 40, 800]: {wrong}"


def test_slopes(ask):
    """The worked example: the sigmoid's slope at [0, 2] is [0.25, 0.1050]."""
    value = each(one_sigmoid)
    beliefs = {
        "sigmoid-grad-is-sigmoid": value,
        "tanh-slope-for-sigmoid": lambda x: 1 - value(x) ** 2,
        "slope-always-at-best": lambda x: np.full(x.shape, 0.25),
    }
    ask.agrees("sigmoid_slope", by_difference(one_sigmoid, "1e-20"), X, draws=40, beliefs=beliefs)
    ask.agrees("tanh_slope", by_difference(one_tanh, "1e-20"), X, draws=40)
    beliefs = {
        "relu-grad-x": lambda x: x * (x > 0),
        "relu-passes-all": lambda x: np.ones(x.shape),
    }
    ask.agrees("relu_slope", each(lambda x: 1.0 if x > 0 else 0.0), X, draws=40, beliefs=beliefs)
    beliefs = {"leaky-is-relu": lambda x, slope: 1.0 * (x > 0)}
    ask.agrees("leaky_relu_slope", each(lambda x, slope: 1.0 if x > 0 else slope), LEAKY, draws=40, beliefs=beliefs)
    ask.agrees("gelu_slope", by_difference(one_gelu, "1e-5"), X, draws=40, tolerance=1e-8)


def test_kept(ask):
    examples = {("sigmoid", 1): 0.25, ("sigmoid", 2): 0.0625, ("tanh", 7): 1.0, ("relu", 10): 1.0}
    examples |= {("leaky_relu", 3): 1.0, ("sigmoid", 10): 9.5367432e-7, ("gelu", 1): 1.1289042}
    for (name, layers), wanted in examples.items():
        answer = ask("kept", name, layers)
        assert not ask.same(answer, wanted, math.inf), f"kept({name!r}, {layers}) should be a number; it is {answer!r}"
        assert abs(answer - wanted) <= 2e-6 * wanted, (
            f"kept({name!r}, {layers}) should be {wanted:.8g}; it is {answer:.8g}"
        )


def test_figure(ask):
    drawn = ask("plot", through=READ)
    assert drawn["kind"] == "Figure", f"plot returns a {drawn['kind']}; return the Figure itself"
    assert len(drawn["axes"]) == 2, f"the figure has {len(drawn['axes'])} pairs of axes, wanted 2 side by side"
    for side, axes in zip(("left", "right"), drawn["axes"], strict=True):
        labels = [label for label, _, _ in axes["lines"]]
        for name in NAMES:
            assert labels.count(name) == 1, f"{side} axes: {labels.count(name)} lines are labelled {name!r}, wanted 1"
            assert name in axes["legend"], f"{side} axes: the legend does not name {name!r}"
        assert axes["x"] == "x", f"{side} axes: the horizontal axis is called {axes['x']!r}, wanted 'x'"
        assert axes["y"].strip(), f"{side} axes: the vertical axis has no name"


def shown(a):
    """What the lines of the left and of the right axes show, the leaky ReLU with slope a."""
    values = {
        "sigmoid": each(one_sigmoid), "tanh": each(one_tanh), "gelu": each(one_gelu),
        "relu": each(lambda x: one_leaky(x, 0.0)), "leaky_relu": each(lambda x: one_leaky(x, a)),
    }  # fmt: skip
    slopes = {
        "sigmoid": by_difference(one_sigmoid, "1e-20"), "tanh": by_difference(one_tanh, "1e-20"),
        "gelu": by_difference(one_gelu, "1e-5"), "relu": each(lambda x: 1.0 if x > 0 else 0.0),
        "leaky_relu": each(lambda x: 1.0 if x > 0 else a),
    }  # fmt: skip
    return values, slopes


def test_curves(ask, assignment):
    drawn = ask("plot", through=READ)
    assert len(drawn["axes"]) == 2, "there are no two pairs of axes to look at"
    right_ones = shown(assignment.variant["drawn_slope"])
    for side, axes, right in zip(("left", "right"), drawn["axes"], right_ones, strict=True):
        lines = {label: (x, y) for label, x, y in axes["lines"]}
        for name in NAMES:
            assert name in lines, f"{side} axes: no line is labelled {name!r}"
            x, y = map(np.array, lines[name])
            where = f"{side} axes, line {name!r}"
            assert len(x) >= 100, f"{where}: {len(x)} points, wanted 100 or more"
            assert (np.diff(x) > 0).all(), f"{where}: x does not run from left to right"
            ends = max(abs(x[0] + 5), abs(x[-1] - 5))
            assert ends < 1e-9, f"{where}: runs from {x[0]:g} to {x[-1]:g}, wanted from -5 to 5"
            few = np.linspace(0, len(x) - 1, 41).astype(int)
            few = few[np.abs(x[few]) > 1e-9]  # the rule at the corner belongs to another criterion
            off = np.abs(y[few] - right[name](x[few]))
            worst = few[off.argmax()]
            wanted = right[name](x[[worst]])[0]
            assert off.max() < 2e-3, f"{where}: at x = {x[worst]:.4g} it is {y[worst]:.4g}, wanted {wanted:.4g}"
