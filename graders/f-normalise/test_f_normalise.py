"""Hidden graders of f-normalise: more channels, uneven batches, both number types; everything joined as the oracle."""

import math

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**40)
STREAM = """
import tracemalloc
import numpy as np

def probe(function, batches, per_batch, channels, offset):
    one = np.empty((per_batch, channels, 10, 6), "float32")
    one[::2], one[1::2] = offset + 1, offset - 1
    one += np.arange(channels, dtype="float32")[:, None, None]

    def source():
        for _ in range(batches):
            yield one.copy()

    function(iter([one.copy()]))
    tracemalloc.start()
    try:
        mean, std = function(source())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return [mean, std, peak / one.nbytes]
"""


def exactly(batches):
    """Per channel with exactly rounded sums, in plain Python."""
    means, deviations = [], []
    for channel in range(batches[0].shape[1]):
        values = [value for batch in batches for value in batch[:, channel].astype("float64").ravel().tolist()]
        mean = math.fsum(values) / len(values)
        means.append(mean)
        deviations.append(math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values)))
    return [np.array(means), np.array(deviations)]


def uneven(seed):
    rng = np.random.default_rng(seed)
    channels, height, width = (int(n) for n in rng.integers(1, 5, 3))
    dtype = str(rng.choice(["float32", "float64"]))
    offset, scale = rng.uniform(-2, 2, (channels, 1, 1)), rng.uniform(0.3, 3, (channels, 1, 1))
    drift = rng.normal(0, 1)
    sizes = rng.integers(1, 8, int(rng.integers(1, 7)))
    return {
        "batches": [
            (rng.normal(drift * place, 1, (int(n), channels, height, width)) * scale + offset).astype(dtype)
            for place, n in enumerate(sizes)
        ]
    }


def test_statistics(ask):
    ask.agrees("channel_stats", exactly, SEEDS.map(uneven), tolerance=1e-6, draws=150)
    assert ask.raised("channel_stats", []) == "ValueError"


def test_stable(ask):
    def far(seed):
        rng = np.random.default_rng(seed)
        n, channels = int(rng.integers(3, 20)), int(rng.integers(1, 4))
        numbers = rng.normal(0, rng.uniform(0.5, 5), (n, channels, 3, 2)) + rng.choice([-1e6, 1e6, 3e5])
        numbers = numbers.astype("float32")
        return {"batches": [numbers[rng.permutation(n)] for _ in range(int(rng.integers(1, 5)))]}

    ask.agrees("channel_stats", exactly, SEEDS.map(far), tolerance=1e-8, draws=80)


def test_one_pass(ask):
    for batches, per_batch, channels, offset in ((120, 12, 3, -2.0), (200, 16, 1, 5.0)):
        mean, std, kept = ask("channel_stats", batches, per_batch, channels, offset, through=STREAM)
        said = ask.same([mean, std], [offset + np.arange(channels), np.ones(channels)], 1e-3)
        assert not said, f"{batches} batches with means from {offset} on: {said}"
        assert kept < 40, f"the memory of {kept:.0f} batches of {batches}"


def test_inverse(ask):
    def case(seed):
        rng = np.random.default_rng(seed)
        shape = tuple(int(n) for n in rng.integers(1, 6, 4))
        mean, std = rng.normal(0, 2, shape[1]), rng.uniform(0.3, 3, shape[1])
        images = rng.normal(0, 2, shape)
        if rng.random() < 0.3:
            std[0], images[:, 0] = 0.0, mean[0]
        return {"images": images.astype(str(rng.choice(["float32", "float64"]))), "mean": mean, "std": std}

    def each(formula):
        def whole(images, mean, std):
            out = np.empty_like(images)
            for place in np.ndindex(images.shape):
                out[place] = formula(float(images[place]), float(mean[place[1]]), float(std[place[1]]) or 1.0)
            return out

        return whole

    ask.agrees("normalise", each(lambda x, m, s: (x - m) / s), SEEDS.map(case), draws=80)
    ask.agrees("denormalise", each(lambda x, m, s: x * s + m), SEEDS.map(case), draws=80)
    for seed in range(20):
        given = case(seed)
        there = ask("normalise", *given.values())
        back = ask("denormalise", there, given["mean"], given["std"])
        said = ask.same(back, given["images"])
        assert not said, f"there and back: {said}"
        assert there.dtype == back.dtype == given["images"].dtype, f"{there.dtype} and {back.dtype}"


def test_train_only(ask):
    def case(seed):
        rng = np.random.default_rng(seed)
        channels, side = (int(n) for n in rng.integers(1, 4, 2))
        scale = rng.uniform(0.5, 3, (channels, 1, 1))
        sets = [rng.normal(at, 1, (int(rng.integers(2, 9)), channels, side, side)) * scale for at in (1, 3)]
        return dict(zip(("train", "test"), sets, strict=True))

    def wanted(train, test):
        mean, std = (part[:, None, None] for part in exactly([train]))
        return [(train - mean) / std, (test - mean) / std]

    ask.agrees("prepare", wanted, SEEDS.map(case), tolerance=1e-6, draws=80)
