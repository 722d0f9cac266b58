"""Hidden graders of f-vanish: drawn nets with gradients from before, other layers, long lists; loops as oracles."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import strategies as st

NET = """
import torch
from torch import nn

KINDS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}

def probe(function, weights, biases, activation, x, y, nested):
    layers = []
    for weight, bias in zip(weights, biases):
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        with torch.no_grad():
            linear.weight.copy_(weight)
            linear.bias.copy_(bias)
        layers += [linear, KINDS[activation]()]
    model = nn.Sequential(*layers[:-1])
    if nested:
        model = nn.Sequential(nn.Sequential(*layers[:2]), nn.Sequential(*layers[2:-1]))
    (7 * model(x)).square().sum().backward()
    return function(model, x, y)
"""

STARTED = """
import torch
from torch import nn

def probe(function, scheme, seed):
    torch.manual_seed(seed)
    inner = nn.ModuleDict({"wide": nn.Linear(250, 800), "tall": nn.Linear(900, 200, bias=False)})
    model = nn.ModuleList([nn.Conv2d(48, 120, (3, 5)), nn.BatchNorm2d(120), nn.Conv2d(100, 300, 1, bias=False), inner,
                           nn.LayerNorm(70)])
    layers = [model[0], model[2], inner["wide"], inner["tall"]]
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(3.0)
            if layer.bias is not None:
                layer.bias.fill_(3.0)
    function(model, scheme)
    told = []
    for layer in layers:
        weight = layer.weight.detach().double().flatten(1)
        told.append([
            weight.mean().item(), weight.var().item(), weight.mean(1).abs().max().item() / weight.std().item(),
            0.0 if layer.bias is None else layer.bias.abs().max().item(),
        ])
    others = [model[1].weight, model[1].bias + 1, model[4].weight, model[4].bias + 1]
    return [told, all((one == 1).all().item() for one in others)]
"""

DEEP = """
import torch
from torch import nn

def probe(function, depth, width, activation, seed):
    torch.manual_seed(seed)
    model = function(depth, width, activation)
    kinds = [type(layer).__name__ for layer in model.modules() if not isinstance(layer, nn.Sequential)]
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    arrived = []
    def keep(_, __, out):
        out.retain_grad()
        arrived.append(out)
    for layer in linear:
        layer.register_forward_hook(keep)
    x, y = torch.randn(48, width), torch.randint(0, 10, (48,))
    out = model(x)
    nn.functional.cross_entropy(out, y).backward()
    return [kinds, list(out.shape), [out.grad.double().norm().item() for out in arrived]]
