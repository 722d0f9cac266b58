"""What f-shapes asks, in code that you may read: `dlgrade check f-shapes` runs these on your functions.

The oracle knows no rule about shapes: it sends an array of zeros through the layers, with NumPy, and looks what comes.
"""

import numpy as np
from hypothesis import strategies as st


def passed(x, layer):
    """An array behind one layer; a ValueError where the layer cannot read it."""
    kind = layer["kind"]
    if kind in {"conv", "pool", "norm", "average"} and x.ndim != 4:
        raise ValueError(f"{kind} reads 4 axes")
    if kind == "conv":
        p, k, s = layer["p"], layer["k"], layer["s"]
        padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), (2, 3))[:, :, ::s, ::s]
        weight = np.zeros((layer["out"], layer["in"], k, k))
        return np.moveaxis(np.tensordot(windows, weight, ((1, 4, 5), (1, 2, 3))), 3, 1)
    if kind == "pool":
        k = layer["k"]
        return np.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3))[:, :, ::k, ::k].max((4, 5))
    if kind == "norm":
        if layer["in"] != x.shape[1]:
            raise ValueError(f"there are {x.shape[1]} channels")
        return x
    if kind == "average":
        return x.mean((2, 3))
    if kind == "flatten":
        return x.reshape(len(x), -1)
    return x @ np.zeros((layer["in"], layer["out"])) if kind == "linear" else np.maximum(x, 0)


def computed(shape, layers):
    """The shape behind each layer."""
    x, found = np.zeros(shape), []
    for layer in layers:
        x = passed(x, layer)
        found.append(list(x.shape))
    return found


@st.composite
def networks(draw, longest=5, averages=True):
    """A batch and layers that can read what arrives."""
    x = np.zeros([draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(4, 9)), draw(st.integers(4, 9))])
    shape, layers = list(x.shape), []
    for _ in range(draw(st.integers(1, longest))):
        kinds = ["relu", "flatten", "linear"]
        if x.ndim == 4:
            kinds += ["pool", "conv", "conv", "norm"] + ["average"] * averages
        layer = {"kind": draw(st.sampled_from(kinds))}
        if layer["kind"] in {"conv", "norm", "linear"}:
            layer["in"] = x.shape[-1] if layer["kind"] == "linear" else x.shape[1]
        if layer["kind"] in {"conv", "linear"}:
            layer["out"] = draw(st.integers(1, 4))
        if layer["kind"] in {"conv", "pool"}:
            layer["k"] = draw(st.integers(1, min(3, *x.shape[2:])))
        if layer["kind"] == "conv":
            layer |= {"s": draw(st.integers(1, 2)), "p": draw(st.integers(0, 1))}
        x = passed(x, layer)
        layers.append(layer)
    return {"shape": shape, "layers": layers}


def believed(rule):
    """What somebody answers who has a rule of their own for some layers (None for all others)."""

    def answer(shape, layers):
        found = []
        for layer in layers:
            shape = rule(layer, shape) or computed(shape, [layer])[0]
            found.append(shape)
        return found

    return answer


def joined(layer, shape):
    if layer["kind"] == "linear":
        return [*shape[:-1], layer["out"]]
    return [int(np.prod(shape))] if layer["kind"] == "flatten" else None


BELIEFS = {
    "linear-flattens": believed(lambda it, shape: [shape[0], it["out"]] if it["kind"] == "linear" else None),
    "ignore-padding": believed(lambda it, shape: computed(shape, [it | {"p": 0}])[0] if it["kind"] == "conv" else None),
    "unpadded-keeps-size": believed(
        lambda it, shape: [shape[0], it["out"], *shape[2:]] if it["kind"] == "conv" else None
    ),
    "batch-is-flattened-too": believed(joined),
}


CONV5 = {"kind": "conv", "in": 1, "out": 8, "k": 5, "s": 1, "p": 0}
CONV3 = {"kind": "conv", "in": 8, "out": 16, "k": 3, "s": 1, "p": 0}
POOL, FLATTEN = {"kind": "pool", "k": 2}, {"kind": "flatten"}
LINEAR = {"kind": "linear", "in": 400, "out": 10}


