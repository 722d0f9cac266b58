"""What f-losses asks, in code that you may read. `dlgrade check f-losses` runs it."""

import math

import numpy as np
from hypothesis import strategies as st

TWO_IMAGES = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, -1.0]])


@st.composite
def batches(draw, unit=1.0, offset=0.0, images=3):
    """Logits and labels of one to three images and two to four classes."""
    n, classes = draw(st.integers(1, images)), draw(st.integers(2, 4))
    numbers = st.lists(st.integers(-4, 4), min_size=classes, max_size=classes)
    logits = np.array(draw(st.lists(numbers, min_size=n, max_size=n))) * unit + offset
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n))
    return {"logits": logits, "labels": np.array(labels)}


@st.composite
def vectors(draw):
    """Predictions and targets: a vector or a table."""
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    shape = draw(st.sampled_from([(columns,), (rows, columns)]))
    numbers = st.lists(st.integers(-5, 5), min_size=math.prod(shape), max_size=math.prod(shape))
    return {name: np.array(draw(numbers), "float64").reshape(shape) for name in ("predictions", "targets")}


def cost(scores, label):
    """The cross-entropy of one image as the definition says it: exp overflows beyond 709."""
    return -math.log(math.exp(scores[label]) / math.fsum(map(math.exp, scores)))


def costs(logits, labels):
    return [cost(scores, label) for scores, label in zip(logits.tolist(), labels.tolist(), strict=True)]


def mean_cost(logits, labels):
    return math.fsum(costs(logits, labels)) / len(labels)


def mean_square(predictions, targets):
    pairs = zip(predictions.ravel().tolist(), targets.ravel().tolist(), strict=True)
    return math.fsum((p - t) ** 2 for p, t in pairs) / predictions.size


def by_differences(function, at, h=1e-5):
    """Slopes of a function by each number of an array: good to some nine digits."""
    slopes = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = h
        slopes[place] = (function(at + step) - function(at - step)) / (2 * h)
    return slopes


def softmax(z):
    return np.exp(z) / np.exp(z).sum(1, keepdims=True)


SQUARE_BELIEFS = {
    "squares-per-image": lambda predictions, targets: float(((predictions - targets) ** 2).sum() / len(targets))
}

BELIEFS = {
    "double-softmax": lambda logits, labels: mean_cost(softmax(logits), labels),
    "log-base": lambda logits, labels: mean_cost(logits, labels) / math.log(2),
    "forgot-the-log": lambda logits, labels: float(softmax(logits)[np.arange(len(labels)), labels].mean()),
    "target-logit-left-out": lambda logits, labels: float(np.log(np.exp(logits).sum(1)).mean()),
    "nll-takes-logits": lambda logits, labels: -float(logits[np.arange(len(labels)), labels].mean()),
}


def test_values(ask):
    assert not ask.same(ask("mse", np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])), 5 / 3), (
        "the squared errors of (1, 2, 4) against (1, 3, 2) are 0, 1 and 4, so their mean is 5/3"
    )
    ask.agrees("mse", mean_square, vectors(), beliefs=SQUARE_BELIEFS, draws=50)
    assert ask.raised("mse", np.zeros((3, 1)), np.zeros(3)) == "ValueError", (
        "mse of the shapes (3, 1) and (3,) should raise ValueError; NumPy would compare each with each"
    )
    ask.agrees("cross_entropy", mean_cost, batches(), beliefs=BELIEFS, draws=50)


def test_gradients(ask):
    def of_squares(predictions, targets):
        return by_differences(lambda at: mean_square(at, targets), predictions)

    def of_logits(logits, labels):
        return by_differences(lambda at: mean_cost(at, labels), logits)

    squares = {
        "power-rule-slip": lambda predictions, targets: (predictions - targets) / targets.size,
        "grad-not-averaged": lambda predictions, targets: 2 * (predictions - targets),
    }
    logits = {
        "ce-grad-is-softmax": lambda logits, labels: softmax(logits) / len(labels),
        "grad-not-averaged": lambda logits, labels: len(labels) * of_logits(logits, labels),
    }
    ask.agrees("mse_gradient", of_squares, vectors(), tolerance=1e-6, beliefs=squares, draws=50)
    ask.agrees("cross_entropy_gradient", of_logits, batches(), tolerance=1e-6, beliefs=logits, draws=50)


def test_stable(ask):
    def winners(logits):
        return logits[0] == logits.max()

    def cost_of_extremes(logits, labels):  # the others are e^-1000 times less likely, and count as 0
        return float(logits.max() - logits[0, labels[0]]) + math.log(winners(logits).sum())

    def gradient_of_extremes(logits, labels):
        right = np.arange(logits.shape[1]) == labels[0]
        return (winners(logits) / winners(logits).sum() - right)[None]

    huge = batches(unit=2500.0, images=1)
    ask.agrees("cross_entropy", cost_of_extremes, huge, draws=50)
    ask.agrees("cross_entropy_gradient", gradient_of_extremes, huge, draws=50)
    # A number added to all logits of an image changes nothing.
    ask.agrees("cross_entropy", lambda logits, labels: mean_cost(logits - 1e4, labels), batches(offset=1e4), draws=50)


