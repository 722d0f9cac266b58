"""Hidden graders of f-shapes: larger shapes, every way to be refused, and mends that only look right.

The oracle counts: windows by moving them, numbers by multiplying axes out.
"""

import random

import pytest


@pytest.fixture
def rng(oracle_rng):
    return random.Random(int(oracle_rng.integers(1 << 62)))


def windows(n, k, s):
    return sum(start + k <= n for start in range(0, n, s))


def behind(shape, layer):
    """The shape behind a layer that can read it; a side is 0 where no window fits."""
    images, *rest = shape
    match layer["kind"]:
        case "conv":
            sides = [windows(n + 2 * layer["p"], layer["k"], layer["s"]) for n in rest[1:]]
            return [images, layer["out"], *sides]
        case "pool":
            return [images, rest[0], *(windows(n, layer["k"], layer["k"]) for n in rest[1:])]
        case "average":
            return [images, rest[0]]
        case "flatten":
            product = 1
            for length in rest:
                product *= length
            return [images, product]
        case "linear":
            return [images, *rest[:-1], layer["out"]]
    return shape


def drawn(rng, longest=8, averages=True):
    """A shape, and layers that can read what arrives."""
    start = shape = [rng.randint(1, 9), rng.randint(1, 20), rng.randint(8, 70), rng.randint(8, 70)]
    layers = []
    for _ in range(rng.randint(1, longest)):
        kinds = ["relu", "flatten", "linear", "linear"]
        if len(shape) == 4:
            kinds = ["relu", "flatten", "linear", "average", "pool", "pool", "conv", "conv", "conv", "norm"]
        layer = {"kind": rng.choice(kinds)}
        kind = layer["kind"]
        if kind == "average" and not averages:
            continue
        if kind in {"conv", "norm", "linear"}:
            layer["in"] = shape[-1] if kind == "linear" else shape[1]
        if kind in {"conv", "linear"}:
            layer["out"] = rng.randint(1, 32)
        if kind in {"conv", "pool"}:
            layer["k"] = rng.randint(1, 5)
        if kind == "conv":
            layer |= {"s": rng.randint(1, 3), "p": rng.randint(0, 2)}
        new = behind(shape, layer)
        if 0 not in new:
            shape = new
            layers.append(layer)
    return start, layers


def all_behind(shape, layers):
    found = []
    for layer in layers:
        shape = behind(shape, layer)
        found.append(shape)
    return found


def test_shapes(ask, rng):
    for _ in range(200):
        shape, layers = drawn(rng)
        said = ask.same(ask("shapes", shape, layers), all_behind(shape, layers))
        assert not said, f"shapes({shape}, {layers}): {said}"


def broken(rng):
    """A network with a layer put in, or changed, that cannot read what arrives."""
    while True:
        start, layers = drawn(rng)
        place = rng.randrange(len(layers) + 1)
        shape = ([start, *all_behind(start, layers)])[place]
        wrong = [{"kind": "linear", "in": shape[-1] + rng.randint(1, 5), "out": 3}]
        if len(shape) == 4:
            side = min(shape[2:]) + 1
            conv = {"kind": "conv", "in": shape[1], "out": 2, "k": 1, "s": 1, "p": 0}
            wrong += [
                {"kind": "pool", "k": side},
                conv | {"k": side + 2, "p": 1},
                conv | {"in": shape[1] + rng.choice([-1, 1, 3])},
                {"kind": "norm", "in": shape[1] * 2},
            ]
        else:
            wrong += [
                {"kind": "average"},
                {"kind": "pool", "k": 1},
                {"kind": "norm", "in": shape[1]},
                {"kind": "conv", "in": shape[1], "out": 2, "k": 1, "s": 1, "p": 0},
            ]
        return start, [*layers[:place], rng.choice(wrong), *layers[place:]]


def test_refuses(ask, rng):
    for _ in range(150):
        shape, layers = broken(rng)
        assert ask.raised("shapes", shape, layers) == "ValueError", (shape, layers)


def test_mend(ask, rng):
    for _ in range(120):
        shape, layers = drawn(rng)
        wrong = [
            layer | {"in": rng.choice([1, 3, layer["in"] * 4])} if "in" in layer and rng.random() < 0.7 else layer
            for layer in layers
        ]
        said = ask.same(ask("mend", shape, wrong), layers)
        assert not said, f"mend({shape}, {wrong}): {said}"


