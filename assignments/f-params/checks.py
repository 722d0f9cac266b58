"""What f-params asks, in code that you may read: `dlgrade check f-params` runs these on your functions.

The oracle multiplies nothing out: it goes through the weights, or makes the arrays, and counts.
"""

import itertools

import numpy as np
from hypothesis import strategies as st


def examples(ask, name, table):
    """The worked examples: arguments, the right answer, and why it is right."""
    for args, right, why in table:
        said = ask.same(ask(name, *args), right)
        assert not said, f"{name}({', '.join(map(str, args))}) should be {right}: {why}; {said}"


def wires(i, o, groups):
    """Pairs of an input and an output channel that see each other: those of one group."""
    return [(a, b) for a in range(i) for b in range(o) if a // (i // groups) == b // (o // groups)]


def counted(i, o, k, groups, bias):
    """Weight by weight."""
    weights = list(itertools.product(wires(i, o, groups), range(k), range(k)))
    return len(weights) + (len(range(o)) if bias else 0)


@st.composite
def convolutions(draw):
    groups = draw(st.integers(1, 4))
    i, o = groups * draw(st.integers(1, 4)), groups * draw(st.integers(1, 4))
    return {"i": i, "o": o, "k": draw(st.integers(1, 4)), "groups": groups, "bias": draw(st.booleans())}


CONVOLUTION = {
    "k-not-squared": lambda i, o, k, groups, bias: i // groups * o * k + o * bias,
    "inputs-forgotten": lambda i, o, k, groups, bias: o * k * k + o * bias,
    "no-bias": lambda i, o, k, groups, bias: i // groups * o * k * k,
    "bias-false-overlooked": lambda i, o, k, groups, bias: i // groups * o * k * k + o,
    "bias-per-weight": lambda i, o, k, groups, bias: i // groups * o * (k * k + bias),
    "one-bias-per-layer": lambda i, o, k, groups, bias: i // groups * o * k * k + bias,
    "depthwise-ignores-groups": lambda i, o, k, groups, bias: i * o * k * k + o * bias,
}


def test_conv(ask):
    ask.agrees("conv_params", counted, convolutions(), beliefs=CONVOLUTION)
    table = [
        ((1, 10, 3), 100, "10 filters of 9 weights and a bias each"),
        ((16, 32, 3), 4640, "32 filters of 16 x 9 weights and a bias each"),
        ((128, 32, 1, 1, False), 4096, "a 1x1 filter has one weight for each of 128 channels"),
        ((32, 64, 3, 2, False), 9216, "in two groups a filter reads 16 of the 32 channels"),
    ]
    examples(ask, "conv_params", table)


TORCH = {"s": 1, "p": 0, "groups": 1, "bias": True}


def weights(layer):
    """The arrays that a layer learns."""
    if layer["kind"] == "norm":
        return [np.zeros(layer["in"]), np.zeros(layer["in"])]
    if layer["kind"] not in {"conv", "linear"}:
        return []
    full = TORCH | layer
    filters = (
        [full["out"], full["in"] // full["groups"], *[full["k"]] * 2] if "k" in full else [full["out"], full["in"]]
    )
    return [np.zeros(filters), np.zeros(full["out"])][: 1 + full["bias"]]


def passed(x, layer):
    """One image behind a layer: zeros of the right shape, made by moving windows, not by a formula."""
    kind = layer["kind"]
    if kind in {"conv", "pool"}:
        p, k = layer.get("p", 0), layer["k"]
        s = k if kind == "pool" else layer.get("s", 1)
        padded = np.pad(x, [(0, 0), (p, p), (p, p)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), (1, 2))[:, ::s, ::s]
        return windows.max((3, 4)) if kind == "pool" else np.stack([windows[0, :, :, 0, 0]] * layer["out"])
    if kind == "linear":
        return np.zeros(layer["out"])
    if kind == "average":
        return x.mean((1, 2))
    return x.ravel() if kind == "flatten" else x


@st.composite
def networks(draw):
    """An image, and up to five layers that read what arrives."""
    x = np.zeros([draw(st.integers(1, 4)), draw(st.integers(3, 9)), draw(st.integers(3, 9))])
    shape, layers = list(x.shape), []
    for _ in range(draw(st.integers(1, 5))):
        kinds = ["conv", "conv", "norm", "pool", "average", "flatten", "relu"] if x.ndim == 3 else ["linear", "relu"]
        layer = {"kind": draw(st.sampled_from(kinds))}
        if layer["kind"] in {"conv", "norm", "linear"}:
            layer["in"] = len(x)
        if layer["kind"] in {"conv", "linear"}:
            groups = draw(st.sampled_from([g for g in range(1, 5) if len(x) % g == 0])) if x.ndim == 3 else 1
            layer["out"] = groups * draw(st.integers(1, 4))
            layer |= {"groups": groups} if groups > 1 else {}
            layer |= {"bias": False} if draw(st.booleans()) else {}
        if layer["kind"] in {"conv", "pool"}:
            layer["k"] = draw(st.integers(1, min(3, *x.shape[1:])))
        if layer["kind"] == "conv" and draw(st.booleans()):
            layer |= {"s": draw(st.integers(1, 2)), "p": draw(st.integers(0, 1))}
        x = passed(x, layer)
        layers.append(layer)
    return {"shape": shape, "layers": layers}


def each(count):
    """What somebody answers who counts each layer by itself with this."""
    return lambda layers: [count(layer, sum(array.size for array in weights(layer))) for layer in layers]


LAYERS = {
    "bn-4c": each(lambda layer, right: 2 * right if layer["kind"] == "norm" else right),
    "bn-per-layer": each(lambda layer, right: 2 if layer["kind"] == "norm" else right),
    "only-convolutions-count": each(lambda layer, right: right if layer["kind"] == "conv" else 0),
    "bias-false-overlooked": each(lambda layer, right: right + (layer["out"] if layer.get("bias") is False else 0)),
    "no-bias": each(lambda layer, right: right - (layer["out"] if "out" in layer and layer.get("bias", True) else 0)),
    "pool-learns-weights": each(lambda layer, right: layer["k"] ** 2 if layer["kind"] == "pool" else right),
}

LESSON = [
    {"kind": "conv", "in": 1, "out": 8, "k": 3, "bias": False},
    {"kind": "norm", "in": 8},
    {"kind": "pool", "k": 2},
    {"kind": "conv", "in": 8, "out": 16, "k": 3},
    {"kind": "average"},
    {"kind": "linear", "in": 16, "out": 10},
]


def test_layers(ask):
    layers = networks().map(lambda case: {"layers": case["layers"]})
    ask.agrees("layer_params", each(lambda layer, right: right), layers, beliefs=LAYERS, draws=60)
    said = ask.same(ask("layer_params", LESSON), [72, 16, 0, 1168, 0, 170])
    assert not said, f"layer_params of the lesson's network should be [72, 16, 0, 1168, 0, 170]; {said}"


@st.composite
def models(draw):
    """What a model lists: tensors, some of them under two names."""
    kinds = st.sampled_from(["trainable", "trainable", "frozen", "buffer"])
    made = draw(st.lists(st.tuples(kinds, st.lists(st.integers(1, 4), max_size=3)), min_size=1, max_size=5))
    places = [*range(len(made)), *draw(st.lists(st.integers(0, len(made) - 1), max_size=2))]
    tensors = [
        {"name": name, "shape": made[place][1], "storage": place, "kind": made[place][0]}
        for name, place in zip("abcdefg", places, strict=False)
    ]
    return {"tensors": tensors}


WHERE = {"trainable": "trainable", "frozen": "frozen", "buffer": "buffers"}


def groups_of(tensors):
    """Each tensor as an array; those of one storage are one array."""
    arrays = {"trainable": {}, "frozen": {}, "buffers": {}}
    for one in tensors:
        arrays[WHERE[one["kind"]]][one["storage"]] = np.zeros(one["shape"])
    return {where: sum(array.size for array in found.values()) for where, found in arrays.items()}


def no_storage(tensors):
    return groups_of([one | {"storage": number} for number, one in enumerate(tensors)])


def no_frozen(tensors):
    return groups_of([one for one in tensors if one["kind"] != "frozen"])


def no_buffers(tensors):
    right = groups_of(tensors)
    return right | {"trainable": right["trainable"] + right["buffers"], "buffers": 0}


COUNT = {"tied-counted-twice": no_storage, "frozen-is-free": no_frozen, "buffers-are-learned": no_buffers}


def test_count(ask):
    ask.agrees("count", groups_of, models(), beliefs=COUNT, draws=80)
    norm = [
        {"name": "norm.weight", "shape": [32], "storage": 0, "kind": "trainable"},
        {"name": "norm.bias", "shape": [32], "storage": 1, "kind": "frozen"},
        {"name": "norm.running_mean", "shape": [32], "storage": 2, "kind": "buffer"},
        {"name": "norm.running_var", "shape": [32], "storage": 3, "kind": "buffer"},
        {"name": "norm.num_batches_tracked", "shape": [], "storage": 4, "kind": "buffer"},
    ]
    said = ask.same(ask("count", norm), {"trainable": 32, "frozen": 32, "buffers": 65})
    assert not said, f"count of a batch norm of 32 channels whose shift is frozen: {said}"


def sizes(shape, layers):
    """Values behind each layer."""
    x, found = np.zeros(shape), []
    for layer in layers:
        x = passed(x, layer)
        found.append(x.size)
    return found


def behind(look):
    """What somebody answers who looks at the shape behind each layer in this way."""

    def answer(shape, layers):
        x, found = np.zeros(shape), []
        for layer in layers:
            x = passed(x, layer)
            found.append(look(x))
        return found

    return answer


NEURONS = {
    "channels-forgotten": behind(lambda x: x.size // len(x) if x.ndim == 3 else x.size),
    "one-side-only": behind(lambda x: x.size // x.shape[-1] if x.ndim == 3 else x.size),
}


def test_neurons(ask):
    ask.agrees("neurons", sizes, networks(), beliefs=NEURONS, draws=60)
    said = ask.same(ask("neurons", [1, 28, 28], LESSON), [5408, 5408, 1352, 1936, 16, 10])
    assert not said, f"neurons of the lesson's network should be [5408, 5408, 1352, 1936, 16, 10]; {said}"


def multiplied(shape, layers):
    """Each filter is laid on each place of the map, and its weights are counted."""
    x, found = np.zeros(shape), []
    for layer in layers:
        x = passed(x, layer)
        works = layer["kind"] in {"conv", "linear"}
        found.append(
            sum(weights(layer)[0][channel].size * x[channel].size for channel in range(len(x))) if works else 0
        )
    return found


def without_positions(shape, layers):
    return [weights(layer)[0].size if layer["kind"] in {"conv", "linear"} else 0 for layer in layers]


def no_stride(shape, layers):
    x, found = np.zeros(shape), []
    for layer in layers:
        wide = layer | {"s": 1} if layer["kind"] == "conv" else layer
        found += multiplied(x.shape, [wide])
        x = passed(x, layer)
    return found


def one_channel(shape, layers):
    right = zip(layers, multiplied(shape, layers), strict=True)
    return [macs * layer.get("groups", 1) // layer["in"] if layer["kind"] == "conv" else macs for layer, macs in right]


MACS = {
    "flops-for-macs": lambda shape, layers: [2 * macs for macs in multiplied(shape, layers)],
    "params-equal-flops": without_positions,
    "channels-once": one_channel,
    "stride-saves-no-work": no_stride,
}


def test_macs(ask):
    ask.agrees("macs", multiplied, networks(), beliefs=MACS, draws=60)
    said = ask.same(ask("macs", [1, 28, 28], LESSON), [48672, 0, 0, 139392, 0, 160])
    assert not said, f"macs of the lesson's network should be [48672, 0, 0, 139392, 0, 160]; {said}"


KEYS = {
    "conv": ({"in", "out", "k"}, {"s", "p", "groups", "bias"}),
    "linear": ({"in", "out"}, {"bias"}),
    "norm": ({"in"}, set()),
    "pool": ({"k"}, set()),
    "relu": (set(), set()),
    "average": (set(), set()),
    "flatten": (set(), set()),
}


def malformed(layer):
    """Why this is no layer; empty where it is one."""
    if not isinstance(layer, dict) or layer.get("kind") not in KEYS:
        return f"{layer!r} is no layer"
    needed, optional = KEYS[layer["kind"]]
    keys = set(layer) - {"kind"}
    if needed - keys or keys - needed - optional:
        return f"{layer} needs {sorted(needed)} and may have {sorted(optional)}"
    for key in keys - {"bias"}:
        least, most = (0 if key == "p" else 1), 9999 if key in {"in", "out"} else 28
        if type(layer[key]) is not int or not least <= layer[key] <= most:
            return f"{layer}: {key} must be a whole number from {least} to {most}"
    if layer.get("in", 1) * layer.get("out", 1) * layer.get("k", 1) ** 2 > 200_000:
        return f"{layer} is far too large"
    return "" if type(layer.get("bias", True)) is bool else f"{layer}: bias is True or False"


def unreadable(shape, layer):
    """Why the layer cannot read this shape; empty where it can."""
    kind, maps = layer["kind"], len(shape) == 3
    if (kind in {"conv", "norm", "pool", "average"}) != maps and kind not in {"relu", "flatten"}:
        return f"{layer} reads {'a flat row' if kind == 'linear' else 'maps'}, and {shape} arrives"
    if layer.get("in", shape[0]) != shape[0]:
        return f"{layer} reads {layer['in']}, and {shape} arrives"
    if "groups" in layer and (layer["in"] % layer["groups"] or layer["out"] % layer["groups"]):
        return f"{layer}: the groups must divide in and out"
    if "k" in layer and layer["k"] > min(shape[1:]) + 2 * layer.get("p", 0):
        return f"{layer}: the window does not fit into {shape}"
    return ""


def unfit(layers, total):
    """Why these layers are not what `design` was asked for; empty where they are."""
    if not isinstance(layers, list):
        return f"it answers {layers!r}, not a list of layers"
    for layer in layers:
        if found := malformed(layer):
            return found
    if not 2 <= sum(layer["kind"] == "conv" for layer in layers) <= 8:
        return "it has fewer than two or more than eight convolutions"
    parameters = sum(array.size for layer in layers for array in weights(layer))
    if parameters != total:
        which = "few" if parameters < total else "many"
        return f"it has {parameters:,} parameters, {abs(total - parameters):,} too {which}"
    x = np.zeros((1, 28, 28))
    for layer in layers:
        if found := unreadable(list(x.shape), layer):
            return found
        x = passed(x, layer)
    return "" if x.shape == (10,) else f"it ends in {list(x.shape)}, wanted [10]"


def test_design(ask, assignment):
    total = assignment.variant["total"]
    found = unfit(ask("design"), total)
    assert not found, f"design(), which is to have your number of {total:,} parameters: {found}"
    for total in (3000, 5070, 6214, 7999):
        found = unfit(ask("design", total), total)
        assert not found, f"design({total}): {found}"