def test_shapes(ask):
    ask.agrees("shapes", computed, networks(), beliefs=BELIEFS, draws=60)
    layers = [CONV5, POOL, CONV3, POOL, FLATTEN, LINEAR]
    right = [[5, 8, 24, 24], [5, 8, 12, 12], [5, 16, 10, 10], [5, 16, 5, 5], [5, 400], [5, 10]]
    said = ask.same(ask("shapes", [5, 1, 28, 28], layers), right)
    assert not said, f"the worked example of the lesson: {said}"


REFUSED = [
    ([5, 3, 28, 28], [CONV5], "the convolution reads 1 channel, and 3 arrive"),
    ([5, 1, 28, 28], [CONV5, CONV3 | {"in": 4}], "the second convolution reads 4 channels, and 8 arrive"),
    ([5, 1, 3, 28], [CONV5], "a 5 wide window does not fit into 3 rows"),
    ([5, 1, 28, 1], [POOL], "a 2 wide window does not fit into 1 column"),
    ([5, 8, 6, 6], [FLATTEN, LINEAR], "the linear layer reads 400 numbers, and 8 x 6 x 6 = 288 arrive"),
    ([5, 16, 5, 5], [LINEAR], "without a flatten before it the linear layer meets an axis of 5, not of 400"),
    ([5, 16, 5, 5], [FLATTEN, POOL], "behind a flatten there are no rows and columns to pool"),
    ([5, 16, 5, 5], [{"kind": "norm", "in": 8}], "the batch norm has numbers for 8 channels, and 16 arrive"),
]


def test_refuses(ask):
    for shape, layers, why in REFUSED:
        stopped = ask.raised("shapes", shape, layers)
        instead = f"it raises {stopped}" if stopped else "it answers"
        assert stopped == "ValueError", f"shapes({shape}, {layers}) should raise ValueError: {why}; {instead}"
    shape, layers = [5, 16, 5, 5], [{"kind": "linear", "in": 5, "out": 7}]
    assert not ask.raised("shapes", shape, layers), "a linear layer reads the last axis of any shape; 5 is right here"


@st.composite
def miswired(draw):
    """A network in which some "in" is another number."""
    case = draw(networks())
    layers = []
    for layer in case["layers"]:
        wrong = "in" in layer and draw(st.booleans())
        layers.append(layer | {"in": layer["in"] + draw(st.integers(1, 9))} if wrong else layer)
    return {"shape": case["shape"], "layers": layers}


def rewired(shape, layers):
    """The channels, or the last axis, of the array that arrives."""
    x, right = np.zeros(shape), []
    for layer in layers:
        if "in" in layer:
            layer = layer | {"in": x.shape[-1] if layer["kind"] == "linear" else x.shape[1]}
        right.append(layer)
        x = passed(x, layer)
    return right


def test_mend(ask):
    ask.agrees("mend", rewired, miswired(), draws=50)
    layers = [CONV5, POOL, CONV3 | {"in": 1}, POOL, FLATTEN, LINEAR | {"in": 256}]
    said = ask.same(ask("mend", [5, 1, 28, 28], layers), [CONV5, POOL, CONV3, POOL, FLATTEN, LINEAR])
    assert not said, f"the worked example, with 1 for 8 channels and 256 for 400 numbers: {said}"


# A real network is made of the layers, beside your functions: one nn.Sequential, whose first part is another one of
# `cut` layers. All ReLUs are one module, so its name is that of the first place where it stands.
BUILD = """
import torch
from torch import nn

def built(layers, cut):
    relu = nn.ReLU()
    made = []
    for layer in layers:
        kind = layer["kind"]
        if kind == "conv":
            made.append(nn.Conv2d(layer["in"], layer["out"], layer["k"], layer["s"], layer["p"]))
        elif kind == "pool":
            made.append(nn.MaxPool2d(layer["k"]))
        elif kind == "norm":
            made.append(nn.BatchNorm2d(layer["in"]))
        elif kind == "linear":
            made.append(nn.Linear(layer["in"], layer["out"]))
        else:
            made.append(nn.Flatten() if kind == "flatten" else relu)
    return nn.Sequential(nn.Sequential(*made[:cut]), *made[cut:])

def watched(trace, model, x, training):
    model.train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    rows = trace(model, x)
    return {
        "rows": [list(row) for row in rows],
        "hooks left": sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()),
        "modules in training mode": sum(module.training for module in model.modules()),
        "numbers changed": sum(int((value != before[name]).sum()) for name, value in model.state_dict().items()),
    }
"""
SEQUENCES = (
    BUILD
    + """
def probe(trace, layers, cut, shape, training):
    return watched(trace, built(layers, cut), torch.randn(shape), training)
"""
)
RECURRENT = (
    BUILD
    + """
def probe(trace):
    return watched(trace, nn.Sequential(nn.GRU(3, 4)), torch.zeros(5, 2, 3), False)
"""
)