# A block whose ReLU is called twice, beside a module that is never called; the model's parts are in different modes.
BLOCKS = """
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.unused = nn.Linear(2, 2)
        self.act = nn.ReLU()
        self.late = nn.Conv2d(2 * channels, channels, 1)
        self.early = nn.Conv2d(channels, 2 * channels, 3, padding=1)
        self.norm = nn.BatchNorm2d(channels)
        self.moving = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.act(self.moving(self.norm(self.late(self.act(self.early(x))))) + x).mean((2, 3))

def probe(trace, images, channels, side):
    model = nn.Sequential(Block(channels), nn.Linear(channels, 5)).train()
    model[0].norm.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    rows = [list(row) for row in trace(model, torch.randn(images, channels, side, side))]
    return {
        "rows": rows,
        "hooks": sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()),
        "modes": [module.training for module in (model, model[0].act, model[0].norm, model[1])],
        "same": all(bool((value == before[name]).all()) for name, value in model.state_dict().items()),
    }
"""


@pytest.mark.parametrize(("images", "channels", "side"), [(1, 2, 5), (4, 3, 8), (7, 1, 12)])
def test_trace(ask, images, channels, side):
    one, two = [images, channels, side, side], [images, 2 * channels, side, side]
    right = [
        ["0.early", one, two],
        ["0.act", two, two],
        ["0.late", two, one],
        ["0.norm", one, one],
        ["0.moving", one, one],
        ["0.act", one, one],
        ["1", [images, channels], [images, 5]],
    ]
    seen = ask("trace", images, channels, side, through=BLOCKS)
    said = ask.same(seen["rows"], right)
    assert not said, said
    assert seen["hooks"] == 0
    assert seen["modes"] == [True, True, False, True]
    assert seen["same"] is True


# Each image by itself answers what it answers in a batch; every image is looked at; the parameters have these shapes.
LOOK = """
import torch

def probe(Net, shape):
    torch.manual_seed(1)
    net = Net().eval()
    x = torch.randn(shape)
    try:
        together = net(x)
        alone = torch.cat([net(one[None]) for one in x])
    except (RuntimeError, ValueError, IndexError) as error:
        return {"error": str(error)}
    same = together.shape == alone.shape and bool(torch.allclose(together, alone, atol=1e-5))
    apart = bool(((together[0] - together[1]).abs() > 1e-6).all()) if together.dim() == 2 else False
    return {"shapes": sorted(list(value.shape) for value in net.parameters()), "same": same, "apart": apart}
"""


def looked(ask, name, size, parameters):
    seen = ask(name, [4, *size], through=LOOK)
    assert seen == {"shapes": sorted(parameters), "same": True, "apart": True}, f"{name}: {seen}"


GRAY = (1, 28, 28)


def test_wiring(ask):
    looked(ask, "Channels", GRAY, [[8, 1, 3, 3], [8], [16, 8, 3, 3], [16], [10, 16], [10]])
    looked(ask, "Channels", (1, 40, 33), [[8, 1, 3, 3], [8], [16, 8, 3, 3], [16], [10, 16], [10]])
    looked(ask, "Flattened", GRAY, [[4, 1, 5, 5], [4], [10, 576], [10]])
    looked(ask, "Skip", GRAY, [[6, 1, 3, 3], [6], [6, 6, 3, 3], [6], [10, 6], [10]])
    assert ask("Skip", through=SKIPS) is True, "without its second convolution nothing of the image is left"


SKIPS = """
import torch

def probe(Net):
    torch.manual_seed(2)
    net = Net().eval()
    with torch.no_grad():
        net.second.weight.zero_()
        net.second.bias.zero_()
        y = net(torch.randn(2, 1, 28, 28))
    return bool((y[0] != y[1]).any())
"""


def test_batch(ask):
    looked(ask, "Stacked", GRAY, [[8, 1, 5, 5], [8], [8, 8, 3, 3], [8], [10, 288], [10]])
    looked(ask, "Single", GRAY, [[8, 1, 3, 3], [8], [10, 8, 1, 1], [10]])
    looked(ask, "Single", (1, 9, 14), [[8, 1, 3, 3], [8], [10, 8, 1, 1], [10]])
    looked(ask, "Colours", (32, 32, 3), [[8, 3, 3, 3], [8], [10, 8], [10]])
