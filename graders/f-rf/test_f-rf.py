"""Hidden graders of f-rf: deeper networks, larger kernels and strides, images of every side.

The oracles go backwards with the two outermost taps, and forwards with one bit for each pixel.
"""

import random

import pytest


@pytest.fixture
def rng(oracle_rng):
    return random.Random(int(oracle_rng.integers(1 << 62)))


def compared(ask, name, oracle, cases):
    for case in cases:
        said = ask.same(ask(name, *case), oracle(*case))
        assert not said, f"{name}{case} should be {oracle(*case)}; {said}"


def numbers(layer):
    """k, s, p, d."""
    if layer["kind"] == "pool":
        return layer["k"], layer.get("s", layer["k"]), 0, 1
    return tuple(layer.get(key, default) for key, default in (("k", 1), ("s", 1), ("p", 0), ("d", 1)))


def outermost(layers, place):
    """The leftmost and the rightmost tap, back to the image."""
    left = right = place
    for layer in reversed(layers):
        k, s, p, d = numbers(layer)
        left, right = left * s - p, right * s - p + (k - 1) * d
    return [left, right]


def widths(layers):
    found = []
    for count in range(1, len(layers) + 1):
        left, right = outermost(layers[:count], 7)
        found.append(right - left + 1)
    return found


def distances(layers):
    counts = range(1, len(layers) + 1)
    return [outermost(layers[:count], 4)[1] - outermost(layers[:count], 3)[1] for count in counts]


def plain(rng):
    """Convolutions of two taps or more, without dilation."""
    layers = []
    for _ in range(rng.randint(1, 10)):
        one = {"kind": "conv", "k": rng.randint(2, 11)}
        layers.append(one | rng.choice([{}, {}, {"s": 2}, {"s": rng.randint(1, 5)}, {"p": rng.randint(0, 5)}]))
    return layers


def mixed(rng, longest=10, widest=7):
    """Layers of all kinds."""
    layers = []
    for _ in range(rng.randint(1, longest)):
        one = {"kind": rng.choice(["conv", "conv", "conv", "pool", "relu", "norm"])}
        if one["kind"] in {"conv", "pool"}:
            one["k"] = rng.choice([1, 2, 3, 3, rng.randint(1, widest)])
        if one["kind"] == "pool":
            one |= rng.choice([{}, {}, {"s": rng.randint(1, 4)}])
        if one["kind"] == "conv":
            one |= rng.choice([{}, {"p": one["k"] // 2}, {"s": 2}, {"d": rng.randint(1, 4)}, {"s": 2, "p": 1, "d": 2}])
        layers.append(one)
    return layers


def test_size(ask, rng):
    compared(ask, "field", widths, [(plain(rng),) for _ in range(150)])
    assert ask("field", []) == []


def test_kinds(ask, rng):
    compared(ask, "field", widths, [(mixed(rng),) for _ in range(200)])


def test_jump(ask, rng):
    compared(ask, "jump", distances, [(mixed(rng),) for _ in range(150)])
    assert ask("jump", []) == []


def test_window(ask, rng):
    compared(ask, "window", outermost, [(mixed(rng), rng.randint(0, 60)) for _ in range(200)])


def reached(layers, n, place):
    """Forwards: each place is a number, in which bit i says whether pixel i reaches it."""
    row = [1 << pixel for pixel in range(n)]
    for layer in layers:
        k, s, p, d = numbers(layer)
        padded, row = [0] * p + row + [0] * p, []
        for start in range(0, len(padded) - (k - 1) * d, s):
            bits = 0
            for tap in range(k):
                bits |= padded[start + tap * d]
            row.append(bits)
    return [pixel for pixel in range(n) if row[place] >> pixel & 1] if place < len(row) else None


def sides(layers, n):
    """Of every map; 0 where no window fits any more."""
    for layer in layers:
        k, s, p, d = numbers(layer)
        n = len(range(0, n + 2 * p - (k - 1) * d, s)) if n else 0
    return n


def image(rng):
    n, layers = rng.randint(5, 70), []
    for layer in mixed(rng, 8, 5):
        if sides([*layers, layer], n):
            layers.append(layer)
    last = sides(layers, n) - 1
    return layers, n, rng.choice([0, last, rng.randint(0, last)])


def test_seen(ask, rng):
    compared(ask, "seen", reached, [image(rng) for _ in range(200)])


def latest(layers, wanted):
    """All places that see enough; the last of them."""
    pool = {"kind": "pool", "k": 2}
    places = [
        place for place in range(len(layers) + 1) if widths([*layers[:place], pool, *layers[place:]])[-1] >= wanted
    ]
    return places[-1] if places else None


def test_pool(ask, rng):
    cases = []
    for _ in range(150):
        layers = rng.choice([plain, mixed])(rng)[:7]
        alone = widths(layers)[-1]
        cases.append((layers, rng.randint(1, 3 * alone)))
        cases.append((layers, alone + rng.randint(0, alone)))
    compared(ask, "latest_pool", latest, cases)
