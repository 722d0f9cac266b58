"""What f-batchsize asks, in code that you may read: `dlgrade check f-batchsize` runs these."""

import numpy as np
from hypothesis import strategies as st


def counted(n, batch_size, epochs, drop_last):
    """By cutting a row of samples into pieces."""
    pieces = [range(n)[first : first + batch_size] for first in range(0, n, batch_size)]
    return epochs * len([piece for piece in pieces if len(piece) == batch_size or not drop_last])


BELIEFS_ON_STEPS = {
    "floor-batches": lambda n, batch_size, epochs, drop_last: epochs * (n // batch_size),
    "one-epoch-only": lambda n, batch_size, epochs, drop_last: counted(n, batch_size, 1, drop_last),
    "epoch-is-step": lambda n, batch_size, epochs, drop_last: epochs,
    "update-per-image": lambda n, batch_size, epochs, drop_last: epochs * n,
}


def test_steps(ask):
    cases = {"n": st.integers(1, 40), "batch_size": st.integers(1, 12), "epochs": st.integers(1, 5),
             "drop_last": st.booleans()}  # fmt: skip
    ask.agrees("steps", counted, cases, beliefs=BELIEFS_ON_STEPS)
    assert ask("steps", 10, 4) == 3, "without epochs and drop_last: 10 samples in batches of 4 are 4 + 4 + 2"


def in_proportion(rate, batch_size, new_batch_size):
    return float(np.interp(new_batch_size, [0, batch_size, 100 * batch_size], [0, rate, 100 * rate]))


BELIEFS_ON_RATES = {
    "rate-scaled-down": lambda rate, batch_size, new_batch_size: rate * batch_size / new_batch_size,
    "lr-independent-of-batch": lambda rate, batch_size, new_batch_size: rate,
}


def test_scaled_rate(ask):
    sizes = st.sampled_from([32, 64, 128])
    cases = {"rate": st.sampled_from([0.1, 0.2]), "batch_size": sizes, "new_batch_size": sizes}
    ask.agrees("scaled_rate", in_proportion, cases, beliefs=BELIEFS_ON_RATES, tolerance=1e-6)


# The six samples of the lesson.
TRAIN = (np.array([[1.0, 0], [0, 1], [1, 1], [2, 0], [0, 2], [1, 3]]), np.array([0, 1, 1, 0, 1, 1]))
TEST = (np.array([[3.0, 1], [1, 2], [1, 1], [2, 3]]), np.array([0, 1, 0, 1]))
ROWS = [
    {"batch_size": 2, "rate": 0.25, "steps": 9, "loss": 0.485904, "accuracy": 0.75},
    {"batch_size": 4, "rate": 0.5, "steps": 6, "loss": 0.532877, "accuracy": 0.75},
    {"batch_size": 6, "rate": 0.75, "steps": 3, "loss": 0.480917, "accuracy": 0.75},
]


def test_rows(ask):
    rows = ask("experiment", TRAIN, TEST, np.zeros((2, 2)), [2, 4, 6], 3, 0.25)
    said = ask.same(rows, ROWS, 1e-5)
    assert not said, f"the example of the lesson, experiment(train, test, weights, [2, 4, 6], 3, 0.25): {said}"


def test_fair_start(ask):
    rows = ask("experiment", TRAIN, TEST, np.zeros((2, 2)), [2, 4, 2], 3, 0.25)
    assert isinstance(rows, list), "experiment should return a list of rows"
    assert len(rows) == 3, f"three batch sizes should give three rows, not {len(rows)}"
    said = ask.same(rows[2], rows[0])
    assert not said, f"experiment(..., [2, 4, 2], 3, 0.25): the third row should be the first once more; {said}"


def seconds_to(row, wanted):
    there = np.flatnonzero(np.array(row["accuracy"]) >= wanted)
    return float((there[0] + 1) * row["seconds"]) if len(there) else None


def first_there(rows, wanted):
    never = 1e9
    order = sorted(rows, key=lambda row: (seconds_to(row, wanted) or never, row["batch_size"]))
    return order[0]["batch_size"] if seconds_to(order[0], wanted) else None


def tables(sizes):
    accuracy = st.lists(st.sampled_from([0.6, 0.7, 0.8, 0.9]), min_size=1, max_size=4)
    row = st.fixed_dictionaries(
        {"batch_size": sizes, "seconds": st.sampled_from([1.0, 2.0, 4.0]), "accuracy": accuracy}
    )
    return st.lists(row, min_size=1, max_size=4, unique_by=lambda row: row["batch_size"])


def test_reading(ask):
    sizes, wanted = st.sampled_from([32, 64, 128, 256]), st.sampled_from([0.6, 0.7, 0.8, 0.9])
    ask.agrees("time_to", seconds_to, {"row": tables(sizes).map(lambda rows: rows[0]), "wanted": wanted}, draws=60)
    ask.agrees("fastest", first_there, {"rows": tables(sizes), "wanted": wanted}, draws=60)


def test_recovered(ask):
    for small, large, scaled, share in [(0.94, 0.86, 0.92, 0.75), (0.9, 0.8, 0.8, 0.0), (0.9, 0.5, 0.3, -0.5)]:
        answer = ask("recovered", small, large, scaled)
        what = f"from {small} down to {large}, with the scaled rate {scaled}: of {small - large:.2f} lost, "
        assert not ask.same(answer, share, 1e-6), f"{what}{scaled - large:.2f} came back, {share}; yours is {answer}"
    assert ask.raised("recovered", 0.8, 0.9, 0.9) == "ValueError", "where nothing was lost it raises a ValueError"
