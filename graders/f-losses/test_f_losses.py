"""Hidden graders of f-losses: larger batches, more classes, all options together; the oracle is plain Python."""

import decimal
import math
from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**40)


def drawn(make, *, n=(1, 9), classes=(2, 12), scale=4.0):
    """A strategy of argument dicts: `make` adds to logits and labels what else is asked."""

    def case(seed):
        rng = np.random.default_rng(seed)
        shape = int(rng.integers(*n)), int(rng.integers(*classes))
        logits = rng.normal(0, scale, shape)
        return make(rng, {"logits": logits, "labels": rng.integers(0, shape[1], shape[0])})

    return SEEDS.map(case)


def plain(rng, batch):
    return batch


def logs_of(scores):
    """Log-probabilities of one image, in plain Python."""
    largest = max(scores)
    total = math.fsum(math.exp(z - largest) for z in scores)
    return [z - largest - math.log(total) for z in scores]


def losses_of(logits, labels, share=0.0):
    losses = []
    for scores, label in zip(logits.tolist(), labels.tolist(), strict=True):
        logs = logs_of(scores)
        targets = [share / len(logs) + (1 - share) * (k == label) for k in range(len(logs))]
        losses.append(-math.fsum(t * log for t, log in zip(targets, logs, strict=True)))
    return losses


def mean_loss(logits, labels):
    return math.fsum(losses_of(logits, labels)) / len(labels)


def gradient_of(logits, labels):
    rows = []
    for scores, label in zip(logits.tolist(), labels.tolist(), strict=True):
        rows.append([(math.exp(log) - (k == label)) / len(labels) for k, log in enumerate(logs_of(scores))])
    return np.array(rows)


def vectors(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(int(side) for side in rng.integers(1, 6, int(rng.integers(1, 4))))
    return {"predictions": rng.normal(0, 50, shape), "targets": rng.normal(0, 50, shape)}


def test_values(ask):
    def mean_square(predictions, targets):
        pairs = zip(predictions.ravel().tolist(), targets.ravel().tolist(), strict=True)
        return math.fsum((p - t) ** 2 for p, t in pairs) / predictions.size

    ask.agrees("mse", mean_square, SEEDS.map(vectors), draws=80)
    ask.agrees("cross_entropy", mean_loss, drawn(plain), draws=80)
    for one, other in (((4,), (4, 1)), ((1, 5), (5,)), ((1,), (3,)), ((2, 3), (3, 2))):
        assert ask.raised("mse", np.ones(one), np.ones(other)) == "ValueError", f"{one} against {other}"


def test_gradients(ask):
    def of_squares(predictions, targets):
        return (predictions - targets) * (2 / predictions.size)

    ask.agrees("mse_gradient", of_squares, SEEDS.map(vectors), tolerance=1e-12, draws=80)
    ask.agrees("cross_entropy_gradient", gradient_of, drawn(plain), tolerance=1e-12, draws=80)


def test_stable(ask):
    huge = drawn(plain, n=(1, 2), scale=4000.0)
    near = drawn(lambda rng, b: {**b, "logits": np.round(b["logits"], 6) + rng.choice([-1e4, 1e4])}, n=(1, 2))
    for cases in (huge, near):
        ask.agrees("cross_entropy", mean_loss, cases, draws=60)
        ask.agrees("cross_entropy_gradient", gradient_of, cases, draws=60)

    def by_definition(logits, labels):  # sixty digits know no overflow at 10,000
        with decimal.localcontext(prec=60):
            exponentials = [Decimal(z).exp() for z in logits[0].tolist()]
            return float(sum(exponentials).ln() - Decimal(logits[0, labels[0]].item()))

    ask.agrees("cross_entropy", by_definition, huge, draws=20)


def test_options(ask):
    def reduced(rng, batch):
        return {**batch, "reduction": str(rng.choice(["none", "sum", "mean"]))}

    def weighted(rng, batch):
        batch = reduced(rng, batch)
        weight = rng.uniform(0.1, 5, batch["logits"].shape[1]) if rng.random() < 0.8 else None
        ignored = int(rng.choice([-100, -1, 0, 255]))
        labels = batch["labels"]
        if ignored == 0:
            labels[0] = 1
        labels[1:][rng.random(len(labels) - 1) < 0.3] = ignored
        return {**batch, "weight": weight, "ignore_index": ignored}

    def wanted(logits, labels, reduction, weight=None, ignore_index=-100):
        losses, shares = [], []
        for scores, label in zip(logits.tolist(), labels.tolist(), strict=True):
            share = 0.0 if label == ignore_index else 1.0 if weight is None else float(weight[label])
            losses.append(-logs_of(scores)[label] * share if share else 0.0)
            shares.append(share)
        if reduction == "none":
            return np.array(losses)
        return math.fsum(losses) / (1 if reduction == "sum" else math.fsum(shares))

    ask.agrees("cross_entropy", wanted, drawn(reduced), draws=60)
    ask.agrees("cross_entropy", wanted, drawn(weighted), draws=80)
    for classes, labels in ((3, [0, -1]), (4, [4]), (2, [1, -2, 0]), (5, [255])):
        logits = np.zeros((len(labels), classes))
        assert ask.raised("cross_entropy", logits, np.array(labels)) == "IndexError", f"{classes} classes, {labels}"
    assert ask.raised("cross_entropy", np.zeros((1, 2)), np.array([0]), "Mean") == "ValueError"


def test_smoothing(ask):
    def smoothed(rng, batch):
        share = float(rng.choice([0.0, 0.05, 0.1, 0.25, 0.5, 1.0, rng.random()]))
        reduction = str(rng.choice(["none", "sum", "mean"]))
        return {**batch, "reduction": reduction, "weight": None, "ignore_index": -100, "label_smoothing": share}

    def wanted(logits, labels, reduction, weight, ignore_index, label_smoothing):
        losses = losses_of(logits, labels, label_smoothing)
        if reduction == "none":
            return np.array(losses)
        return math.fsum(losses) / (len(losses) if reduction == "mean" else 1)

    ask.agrees("cross_entropy", wanted, drawn(smoothed), draws=80)


def test_saturation(ask):
    def both(logit, label):
        p, rest = (1 + math.tanh(logit / 2)) / 2, (1 - math.tanh(logit / 2)) / 2
        off = -rest if label else p
        return {"cross_entropy": off, "squared_error": 2 * off * p * rest}

    ask.agrees("slopes", both, {"logit": st.floats(-30, 30), "label": st.integers(0, 1)}, tolerance=1e-12, draws=60)

    def steps(logit, rate, loss, most):
        for taken in range(most + 1):
            if logit > 0:
                return taken
            p = (1 + math.tanh(logit / 2)) / 2
            logit += rate * (1 - p if loss == "cross_entropy" else 2 * (1 - p) ** 2 * p)
        return None

    cases = {
        "logit": st.floats(-7, 1), "rate": st.floats(0.3, 3),
        "loss": st.sampled_from(["cross_entropy", "squared_error"]), "most": st.integers(5, 400),
    }  # fmt: skip
    ask.agrees("steps_until_right", steps, cases, draws=60)