def test_options(ask):
    labels, weights = np.array([0, 2]), np.array([1.0, 1.0, 4.0])
    each = ask("cross_entropy", TWO_IMAGES, labels, "none")
    said = ask.same(each, np.array([0.40760596, 4.06588390]), 1e-6)
    assert not said, f"reduction='none' gives one loss for each image; {said}"
    said = ask.same(ask("cross_entropy", TWO_IMAGES, labels, "sum"), 4.47348986, 1e-6)
    assert not said, f"reduction='sum' adds up 0.4076 and 4.0659; {said}"
    for name in ("mse", "cross_entropy"):
        wrong = ask.raised(name, TWO_IMAGES, TWO_IMAGES if name == "mse" else labels, "average")
        assert wrong == "ValueError", f"{name} with reduction='average' should raise ValueError"
    said = ask.same(ask("mse", weights, 0 * weights, "sum"), 18.0)
    assert not said, f"mse of (1, 1, 4) against zeros with reduction='sum' is 18; {said}"
    said = ask.same(ask("mse", weights, 0 * weights, "none"), np.array([1.0, 1.0, 16.0]))
    assert not said, f"mse of (1, 1, 4) against zeros with reduction='none' is (1, 1, 16); {said}"
    said = ask.same(ask("cross_entropy", TWO_IMAGES, labels, "mean", weights), 3.33422832, 1e-6)
    assert not said, f"with the weights 1 and 4 the mean is (1 x 0.4076 + 4 x 4.0659) / (1 + 4); {said}"
    said = ask.same(ask("cross_entropy", TWO_IMAGES, labels, "mean", None, 2), 0.40760596, 1e-6)
    assert not said, f"where label 2 is ignored, the first image alone is the mean; {said}"
    assert ask.raised("cross_entropy", TWO_IMAGES, np.array([0, 3])) == "IndexError", (
        "with three classes the label 3 should raise IndexError"
    )

    def repeated(logits, labels, reduction, weight):  # an image of weight 3 is three images
        return mean_cost(
            np.repeat(logits, weight[labels].astype(int), 0), np.repeat(labels, weight[labels].astype(int))
        )

    def by_count(logits, labels, reduction, weight):
        return float(repeated(logits, labels, reduction, weight) * weight[labels].sum() / len(labels))

    @st.composite
    def weighted(draw):
        batch = draw(batches())
        weights = st.lists(st.integers(1, 4), min_size=batch["logits"].shape[1], max_size=batch["logits"].shape[1])
        return {**batch, "reduction": "mean", "weight": np.array(draw(weights), "float64")}

    ask.agrees("cross_entropy", repeated, weighted(), beliefs={"weighted-mean-by-count": by_count}, draws=50)

    def without(logits, labels, reduction, weight, ignore_index):
        keep = labels != ignore_index
        return mean_cost(logits[keep], labels[keep])

    def with_zeros(logits, labels, reduction, weight, ignore_index):
        return float(without(logits, labels, reduction, weight, ignore_index) * (labels != ignore_index).mean())

    @st.composite
    def ignoring(draw):
        batch = draw(batches())
        batch["labels"][1:] = [draw(st.sampled_from([label, -100])) for label in batch["labels"][1:]]
        return {**batch, "reduction": "mean", "weight": None, "ignore_index": -100}

    ask.agrees("cross_entropy", without, ignoring(), beliefs={"ignored-still-counts": with_zeros}, draws=50)


def test_smoothing(ask):
    two, three = np.array([[2.0, 0.0]]), np.array([[3.0, 0.0, 0.0]])
    first, last = np.array([0]), np.array([2])
    said = ask.same(ask("cross_entropy", two, first, "mean", None, -100, 0.2), 0.32692801, 1e-6)
    assert not said, f"logits (2, 0), class 0, smoothing 0.2: the targets are 0.9 and 0.1; {said}, wanted 0.326928"
    said = ask.same(ask("cross_entropy", three, first, "mean", None, -100, 0.3), 0.69492296, 1e-6)
    assert not said, f"logits (3, 0, 0), class 0, smoothing 0.3: the targets are 0.8, 0.1, 0.1; {said}, wanted 0.694923"
    said = ask.same(ask("cross_entropy", np.zeros((1, 4)), last, "mean", None, -100, 0.1), 1.38629436, 1e-6)
    assert not said, f"where all four logits are equal, smoothing changes nothing: ln 4; {said}, wanted 1.386294"


def sigmoid(z):
    return (1 + math.tanh(z / 2)) / 2


def both_slopes(logit, label):
    """By differences of the two losses themselves."""
    at, h = np.array([logit]), 1e-4
    right = sigmoid if label else lambda z: sigmoid(-z)
    return {
        "cross_entropy": by_differences(lambda z: -math.log(right(z[0])), at, h).item(),
        "squared_error": by_differences(lambda z: (sigmoid(z[0]) - label) ** 2, at, h).item(),
    }


def test_saturation(ask):
    def slopes_believed(square):
        return lambda logit, label: {
            "cross_entropy": sigmoid(logit) - label,
            "squared_error": square(sigmoid(logit), sigmoid(logit) - label),
        }

    cases = {"logit": st.integers(-12, 12).map(float), "label": st.integers(0, 1)}
    beliefs = {
        "chain-link-lost": slopes_believed(lambda p, off: 2 * off),
        "mse-same": slopes_believed(lambda p, off: off),
        "sigmoid-grad-is-sigmoid": slopes_believed(lambda p, off: 2 * off * p),
    }
    ask.agrees("slopes", both_slopes, cases, tolerance=1e-7, beliefs=beliefs, draws=50)
    for start, loss, steps in (
        (-3.0, "cross_entropy", 4), (-3.0, "squared_error", 17), (-6.0, "cross_entropy", 7),
        (-6.0, "squared_error", 214), (2.0, "squared_error", 0), (-10.0, "squared_error", None),
    ):  # fmt: skip
        taken = ask("steps_until_right", start, 1.0, loss)
        assert taken == steps, f"steps_until_right({start}, 1.0, {loss!r}) should be {steps}; it is {taken}"