"""


def loss_of(weights, biases, activation, x, y):
    values = x.astype("float64")
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        values = values @ weight.T + bias
        if i < len(weights) - 1:
            values = {"relu": lambda z: z * (z > 0), "tanh": np.tanh, "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2}[
                activation
            ](values)
    return float(np.mean(np.logaddexp.reduce(values, 1) - values[np.arange(len(y)), y]))


def by_differences(weights, biases, activation, x, y):
    """The norms, from a change of every single weight."""
    weights = [weight.astype("float64") for weight in weights]
    norms = []
    for weight in weights:
        total = 0.0
        for place in np.ndindex(weight.shape):
            kept = weight[place]
            weight[place] = kept + 1e-6
            above = loss_of(weights, biases, activation, x, y)
            weight[place] = kept - 1e-6
            below = loss_of(weights, biases, activation, x, y)
            weight[place] = kept
            total += ((above - below) / 2e-6) ** 2
        norms.append(math.sqrt(total))
    return norms


def test_norms(ask, oracle_rng):
    for number in range(9):
        depth = int(oracle_rng.integers(2, 6))
        sizes = [*oracle_rng.integers(2, 6, depth).tolist(), int(oracle_rng.integers(2, 5))]
        pairs = list(itertools.pairwise(sizes))
        activation = ("tanh", "sigmoid", "relu")[number % 3]
        weights = [oracle_rng.normal(0, 0.9, (o, i)).astype("float32") for i, o in pairs]
        biases = [oracle_rng.normal(0, 0.3, o).astype("float32") for _, o in pairs]
        x = oracle_rng.normal(0, 1, (6, sizes[0])).astype("float32")
        y = oracle_rng.integers(0, sizes[-1], 6)
        nested = len(pairs) > 1 and number % 2 == 1
        answer = ask("layer_norms", weights, biases, activation, x, y, nested, through=NET)
        wanted = by_differences(weights, biases, activation, x, y)
        assert not ask.same(answer, wanted, math.inf)
        for one, right in zip(answer, wanted, strict=True):
            assert abs(float(one) - right) <= 1e-3 * right + 1e-6


@pytest.mark.parametrize("scheme", ["kaiming", "xavier"])
def test_init(ask, scheme):
    told, others_stayed = ask("initialise", scheme, 11, through=STARTED)
    assert others_stayed
    fans = [(48 * 15, 120 * 15), (100, 300), (250, 800), (900, 200)]
    for (fan_in, fan_out), (mean, variance, rows, bias) in zip(fans, told, strict=True):
        wanted = 2 / fan_in if scheme == "kaiming" else 2 / (fan_in + fan_out)
        assert abs(variance / wanted - 1) < 0.05
        assert abs(mean) < 0.03 * math.sqrt(wanted)
        assert rows < 0.6, "rows of one number each"
        assert bias == 0


def test_deep(ask, oracle_rng):
    for depth, width in ((12, 100), (20, 128), (28, 150)):
        for activation, module in (("relu", "ReLU"), ("sigmoid", "Sigmoid"), ("tanh", "Tanh")):
            seed = int(oracle_rng.integers(1, 2**31))
            kinds, shape, norms = ask("deep", depth, width, activation, seed, through=DEEP)
            assert kinds == ["Linear", module] * depth + ["Linear"]
            assert shape == [48, 10]
            assert len(norms) == depth + 1
            assert min(norms) > 0
            ratio = norms[0] / norms[depth - 1]
            if activation == "sigmoid":
                assert ratio < 1e-4
            else:
                assert 0.04 < ratio < 25


def test_verdict(ask, oracle_rng):
    """Factors clear of the limits, with noise that cancels between the ends."""
    for _ in range(60):
        n = int(oracle_rng.integers(2, 40))
        low, high, name = ((0.02, 0.48, "vanishes"), (0.52, 1.95, "healthy"), (2.05, 9, "explodes"))[
            int(oracle_rng.integers(3))
        ]
        factor = float(oracle_rng.uniform(low, high))
        last = float(np.exp(oracle_rng.normal(0, 4)))
        norms = [last * factor ** (n - 1 - i) for i in range(n)]
        norms[1:-1] = [norm * float(np.exp(oracle_rng.normal(0, 1))) for norm in norms[1:-1]]
        answer = ask("per_layer", norms)
        assert not ask.same(answer, factor, 1e-6)
        assert ask("verdict", norms) == name
    for place in range(4):
        for bad in (math.nan, math.inf):
            norms = [1.0] * 4
            norms[place] = bad
            assert ask("verdict", norms) == "explodes"
    assert ask("verdict", [0.0, 0.0, 0.0]) == "vanishes"
    assert ask("verdict", [0.0, 3.0]) == "vanishes"


def oracle(grads, most):
    norm = math.hypot(*(float(one) for grad in grads for one in grad.flat))
    if norm <= most:
        return grads, norm
    return [np.array([one / norm * most for one in grad.flat], "float32").reshape(grad.shape) for grad in grads], norm


def test_clip(ask):
    shapes = st.lists(st.lists(st.integers(1, 4), max_size=3).map(tuple), min_size=1, max_size=5)
    grads = st.tuples(shapes, st.integers(0, 2**32 - 1), st.sampled_from([0, 0.01, 0.3, 1, 10, 1000])).map(
        lambda drawn: [
            np.random.default_rng([drawn[1], number]).normal(0, drawn[2], shape).astype("float32")
            for number, shape in enumerate(drawn[0])
        ]
    )
    grads = grads.map(lambda several: [np.asarray(one, "float32") for one in several])
    ask.agrees("clip", oracle, {"grads": grads, "most": st.floats(0.5, 8)}, tolerance=2e-5, draws=120)
