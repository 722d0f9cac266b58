"""What f-outsize asks, in code that you may read: `dlgrade check f-outsize` runs these on your functions.

The oracle knows no formula: it moves a window over a row of places and counts.
"""

import numpy as np
from hypothesis import strategies as st


def examples(ask, name, table):
    """The worked examples: arguments, the right answer, and why it is right."""
    for args, right, why in table:
        said = ask.same(ask(name, *args), right)
        assert not said, f"{name}({', '.join(map(str, args))}) should be {right}: {why}; {said}"


def counted(n, k, s, p, d):
    """Places of a window: every s-th start from which all taps meet the padded row."""
    row = n + 2 * p
    taps = np.arange(0, row, s)[:, None] + d * np.arange(k)
    places = int((taps < row).all(1).sum())
    if not places:
        raise ValueError("the window is wider than the padded input")
    return places


@st.composite
def fitting(draw):
    """Settings of a convolution whose window fits at least once."""
    k, s, p, d = draw(st.integers(1, 7)), draw(st.integers(1, 4)), draw(st.integers(0, 3)), draw(st.integers(1, 3))
    least = max(1, d * (k - 1) + 1 - 2 * p)
    return {"n": least + draw(st.integers(0, 40)), "k": k, "s": s, "p": p, "d": d}


CONVOLUTION = {
    "no-plus-one": lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s,
    "ignore-padding": lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1,
    "pad-once": lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1,
    "round-up": lambda n, k, s, p, d: -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1,
    "dilation-ignored": lambda n, k, s, p, d: (n + 2 * p - k) // s + 1,
    "dilation-times-kernel": lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1,
    "stride-ignored": lambda n, k, s, p, d: n + 2 * p - d * (k - 1),
}


def test_convolution(ask):
    ask.agrees("out_size", counted, fitting(), beliefs=CONVOLUTION, draws=80)
    table = [
        ((5, 3), 3, "a 3 wide window starts at 0, 1 or 2"),
        ((28, 5), 24, "28 - 5 is the last start, and the start at 0 counts too"),
        ((28, 3, 2, 1), 14, "padded to 30, the starts are 0, 2, ..., 26"),
        ((28, 3, 2, 1, 2), 13, "the worked example of the lesson, floor((30 - 5) / 2) + 1"),
    ]
    examples(ask, "out_size", table)


def never(n, k, s, p, d):
    raise ValueError


@st.composite
def too_wide(draw):
    """Settings of a convolution whose window is wider than the padded input."""
    k, s, p, d = draw(st.integers(2, 7)), draw(st.integers(1, 4)), draw(st.integers(0, 2)), draw(st.integers(1, 3))
    widest = d * (k - 1) - 2 * p
    return {"n": draw(st.integers(1, widest)), "k": k, "s": s, "p": p, "d": d} if widest > 0 else draw(too_wide())


def test_no_room(ask):
    for n, k, d in [(5, 5, 1), (5, 3, 2), (1, 1, 3)]:
        assert not ask.raised("out_size", n, k, 1, 0, d), (
            f"out_size(n={n}, k={k}, d={d}): the window spans {d * (k - 1) + 1} of {n} pixels, so it fits, once"
        )
    ask.agrees("out_size", never, too_wide(), draws=50)


def pooled(n, k, s, p, ceil):
    """Windows are laid until they reach the end of the padded row."""
    starts, stride, row = [0], s or k, n + 2 * p
    while starts[-1] + k < row:
        starts.append(starts[-1] + stride)
    return len([start for start in starts if (start < n + p if ceil else start + k <= row)])