@st.composite
def models(draw):
    case = draw(networks(4, averages=False))
    cut = draw(st.integers(1, len(case["layers"])))
    return {"layers": case["layers"], "cut": cut, "shape": case["shape"], "training": draw(st.booleans())}


def names(layers, cut):
    """Of the layers; a ReLU is called as the first one is."""
    found, relu = [], ""
    for number, layer in enumerate(layers):
        name = f"0.{number}" if number < cut else str(number - cut + 1)
        if layer["kind"] == "relu":
            relu = name = relu or name
        found.append(name)
    return found


def observed(layers, cut, shape, training):
    behind = computed(shape, layers)
    rows = list(zip(names(layers, cut), [shape, *behind], behind, strict=False))
    modules = 2 + len(set(names(layers, cut)))
    return {
        "rows": [list(row) for row in rows],
        "hooks left": 0,
        "modules in training mode": modules * training,
        "numbers changed": 0,
    }


def test_trace(ask):
    ask.agrees("trace", observed, models(), through=SEQUENCES, draws=25)
    case = ([{"kind": "norm", "in": 3}], 1, [4, 3, 5, 5], True)
    said = ask.same(ask("trace", *case, through=SEQUENCES), observed(*case))
    assert not said, f"a batch norm in training mode, before and after: {said}"
    rows = ask("trace", through=RECURRENT)["rows"]
    said = ask.same(rows, [["0", [5, 2, 3], [5, 2, 4]]])
    assert not said, f"nn.GRU(3, 4) answers a tuple (all outputs, last state); the first one counts: {said}"


# Your network is built and run beside your functions; an error comes back as text.
RUN = """
import torch

def probe(Net, *shapes):
    torch.manual_seed(0)
    net = Net().eval()
    answers = []
    for shape in shapes:
        try:
            answers.append(list(net(torch.randn(shape)).shape))
        except (RuntimeError, ValueError, IndexError) as error:
            answers.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
    return {"answers": answers, "parameters": sum(value.numel() for value in net.parameters())}
"""


def runs(ask, name, parameters, *size):
    """It answers (N, 10) for 1, 2 and 5 images and has the parameters of its docstring."""
    batches = [(images, *size) for images in (1, 2, 5)]
    seen = ask(name, *batches, through=RUN)
    for shape, answer in zip(batches, seen["answers"], strict=True):
        assert answer == [shape[0], 10], (
            f"{name}: a batch of shape {shape} gives {answer if isinstance(answer, str) else tuple(answer)}, "
            f"wanted {(shape[0], 10)}"
        )
    assert seen["parameters"] == parameters, (
        f"{name} has {seen['parameters']} parameters, wanted {parameters}: it has become another network"
    )


def test_wiring(ask):
    runs(ask, "Channels", 1418, 1, 28, 28)
    runs(ask, "Flattened", 5874, 1, 28, 28)
    runs(ask, "Skip", 460, 1, 28, 28)


# Only the first channel and the upper row of the 3x3 kernel keep their weights; which pixels then move the scores?
READS = """
import torch

def probe(Net):
    torch.manual_seed(0)
    net = Net().eval()
    with torch.no_grad():
        for value in net.parameters():
            value.abs_()
        net.conv.weight[:, 1:] = 0
        net.conv.weight[:, :, 1:] = 0
    x = torch.rand(1, 32, 32, 3, requires_grad=True)
    net(x).sum().backward()
    read = x.grad[0] != 0
    return [read.any((0, 1)).tolist(), read[:, :, 0].any(1).sum().item(), read[:, :, 0].any(0).sum().item()]
"""


def test_batch(ask):
    runs(ask, "Stacked", 3682, 1, 28, 28)
    runs(ask, "Single", 170, 1, 28, 28)
    runs(ask, "Colours", 314, 32, 32, 3)
    channels, rows, columns = ask("Colours", through=READS)
    assert channels == [True, False, False], (
        "Colours: the weights of red also read other colours; reshape keeps the order of the numbers, permute does not"
    )
    assert (rows, columns) == (30, 32), "Colours: rows and columns have changed places; only the channels were to move"
