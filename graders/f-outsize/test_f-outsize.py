"""Hidden graders of f-outsize: larger numbers, edges, and settings that no table holds.

The oracle is another one than in the public checks: it walks a window along a plain row.
"""

import random

import pytest


@pytest.fixture
def rng(oracle_rng):
    """Whole numbers drawn from low to high, both included; quicker than those of NumPy, one at a time."""
    return random.Random(int(oracle_rng.integers(1 << 62))).randint


def compared(ask, name, oracle, cases):
    for case in cases:
        said = ask.same(ask(name, *case), oracle(*case))
        assert not said, f"{name}{case} should be {oracle(*case)}; {said}"


def walked(n, k, s=1, p=0, d=1):
    """Places of a window that is moved by s until its last tap leaves the padded row."""
    last_tap, places = 0, 0
    for _ in range(k - 1):
        last_tap += d
    while last_tap < n + 2 * p:
        places, last_tap = places + 1, last_tap + s
    return places


def fitting(rng):
    k, s, p, d = rng(1, 31), rng(1, 12), rng(0, 15), rng(1, 7)
    least = max(1, d * (k - 1) + 1 - 2 * p)
    return least + rng(0, rng(0, 900)), k, s, p, d


def test_convolution(ask, rng):
    compared(ask, "out_size", walked, [fitting(rng) for _ in range(160)])
    compared(ask, "out_size", walked, [(rng(11, 300), rng(1, 11)) for _ in range(20)])
    assert ask("out_size", 1_000_000_007, 3, 2, 1) == 500_000_004


def test_no_room(ask, rng):
    """One pixel too few, and just enough."""
    for _ in range(60):
        k, s, p, d = rng(1, 25), rng(1, 9), rng(0, 9), rng(1, 6)
        n = d * (k - 1) + 1 - 2 * p
        if n > 1:
            assert ask.raised("out_size", n - 1, k, s, p, d) == "ValueError", (n - 1, k, s, p, d)
            assert ask.raised("out_size", rng(1, n - 1), k, s, p, d) == "ValueError"
        if n > 0:
            assert not ask.raised("out_size", n, k, s, p, d), (n, k, s, p, d)


def pooled(n, k, s=None, p=0, ceil=False):
    """Window by window along the padded row, in which the image is p ... n + p - 1."""
    stride = k if s is None else s
    places = start = 0
    while start + k <= n + 2 * p:
        places, start = places + 1, start + stride
    left_over = start - stride + k < n + 2 * p
    return places + (1 if ceil and left_over and start < n + p else 0)


def pools(rng):
    k = rng(1, 14)
    s = rng(1, 16) if rng(0, 2) else None
    return k + rng(0, rng(0, 400)), k, s, rng(0, k // 2), bool(rng(0, 2))


def test_pool(ask, rng):
    compared(ask, "pool_size", pooled, [pools(rng) for _ in range(160)])
    compared(ask, "pool_size", pooled, [(rng(9, 99), rng(1, 9)) for _ in range(20)])


def along(side, axis, layer):
    def given(key, default):
        value = layer.get(key, default)
        return value[axis] if isinstance(value, list) else value

    k = given("k", None)
    return walked(side, k, given("s", k if layer["kind"] == "pool" else 1), given("p", 0), given("d", 1))


def through(size, layers):
    sizes = []
    for layer in layers:
        size = [along(size[0], 0, layer), along(size[1], 1, layer)]
        sizes.append(size)
    return sizes


def networks(rng):
    def number_or_pair(low, high):
        return [rng(low, high), rng(low, high)] if rng(0, 1) else rng(low, high)

    def layer():
        pool = rng(0, 3) == 0
        made = {"kind": "pool", "k": number_or_pair(1, 4)} if pool else {"kind": "conv", "k": number_or_pair(1, 7)}
        optional = {"s": (1, 4)} if pool else {"s": (1, 3), "p": (0, 4), "d": (1, 3)}
        return made | {key: number_or_pair(*ends) for key, ends in optional.items() if rng(0, 1)}

    size, layers = [rng(20, 300), rng(20, 300)], []
    for one in [layer() for _ in range(rng(1, 9))]:
        if all(map(all, through(size, [*layers, one]))):
            layers.append(one)
    return size, layers


def test_chain(ask, rng):
    compared(ask, "chain", through, [networks(rng) for _ in range(80)])
    assert ask("chain", [28, 28], []) == []


def smallest(n, k, s, out):
    """All paddings, up to one that is surely too large."""
    for p in range((out * s + k) // 2 + 2):
        if walked(n, k, s, p) == out:
            return p
    return None


def solvable(rng):
    """Mostly sides that some padding gives, or their neighbours."""
    n, k, s = rng(1, 120), rng(1, 15), rng(1, 5)
    p = rng(max(0, (k - n + 1) // 2), 12 + k)
    return n, k, s, max(1, walked(n, k, s, p) + rng(-1, 1))


def test_padding(ask, rng):
    compared(ask, "solve_padding", smallest, [solvable(rng) for _ in range(160)])


def inverse(n, k, s, p, op):
    """The op-th side after the first of which the convolution makes n."""
    side = 1
    while walked(side, k, s, p) < n:
        side += 1
    return side + op


def transpositions(rng):
    k, s = rng(1, 15), rng(1, 9)
    return rng(1, 40), k, s, rng(0, (k - 1) // 2), rng(0, s - 1)


def test_transposed(ask, rng):
    compared(ask, "transposed", inverse, [transpositions(rng) for _ in range(120)])
