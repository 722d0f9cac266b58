"""What f-normalise asks, in code that you may read. `dlgrade check f-normalise` runs it."""

import numpy as np
from hypothesis import strategies as st


@st.composite
def data_sets(draw):
    """One to three batches of one to three images, one or two channels, small whole numbers."""
    channels, width = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    batches = []
    for n in draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)):
        count = n * channels * width
        numbers = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
        batches.append(np.array(numbers, "float32").reshape(n, channels, 1, width))
    return {"batches": batches}


def joined(batches, ddof=0):
    """All batches as one array in float64: right, and impossible where they do not fit into memory."""
    everything = np.concatenate(batches).astype("float64")
    return [everything.mean((0, 2, 3)), everything.std((0, 2, 3), ddof=ddof)]


def batch_means(batches):
    parts = [joined([batch]) for batch in batches]
    return [np.mean([part[which] for part in parts], 0) for which in (0, 1)]


def mean_deviation(batches):
    counts = [len(batch) for batch in batches]
    return [joined(batches)[0], np.average([joined([batch])[1] for batch in batches], 0, counts)]


def sample_deviation(batches):
    if sum(batch[:, 0].size for batch in batches) < 2:
        raise ValueError
    return joined(batches, ddof=1)


def over_all_channels(batches):
    everything = np.concatenate(batches).astype("float64")
    return [np.full(everything.shape[1], number) for number in (everything.mean(), everything.std())]


def test_statistics(ask):
    beliefs = {
        "batches-count-alike": batch_means,
        "mean-of-deviations": mean_deviation,
        "sample-deviation": sample_deviation,
        "channels-share-statistics": over_all_channels,
        "variance-is-deviation": lambda batches: [joined(batches)[0], joined(batches)[1] ** 2],
    }
    ask.agrees("channel_stats", joined, data_sets(), tolerance=1e-6, beliefs=beliefs, draws=100)
    assert ask.raised("channel_stats", []) == "ValueError", "channel_stats of no batch at all should raise ValueError"


@st.composite
def far_away(draw):
    """The same numbers in each batch, in another order, around 100,000."""
    numbers = draw(st.lists(st.integers(0, 9), min_size=2, max_size=5))
    batches = [numbers, numbers[::-1], numbers][: draw(st.integers(1, 3))]
    return {"batches": [(np.array(one, "float32") + 100_000).reshape(-1, 1, 1, 1) for one in batches]}


def test_stable(ask):
    ask.agrees("channel_stats", joined, far_away(), tolerance=1e-8, draws=60)
    numbers = np.random.default_rng(0).normal(1e6, 2, (30, 2, 5, 5)).astype("float32")
    batches = [numbers, numbers[::-1].copy()]
    mean, std = ask("channel_stats", batches)
    wanted_mean, wanted_std = joined(batches)
    for which, got, wanted in (("means", mean, wanted_mean), ("deviations", std, wanted_std)):
        assert not ask.same(got, wanted, 1e-8), (
            f"3,000 float32 numbers around 1,000,000, two channels: the {which} should be "
            f"{np.round(wanted, 6).tolist()}; they are {np.round(got, 6).tolist()}"
        )


STREAM = """
import tracemalloc
import numpy as np

def probe(function, batches, per_batch, channels, offset):
    one = np.empty((per_batch, channels, 8, 8), "float32")
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


def test_one_pass(ask):
    mean, std, kept = ask("channel_stats", 200, 16, 2, 3.0, through=STREAM)
    said = ask.same([mean, std], [np.array([3.0, 4.0]), np.ones(2)], 1e-3)
    assert not said, f"a generator of 200 batches, which can be read only once, with means 3 and 4 and stds 1: {said}"
    assert kept < 40, (
        f"200 batches came one by one, and at its peak the function held as much memory as {kept:.0f} of them; "
        "keep sums, not batches"
    )


@st.composite
def images(draw):
    """Up to three images of two channels, with means and deviations that have nothing to do with them."""
    n, width = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    numbers = draw(st.lists(st.integers(0, 9), min_size=2 * n * width, max_size=2 * n * width))
    pairs = st.lists(st.integers(1, 5), min_size=2, max_size=2).map(lambda two: np.array(two, "float64"))
    return {"images": np.array(numbers, "float32").reshape(n, 2, 1, width), "mean": draw(pairs), "std": draw(pairs)}


def by_channel(formula):
    """Each channel by itself; the formula sees numbers x, one mean m and one deviation s."""

    def whole(images, mean, std):
        parts = [formula(images[:, c].astype("float64"), mean[c], std[c]) for c in range(len(mean))]
        return np.stack(parts, 1).astype("float32")

    return whole


def test_inverse(ask):
    beliefs = {
        "var-not-std": by_channel(lambda x, m, s: (x - m) / s**2),
        "normalise-only-shifts": by_channel(lambda x, m, s: x - m),
        "sign-of-normalise": by_channel(lambda x, m, s: (x + m) / s),
    }
    ask.agrees("normalise", by_channel(lambda x, m, s: (x - m) / s), images(), beliefs=beliefs, draws=60)
    ask.agrees("denormalise", by_channel(lambda x, m, s: x * s + m), images(), draws=60)
    mean, std = np.array([7.0]), np.array([0.0])
    said = ask.same(ask("normalise", np.full((2, 1, 1, 1), 7.0), mean, std), np.zeros((2, 1, 1, 1)))
    assert not said, f"a channel that is 7 everywhere (mean 7, std 0) becomes 0 everywhere; {said}"
    said = ask.same(ask("denormalise", np.zeros((2, 1, 1, 1)), mean, std), np.full((2, 1, 1, 1), 7.0))
    assert not said, f"and with mean 7 and std 0 these zeros come back as 7; {said}"
    for dtype in ("float32", "float64"):
        for name in ("normalise", "denormalise"):
            got = ask(name, np.ones((1, 1, 2, 2), dtype), mean, np.array([2.0]))
            assert got.dtype == dtype, f"{name} of {dtype} images gives {got.dtype.name}; keep their number type"


def test_train_only(ask):
    for train, test, wanted, why in (
        ([0.0, 2.0], [4.0], ([-1.0, 1.0], [3.0]), "4 lies 3 deviations above the training images' mean of 1"),
        ([1.0, 5.0], [3.0, 9.0], ([-1.0, 1.0], [0.0, 3.0]), "training images have mean 3 and deviation 2"),
    ):
        given = [np.array(numbers).reshape(-1, 1, 1, 1) for numbers in (train, test)]
        answer = ask("prepare", *given)
        said = ask.same(answer, [np.array(numbers).reshape(-1, 1, 1, 1) for numbers in wanted])
        assert not said, f"prepare with training images {train} and test images {test}: {said}; {why}"
