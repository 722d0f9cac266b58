"""What f-rf asks, in code that you may read: `dlgrade check f-rf` runs these on your functions.

The oracles know no formula. One follows every tap back to the image, the other lights one pixel after the other.
"""

import numpy as np
from hypothesis import strategies as st


def examples(ask, name, table):
    """The worked examples: arguments, the right answer, and why it is right."""
    for args, right, why in table:
        said = ask.same(ask(name, *args), right)
        assert not said, f"{name}({', '.join(map(str, args))}) should be {right}: {why}; {said}"


def settings(layer):
    """k, s, p, d of a layer; a ReLU looks at one place."""
    k = layer.get("k", 1)
    return k, layer.get("s", k if layer["kind"] == "pool" else 1), layer.get("p", 0), layer.get("d", 1)


def followed(layers, place):
    """All pixels that the taps lead to, on an image without end."""
    places = {place}
    for layer in reversed(layers):
        k, s, p, d = settings(layer)
        places = {i * s - p + tap * d for i in places for tap in range(k)}
    return places


def widths(layers):
    """Of the stretch from the first to the last pixel, behind each layer."""
    stretches = [followed(layers[: number + 1], 0) for number in range(len(layers))]
    return [max(pixels) - min(pixels) + 1 for pixels in stretches]


def steps(layers):
    """From the first pixel of place 0 to that of place 1, behind each layer."""
    counts = range(1, len(layers) + 1)
    return [min(followed(layers[:count], 1)) - min(followed(layers[:count], 0)) for count in counts]


def ends(layers, place):
    pixels = followed(layers, place)
    return [min(pixels), max(pixels)]


def convolution(k, **optional):
    return st.fixed_dictionaries({"kind": st.just("conv"), "k": k}, optional=optional)


PLAIN = st.lists(convolution(st.integers(2, 5), s=st.integers(1, 3), p=st.integers(0, 2)), min_size=1, max_size=4)
POOL = st.fixed_dictionaries({"kind": st.just("pool"), "k": st.integers(2, 3)}, optional={"s": st.integers(1, 3)})
POINT = st.sampled_from([{"kind": "relu"}, {"kind": "norm"}, {"kind": "conv", "k": 1}])
WIDE = convolution(st.integers(1, 4), s=st.integers(1, 2), p=st.integers(0, 2), d=st.integers(1, 3))
ANY = st.lists(WIDE | POOL | POINT, min_size=1, max_size=6)


def walked(adds, step):
    """What somebody answers who carries size and jump by other rules, of the layer's k, s, d and what is carried."""

    def answer(layers):
        size, jump, found = 1, 1, []
        for layer in layers:
            k, s, _, d = settings(layer)
            size, jump = size + adds(layer, k, s, d, size, jump), step(s, jump)
            found.append(size)
        return found

    return answer


def times(s, jump):
    return s * jump


SIZE = {
    "rf-current-stride": walked(lambda layer, k, s, d, size, jump: (k - 1) * jump * s, times),
    "rf-ignores-stride": walked(lambda layer, k, s, d, size, jump: k - 1, times),
    "field-is-last-kernel": walked(lambda layer, k, s, d, size, jump: k - size, times),
    "field-multiplies": walked(lambda layer, k, s, d, size, jump: size * (k - 1), times),
    "rf-adds-kernels": walked(lambda layer, k, s, d, size, jump: k if size > 1 else k - 1, times),
    "jump-adds": walked(lambda layer, k, s, d, size, jump: (k - 1) * jump, lambda s, jump: jump + s - 1),
    "jump-is-last-stride": walked(lambda layer, k, s, d, size, jump: (k - 1) * jump, lambda s, jump: s),
}


def test_size(ask):
    ask.agrees("field", widths, {"layers": PLAIN}, beliefs=SIZE, draws=70)
    three, halving = {"kind": "conv", "k": 3}, {"kind": "conv", "k": 3, "s": 2}
    table = [
        (([three, three, three],), [3, 5, 7], "each 3x3 convolution adds 2"),
        (([halving, three],), [3, 7], "behind a stride of 2 a 3x3 convolution adds 2 x 2"),
    ]
    examples(ask, "field", table)


KINDS = {
    "dilation-ignored": walked(lambda layer, k, s, d, size, jump: (k - 1) * jump, times),
    "dilation-times-kernel": walked(lambda layer, k, s, d, size, jump: (k * d - 1) * jump, times),
    "pool-doubles-field": walked(
        lambda layer, k, s, d, size, jump: size * (k - 1) if layer["kind"] == "pool" else (k - 1) * d * jump, times
    ),
    "1x1-grows-rf": walked(
        lambda layer, k, s, d, size, jump: jump if layer["kind"] == "conv" and k == 1 else (k - 1) * d * jump, times
    ),
    "pool-slides-by-one": lambda layers: widths(
        [layer | {"s": layer.get("s", 1)} if layer["kind"] == "pool" else layer for layer in layers]
    ),
}
LESSON = [
    {"kind": "conv", "k": 3},
    {"kind": "conv", "k": 3},
    {"kind": "pool", "k": 2},
    {"kind": "conv", "k": 3},
    {"kind": "conv", "k": 1},
    {"kind": "conv", "k": 3, "d": 2},
]


