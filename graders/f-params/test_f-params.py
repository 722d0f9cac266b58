"""Hidden graders of f-params: larger layers and models, and other numbers of parameters to design for.

The oracles go through outputs and weights in plain Python; the design is walked through with the formulas.
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


def by_filters(i, o, k, groups=1, bias=True):
    """Filter by filter: each reads the channels of its group."""
    total = 0
    for _ in range(o):
        for _ in range(0, i, groups):
            total += k * k
        total += bias
    return total


def convolution(rng):
    groups = rng.choice([1, 1, 2, 3, 8])
    return groups * rng.randint(1, 40), groups * rng.randint(1, 40), rng.randint(1, 11), groups, rng.random() < 0.5


def test_conv(ask, rng):
    compared(ask, "conv_params", by_filters, [convolution(rng) for _ in range(250)])
    depthwise = [(c, c, 3, c, False) for c in rng.sample(range(2, 200), 30)]
    compared(ask, "conv_params", by_filters, [*depthwise, (512, 1024, 3), (3, 64, 7)])


def learned(layer):
    if layer["kind"] == "conv":
        return by_filters(layer["in"], layer["out"], layer["k"], layer.get("groups", 1), layer.get("bias", True))
    if layer["kind"] == "linear":
        return by_filters(layer["in"], layer["out"], 1, 1, layer.get("bias", True))
    return layer["in"] + layer["in"] if layer["kind"] == "norm" else 0


def places(n, k, s):
    """How many windows k wide, s apart, fit into n."""
    return sum(start + k <= n for start in range(0, n, s))


def behind(shape, layer):
    c, *sides = shape
    match layer["kind"]:
        case "conv":
            padded = [side + 2 * layer.get("p", 0) for side in sides]
            return [layer["out"], *(places(side, layer["k"], layer.get("s", 1)) for side in padded)]
        case "pool":
            return [c, *(places(side, layer["k"], layer["k"]) for side in sides)]
        case "linear":
            return [layer["out"]]
        case "average":
            return [c]
        case "flatten":
            return [volume(shape)]
    return shape


def volume(shape):
    total = 1
    for length in shape:
        total *= length
    return total


def drawn(rng):
    """An image, and layers that read what arrives."""
    start = shape = [rng.randint(1, 12), rng.randint(9, 64), rng.randint(9, 64)]
    layers = []
    for _ in range(rng.randint(2, 10)):
        maps = len(shape) == 3
        kind = rng.choice(
            ["conv", "conv", "conv", "norm", "pool", "average", "flatten", "relu"]
            if maps
            else ["linear", "linear", "relu"]
        )
        if kind in {"average", "flatten"} and rng.random() < 0.6:
            continue
        layer = {"kind": kind}
        if kind in {"conv", "linear", "norm"}:
            layer["in"] = shape[0]
        if kind in {"conv", "linear"}:
            layer["out"] = rng.randint(1, 48)
            layer |= rng.choice([{}, {"bias": False}, {"bias": True}])
        if kind == "conv":
            groups = rng.choice([g for g in range(1, 9) if shape[0] % g == 0])
            layer["out"] += -layer["out"] % groups
            layer |= {"groups": groups} if groups > 1 else {}
            layer |= rng.choice([{}, {"s": 2}, {"p": 1}, {"s": 3, "p": 2}, {"s": 2, "p": 3}])
        if kind in {"conv", "pool"}:
            layer["k"] = rng.randint(1, 7 if kind == "conv" else 4)
        new = behind(shape, layer)
        if 0 not in new:
            shape = new
            layers.append(layer)
    return start, layers


def test_layers(ask, rng):
    networks = [(drawn(rng)[1],) for _ in range(150)]
    compared(ask, "layer_params", lambda layers: list(map(learned, layers)), networks)


def model(rng):
    """Tensors with numbers for storages that say nothing of their order, tied ones far apart."""
    tensors = []
    for storage in rng.sample(range(1000), rng.randint(1, 14)):
        one = {"shape": [rng.randint(1, 12) for _ in range(rng.randint(0, 4))], "storage": storage}
        one["kind"] = rng.choice(["trainable", "trainable", "frozen", "buffer"])
        tensors += [one] * rng.choice([1, 1, 1, 2, 3])
    rng.shuffle(tensors)
    return ([one | {"name": f"tensor{number}"} for number, one in enumerate(tensors)],)


def added_up(tensors):
    total = {"trainable": 0, "frozen": 0, "buffers": 0}
    for number, one in enumerate(tensors):
        if any(other["storage"] == one["storage"] for other in tensors[:number]):
            continue
        where = "buffers" if one["kind"] == "buffer" else one["kind"]
        total[where] += volume(one["shape"])
    return total


def test_count(ask, rng):
    compared(ask, "count", added_up, [([],), *(model(rng) for _ in range(200))])


def values(shape, layers):
    found = []
    for layer in layers:
        shape = behind(shape, layer)
        found.append(volume(shape))
    return found


def test_neurons(ask, rng):
    compared(ask, "neurons", values, [drawn(rng) for _ in range(150)])


def work(shape, layers):
    """Values that come out, times the weights (not the bias) of the filter that makes one of them."""
    found = []
    for layer, number in zip(layers, values(shape, layers), strict=True):
        filters = learned(layer | {"bias": False}) if layer["kind"] in {"conv", "linear"} else 0
        found.append(number * filters // layer["out"] if filters else 0)
    return found


def test_macs(ask, rng):
    compared(ask, "macs", work, [drawn(rng) for _ in range(150)])


NEEDS = {"conv": {"in", "out", "k"}, "linear": {"in", "out"}, "norm": {"in"}, "pool": {"k"}}
MAY = {"conv": {"s", "p", "groups", "bias"}, "linear": {"bias"}}


def unfit(layers, total):
    """What speaks against the design, or nothing."""
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
        return "no list of layers"
    shape, parameters = [1, 28, 28], 0
    for layer in layers:
        kind, keys = layer.get("kind"), set(layer) - {"kind"}
        if kind not in {*NEEDS, "relu", "average", "flatten"}:
            return f"no kind of layer: {layer}"
        if NEEDS.get(kind, set()) - keys or keys - NEEDS.get(kind, set()) - MAY.get(kind, set()):
            return f"other settings than it has: {layer}"
        numbers = [layer[key] for key in keys - {"bias"}]
        if any(type(number) is not int or not 0 <= number <= 9999 for number in numbers):
            return f"no whole numbers: {layer}"
        if type(layer.get("bias", True)) is not bool or 0 in [layer[key] for key in keys - {"p", "bias"}]:
            return f"no such layer: {layer}"
        if (kind == "linear" and len(shape) != 1) or (kind in {"conv", "norm", "pool", "average"} and len(shape) != 3):
            return f"{layer} cannot read {shape}"
        if layer.get("in", shape[0]) != shape[0] or any(
            layer.get(key, 0) % layer.get("groups", 1) for key in ("in", "out")
        ):
            return f"{layer} cannot read {shape}"
        parameters += learned(layer)
        shape = behind(shape, layer)
        if 0 in shape:
            return f"no window fits: {layer}"
    if shape != [10] or not 2 <= sum(layer["kind"] == "conv" for layer in layers) <= 8:
        return f"ends in {shape}, {layers}"
    return "" if parameters == total else f"{parameters} parameters"


def test_design(ask, rng):
    for total in [3000, 7999, *rng.sample(range(3001, 7999), 60)]:
        found = unfit(ask("design", total), total)
        assert not found, f"design({total}): {found}"
