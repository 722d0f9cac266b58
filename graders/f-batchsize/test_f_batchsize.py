"""Hidden graders of f-batchsize: wide draws, other data, oracles that go sample by sample."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st


def by_walking(n, batch_size, epochs, drop_last):
    """Sample by sample: a step falls behind each full batch, and behind the last sample unless it is dropped."""
    made = held = 0
    for left in range(n - 1, -1, -1):
        held += 1
        if held == batch_size or (left == 0 and not drop_last):
            made, held = made + 1, 0
    return sum(made for _ in range(epochs))


def test_steps(ask):
    cases = {"n": st.integers(1, 900), "batch_size": st.integers(1, 1000), "epochs": st.integers(0, 30),
             "drop_last": st.booleans()}  # fmt: skip
    ask.agrees("steps", by_walking, cases, draws=120)
    small = {"n": st.integers(1, 60), "batch_size": st.integers(1, 16), "epochs": st.integers(0, 30)}
    ask.agrees("steps", lambda n, batch_size, epochs: by_walking(n, batch_size, epochs, False), small, draws=50)


def test_scaled_rate(ask):
    def exact(rate, batch_size, new_batch_size):
        return float(Fraction(rate) * Fraction(new_batch_size, batch_size))

    sizes = st.integers(1, 4096)
    cases = {"rate": st.floats(1e-4, 2.0), "batch_size": sizes, "new_batch_size": sizes}
    ask.agrees("scaled_rate", exact, cases, draws=100)


def by_samples(train, test, weights, batch_sizes, epochs, rate):
    """The same experiment, one sample after the other, in lists of numbers."""

    def shares(w, row):
        scores = [sum(v * w[i][k] for i, v in enumerate(row)) for k in range(len(w[0]))]
        top = max(scores)
        raised = [math.exp(score - top) for score in scores]
        return [one / sum(raised) for one in raised]

    rows = []
    for batch_size in batch_sizes:
        w, scaled, made = [list(line) for line in weights.tolist()], rate * batch_size / batch_sizes[0], 0
        samples = list(zip(train[0].tolist(), train[1].tolist(), strict=True))
        for _ in range(epochs):
            for first in range(0, len(samples), batch_size):
                batch = samples[first : first + batch_size]
                seen = [(row, label, shares(w, row)) for row, label in batch]
                for i in range(len(w)):
                    for k in range(len(w[0])):
                        slope = sum((share[k] - (k == label)) * row[i] for row, label, share in seen)
                        w[i][k] -= scaled * slope / len(batch)
                made += 1
        answers = [(shares(w, row), label) for row, label in zip(test[0].tolist(), test[1].tolist(), strict=True)]
        rows.append({
            "batch_size": batch_size, "rate": scaled, "steps": made,
            "loss": -sum(math.log(share[label]) for share, label in answers) / len(answers),
            "accuracy": sum(share.index(max(share)) == label for share, label in answers) / len(answers),
        })  # fmt: skip
    return rows


def drawn(rng, inputs, classes):
    n, m = (int(k) for k in rng.integers(3, 14, size=2))
    return [(rng.normal(size=(k, inputs)), rng.integers(0, classes, size=k)) for k in (n, m)]


def test_rows(ask, oracle_rng):
    for _ in range(40):
        inputs, classes, epochs = (int(k) for k in oracle_rng.integers((1, 2, 1), (4, 5, 5)))
        train, test = drawn(oracle_rng, inputs, classes)
        weights = oracle_rng.normal(size=(inputs, classes))
        sizes = [
            int(k) for k in oracle_rng.choice(np.arange(1, 12), size=int(oracle_rng.integers(1, 5)), replace=False)
        ]
        given = (train, test, weights, sizes, epochs, float(oracle_rng.uniform(0.01, 0.3)))
        said = ask.same(ask("experiment", *given), by_samples(*given), 1e-7)
        assert not said, said


def test_fair_start(ask, oracle_rng):
    """Whatever stands between, the row of a batch size is the same; the weights are as they were."""
    for _ in range(30):
        train, test = drawn(oracle_rng, 3, 4)
        weights = oracle_rng.normal(size=(3, 4))
        first, *others = (int(k) for k in oracle_rng.choice(np.arange(1, 12), size=4, replace=False))
        forward = ask("experiment", train, test, weights, [first, *others], 2, 0.1)
        backward = ask("experiment", train, test, weights, [first, *others[::-1], first], 2, 0.1)
        assert isinstance(forward, list)
        assert len(forward) == 4
        said = ask.same(backward, [forward[0], *forward[:0:-1], forward[0]])
        assert not said, said


def row_of(sizes):
    shares = st.integers(50, 99).map(lambda percent: percent / 100)
    seconds = st.integers(1, 64).map(lambda parts: parts / 16)
    return st.fixed_dictionaries(
        {"batch_size": sizes, "seconds": seconds, "accuracy": st.lists(shares, min_size=1, max_size=6)}
    )


def waited(row, wanted):
    """By waiting epoch after epoch."""
    clock, left = 0.0, list(row["accuracy"])
    while left:
        clock += row["seconds"]
        if left.pop(0) >= wanted:
            return clock
    return None


def winner(rows, wanted):
    best = None
    for row in rows:
        time, size = waited(row, wanted), row["batch_size"]
        if time is not None and (best is None or time < best[0] or (time == best[0] and size < best[1])):
            best = (time, size)
    return best[1] if best else None


def test_reading(ask):
    wanted = st.integers(50, 99).map(lambda percent: percent / 100)
    ask.agrees("time_to", waited, {"row": row_of(st.integers(1, 512)), "wanted": wanted}, draws=100)
    rows = st.lists(row_of(st.integers(1, 512)), min_size=1, max_size=4, unique_by=lambda row: row["batch_size"])
    ask.agrees("fastest", winner, {"rows": rows, "wanted": wanted}, draws=100)
    for seconds, epochs in [(1.0, 4), (2.0, 2), (0.5, 8)]:  # equally fast, in either order
        late = {"batch_size": 256, "seconds": seconds, "accuracy": [0.5] * (epochs - 1) + [0.9]}
        soon = {"batch_size": 16, "seconds": 4.0, "accuracy": [0.9]}
        assert ask("fastest", [late, soon], 0.9) == 16
        assert ask("fastest", [soon, late], 0.9) == 16


def test_recovered(ask):
    def exact(small, large, large_scaled):
        small, large, large_scaled = (Fraction(number) for number in (small, large, large_scaled))
        if not small > large:
            raise ValueError
        return float((large_scaled - large) / (small - large))

    shares = st.integers(1, 99).map(lambda percent: percent / 100)
    ask.agrees("recovered", exact, {"small": shares, "large": shares, "large_scaled": shares}, draws=200)