def test_kinds(ask):
    ask.agrees("field", widths, {"layers": ANY}, beliefs=KINDS, draws=70)
    said = ask.same(ask("field", LESSON), [3, 5, 6, 10, 10, 18])
    assert not said, f"field of the lesson's network should be [3, 5, 6, 10, 10, 18]; {said}"


JUMP = {
    "jump-adds": lambda layers: [1 + sum(settings(one)[1] - 1 for one in layers[: i + 1]) for i in range(len(layers))],
    "jump-is-last-stride": lambda layers: [settings(layer)[1] for layer in layers],
    "kernel-moves-window": lambda layers: steps([{**layer, "s": settings(layer)[0]} for layer in layers]),
    "pool-slides-by-one": lambda layers: steps([{**layer, "s": layer.get("s", 1)} for layer in layers]),
}


def test_jump(ask):
    ask.agrees("jump", steps, {"layers": ANY}, beliefs=JUMP, draws=70)
    pool, three = {"kind": "pool", "k": 2}, {"kind": "conv", "k": 3}
    table = [(([pool, three, pool],), [2, 2, 4], "two pools of 2 make 4, and the convolution between them nothing")]
    examples(ask, "jump", table)


def unpadded(layers, place):
    return ends([{**layer, "p": 0} for layer in layers], place)


def padding_in_pixels(layers, place):
    first, last = unpadded(layers, place)
    return [first - sum(settings(layer)[2] for layer in layers), last - sum(settings(layer)[2] for layer in layers)]


WINDOW = {"padding-keeps-start": unpadded, "padding-counts-pixels": padding_in_pixels}


def test_window(ask):
    ask.agrees("window", ends, {"layers": ANY, "place": st.integers(0, 6)}, beliefs=WINDOW, draws=70)
    same = {"kind": "conv", "k": 3, "p": 1}
    table = [
        (([same], 5), [4, 6], "its own pixel and one on each side"),
        (([same, same], 0), [-2, 2], "two pixels to each side, and on the left they are padding"),
        (([{"kind": "pool", "k": 2}, same], 0), [-2, 3], "behind the pool one step of padding is two pixels"),
    ]
    examples(ask, "window", table)


def lit(layers, n, place):
    """One image for each pixel, in which only that one is lit: in which of them does the place get any light?"""
    light = np.eye(n)
    for layer in layers:
        k, s, p, d = settings(layer)
        padded = np.pad(light, [(0, 0), (p, p)])
        light = np.lib.stride_tricks.sliding_window_view(padded, (k - 1) * d + 1, 1)[:, ::s, ::d].sum(2)
    return np.flatnonzero(light[:, place]).tolist()


@st.composite
def images(draw):
    """Layers that fit into an image, its side, and a place of the last map."""
    n = draw(st.integers(4, 16))
    side, fitting = n, []
    for layer in draw(ANY):
        k, s, p, d = settings(layer)
        starts = range(0, side + 2 * p - (k - 1) * d, s)
        if starts:
            side = len(starts)
            fitting.append(layer)
    return {"layers": fitting, "n": n, "place": draw(st.integers(0, side - 1))}


def cut_at_the_image(layers, n, place):
    return sorted(pixel for pixel in followed(layers, place) if 0 <= pixel < n)


def no_holes(layers, n, place):
    right = lit(layers, n, place)
    return list(range(right[0], right[-1] + 1)) if right else []


SEEN = {"clipped-once": cut_at_the_image, "dilation-sees-all": no_holes}


def test_seen(ask):
    ask.agrees("seen", lit, images(), beliefs=SEEN)
    same, halving = {"kind": "conv", "k": 3, "p": 1}, {"kind": "conv", "k": 3, "s": 2}
    dilated = {"kind": "conv", "k": 3, "d": 2}
    table = [
        (([same], 5, 0), [0, 1], "left of the image there is only padding"),
        (([dilated], 9, 1), [1, 3, 5], "a dilated kernel reads its three taps and not what lies between"),
        (([halving, same], 8, 2), [2, 3, 4, 5, 6], "place 3 of the first map is padding, so pixel 7 is never read"),
    ]
    examples(ask, "seen", table)


def test_pool(ask):
    three, five = {"kind": "conv", "k": 3}, {"kind": "conv", "k": 5}
    table = [
        (([three] * 4, 9), 4, "the convolutions see 9 pixels by themselves, so the pool may come last"),
        (([three] * 4, 10), 4, "a pool at the end adds one jump: 10"),
        (([three] * 4, 11), 3, "with one convolution behind it: 7 + 1 + 4 = 12"),
        (([three] * 4, 18), 0, "in front of all: 2 + 4 x 4 = 18"),
        (([three] * 4, 19), None, "18 is the most that a single pool can give"),
        (([five, three], 11), 0, "behind the first: 5 + 1 + 4 = 10, not enough; in front: 2 + 8 + 4 = 14"),
    ]
    examples(ask, "latest_pool", table)