@st.composite
def pools(draw):
    """Settings of a pool whose window fits at least once and which is padded by at most half of it."""
    k, s = draw(st.integers(1, 5)), draw(st.none() | st.integers(1, 5))
    p = draw(st.integers(0, k // 2))
    return {"n": k + draw(st.integers(0, 25)), "k": k, "s": s, "p": p, "ceil": draw(st.booleans())}


POOL = {
    "pool-slides-by-one": lambda n, k, s, p, ceil: pooled(n, k, s or 1, p, ceil),
    "round-up": lambda n, k, s, p, ceil: pooled(n, k, s, p, True),
    "ceil-counts-every-window": lambda n, k, s, p, ceil: (
        -(-(n + 2 * p - k) // (s or k)) + 1 if ceil else pooled(n, k, s, p, False)
    ),
    "ignore-padding": lambda n, k, s, p, ceil: pooled(n, k, s, 0, ceil),
    "pad-once": lambda n, k, s, p, ceil: (n + p - k) // (s or k) + 1 if not ceil else pooled(n, k, s, p, True),
}


def test_pool(ask):
    ask.agrees("pool_size", pooled, pools(), beliefs=POOL, draws=70)
    table = [
        ((28, 2), 14, "without a stride a pool moves by its window, so 2 halves"),
        ((7, 2), 3, "the windows start at 0, 2 and 4; the last pixel fills none"),
        ((7, 2, 2, 0, True), 4, "with ceil the window at 6 counts, though it sticks out"),
        ((5, 2, 3, 1, True), 2, "the window at 6 would start behind the image and is taken back"),
    ]
    examples(ask, "pool_size", table)


def behind(size, layer):
    """[height, width] behind one layer."""
    pair = {key: value if isinstance(value, list) else [value, value] for key, value in layer.items() if key != "kind"}
    pair.setdefault("s", pair["k"] if layer["kind"] == "pool" else [1, 1])
    unset = {"p": [0, 0], "d": [1, 1]}
    return [counted(size[i], *((unset | pair)[key][i] for key in "kspd")) for i in (0, 1)]


def walked(size, layers):
    """[height, width] behind each layer."""
    sizes = [size]
    for layer in layers:
        sizes.append(behind(sizes[-1], layer))
    return sizes[1:]


def number_or_pair(low, high):
    return st.integers(low, high) | st.lists(st.integers(low, high), min_size=2, max_size=2)


@st.composite
def networks(draw):
    """An image and up to four layers that it fits through."""
    convolution = st.fixed_dictionaries(
        {"kind": st.just("conv"), "k": number_or_pair(1, 5)},
        optional={"s": number_or_pair(1, 2), "p": number_or_pair(0, 2), "d": number_or_pair(1, 2)},
    )
    pool = st.fixed_dictionaries(
        {"kind": st.just("pool"), "k": number_or_pair(1, 3)}, optional={"s": number_or_pair(1, 3)}
    )
    size = [draw(st.integers(5, 40)), draw(st.integers(5, 40))]
    layers = []
    for layer in draw(st.lists(convolution | pool, min_size=1, max_size=4)):
        try:
            walked(size, [*layers, layer])
        except ValueError:
            continue
        layers.append(layer)
    return {"size": size, "layers": layers}


def test_chain(ask):
    ask.agrees("chain", walked, networks(), draws=40)
    layers = [{"kind": "conv", "k": 3}, {"kind": "pool", "k": 2}]
    table = [
        (([28, 20], layers), [[26, 18], [13, 9]], "the 3x3 convolution makes 26x18 of 28x20, the pool halves that"),
        (([28, 28], [{"kind": "conv", "k": [3, 5]}]), [[26, 24]], "3 is for the height, 5 for the width"),
    ]
    examples(ask, "chain", table)


PADDINGS = [
    ((28, 5, 1, 28), 2, "28 + 4 - 5 + 1 is 28 again"),
    ((28, 3, 1, 26), 0, "that is the size without padding"),
    ((224, 7, 2, 112), 3, "padding 2 gives 111, padding 3 gives 112"),
    ((28, 2, 1, 28), None, "padding 0 gives 27 and padding 1 gives 29"),
    ((28, 3, 1, 20), None, "padding 0 gives 26 already, and padding only makes it larger"),
    ((3, 7, 1, 1), 2, "with less the window does not fit at all"),
]


def test_padding(ask):
    examples(ask, "solve_padding", PADDINGS)


def turned_round(n, k, s, p, op):
    """Of all sides of which the convolution makes n, the one at place op."""
    found, side = [], 0
    while len(found) <= op:
        side += 1
        if side + 2 * p >= k and counted(side, k, s, p, 1) == n:
            found.append(side)
    return found[op]


@st.composite
def transpositions(draw):
    k, s = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    p, op = draw(st.integers(0, (k - 1) // 2)), draw(st.integers(0, s - 1))
    return {"n": draw(st.integers(1, 12)), "k": k, "s": s, "p": p, "op": op}


TRANSPOSED = {
    "output-padding-ignored": lambda n, k, s, p, op: (n - 1) * s - 2 * p + k,
    "size-is-stride-times": lambda n, k, s, p, op: n * s,
    "pad-once": lambda n, k, s, p, op: (n - 1) * s - p + k + op,
    "ignore-padding": lambda n, k, s, p, op: (n - 1) * s + k + op,
    "transposed-pads": lambda n, k, s, p, op: (n - 1) * s + 2 * p + k + op,
}


def test_transposed(ask):
    ask.agrees("transposed", turned_round, transpositions(), beliefs=TRANSPOSED, draws=60)
    table = [
        ((14, 2, 2), 28, "kernel 2 with stride 2 makes 14 of 28"),
        ((14, 3, 2, 1), 27, "27 is the smallest side of which the convolution makes 14"),
        ((14, 3, 2, 1, 1), 28, "the output padding of 1 takes the next side"),
    ]
    examples(ask, "transposed", table)
