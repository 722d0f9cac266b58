"""What f-vanish asks, in code that you may read: `dlgrade check f-vanish` runs these on your functions.

The gradients are worked out by hand in NumPy here; models are built beside your functions by the code in NET.
"""

import itertools
import math

import numpy as np
from hypothesis import strategies as st

NET = """
import torch
from torch import nn

KINDS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}

def net(weights, biases, activation):
    layers = []
    for weight, bias in zip(weights, biases):
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        with torch.no_grad():
            linear.weight.copy_(weight)
            linear.bias.copy_(bias)
        layers += [linear, KINDS[activation]()]
    return nn.Sequential(*layers[:-1])
"""

NORMS = NET + """
def probe(function, weights, biases, activation, x, y):
    model = net(weights, biases, activation)
    first = function(model, x, y)
    second = function(model, x, y)
    same = all(torch.equal(layer.weight, weight) for layer, weight in zip(model[::2], weights))
    return [first, second, same]
"""  # fmt: skip

STARTED = """
import torch
from torch import nn

def probe(function, scheme):
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(32, 128, 3), nn.BatchNorm2d(128), nn.ReLU(),
        nn.Sequential(nn.Linear(400, 300), nn.ReLU(), nn.Linear(300, 500, bias=False)),
    )
    before = [layer.weight.detach().clone() for layer in (model[0], model[3][0], model[3][2])]
    function(model, scheme)
    told = []
    for old, layer in zip(before, (model[0], model[3][0], model[3][2])):
        weight = layer.weight.detach().double()
        told.append({
            "mean": weight.mean().item(), "variance": weight.var().item(),
            "bias": 0.0 if layer.bias is None else layer.bias.abs().max().item(),
            "new": not torch.equal(old, layer.weight.detach()),
        })
    return [told, model[1].weight.min().item(), model[1].weight.max().item()]
"""

DEEP = """
import torch
from torch import nn

def probe(function, depth, width, activation):
    torch.manual_seed(2)
    model = function(depth, width, activation)
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    sizes = [[layer.in_features, layer.out_features] for layer in linear]
    kinds = [type(layer).__name__ for layer in model.modules() if not isinstance(layer, (nn.Linear, nn.Sequential))]
    arrived = []
    def keep(_, __, out):
        out.retain_grad()
        arrived.append(out)
    for layer in linear:
        layer.register_forward_hook(keep)
    x, y = torch.randn(64, width), torch.randint(0, 10, (64,))
    nn.functional.cross_entropy(model(x), y).backward()
    return [sizes, kinds, [out.grad.double().norm().item() for out in arrived]]
"""

SLOPES = {
    "relu": (lambda z: z.clip(0), lambda z: 1.0 * (z > 0)),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
}


def by_hand(weights, biases, activation, x, y):
    """The norms of the weights' gradients, layer by layer."""
    value, slope = SLOPES[activation]
    inputs, sums = [x.astype("float64")], []
    for weight, bias in zip(weights, biases, strict=True):
        sums.append(inputs[-1] @ weight.T.astype("float64") + bias)
        inputs.append(value(sums[-1]))
    shares = np.exp(sums[-1] - sums[-1].max(1, keepdims=True))
    back = shares / shares.sum(1, keepdims=True)
    back[np.arange(len(y)), y] -= 1
    back /= len(y)
    norms = []
    for i in reversed(range(len(weights))):
        norms.insert(0, float(np.sqrt(((back.T @ inputs[i]) ** 2).sum())))
        if i:
            back = (back @ weights[i]) * slope(sums[i - 1])
    return norms


def drawn(rng, sizes, n):
    """Weights, biases, inputs and labels for layers of these sizes."""
    pairs = list(itertools.pairwise(sizes))
    weights = [rng.normal(0, 1.2 / math.sqrt(i), (o, i)).astype("float32") for i, o in pairs]
    biases = [rng.normal(0, 0.3, o).astype("float32") for _, o in pairs]
    return weights, biases, rng.normal(0, 1, (n, sizes[0])).astype("float32"), rng.integers(0, sizes[-1], n)


def differs(answer, wanted):
    """What is wrong with a list of norms, in words; empty where nothing is."""
    if not isinstance(answer, list) or len(answer) != len(wanted):
        return f"it answers {answer!r}, wanted a list of {len(wanted)} numbers"
    try:
        numbers = [float(one) for one in answer]
    except (TypeError, ValueError):
        return f"it answers {answer!r}, wanted a list of numbers"
    if all(abs(one - right) <= 1e-3 * right for one, right in zip(numbers, wanted, strict=True)):
        return ""
    shown = f"it answers {[float(f'{one:.4g}') for one in numbers]}, wanted {[float(f'{one:.4g}') for one in wanted]}"
    if all(abs(one - right) <= 1e-3 * right for one, right in zip(numbers, wanted[::-1], strict=True)):
        return f"{shown}: the first layer comes first"
    if all(abs(one - right**2) <= 1e-3 * right**2 for one, right in zip(numbers, wanted, strict=True)):
        return f"{shown}: these are the squares"
    factors = [one / right for one, right in zip(numbers, wanted, strict=True)]
    if max(factors) - min(factors) < 1e-3 * abs(factors[0]):
        return f"{shown}: all are {factors[0]:.4g} times the right ones"
    return shown


def test_norms(ask):
    rng = np.random.default_rng(18)
    for sizes, activation in (([3, 4, 2], "relu"), ([5, 8, 8, 3], "tanh"), ([4, 6, 6, 6, 6, 2], "sigmoid")):
        weights, biases, x, y = drawn(rng, sizes, 7)
        wanted = by_hand(weights, biases, activation, x, y)
        first, second, same = ask("layer_norms", weights, biases, activation, x, y, through=NORMS)
        said = f"layers {sizes} with {activation}, 7 samples"
        assert not differs(first, wanted), f"{said}: {differs(first, wanted)}"
        assert not differs(second, wanted), f"{said}, second call: {differs(second, wanted)}"
        assert same, f"{said}: the weights have changed; layer_norms must not make a step"


LAYERS = ("Conv2d(32, 128, 3)", "Linear(400, 300)", "Linear(300, 500, bias=False)")
FANS = ((32 * 9, 128 * 9), (400, 300), (300, 500))


def test_init(ask):
    for scheme in ("kaiming", "xavier"):
        told, low, high = ask("initialise", scheme, through=STARTED)
        for layer, (fan_in, fan_out), one in zip(LAYERS, FANS, told, strict=True):
            wanted = 2 / fan_in if scheme == "kaiming" else 2 / (fan_in + fan_out)
            said = f"{scheme}, {layer} with fan_in {fan_in} and fan_out {fan_out}"
            assert one["new"], f"{said}: the weights are those from before"
            assert abs(one["variance"] / wanted - 1) < 0.04, (
                f"{said}: the variance is {one['variance']:.4g}, wanted {wanted:.4g}"
            )
            assert abs(one["mean"]) < 0.02 * math.sqrt(wanted), f"{said}: the mean is {one['mean']:.4g}, wanted 0"
            assert one["bias"] == 0, f"{said}: a bias is {one['bias']:.4g}, wanted 0"
        assert low == high == 1, f"{scheme}: the batch norm's weights have changed; leave other modules as they are"


def test_deep(ask):
    for activation, module in (("relu", "ReLU"), ("sigmoid", "Sigmoid"), ("tanh", "Tanh")):
        sizes, kinds, norms = ask("deep", 20, 128, activation, through=DEEP)
        said = f"deep(20, 128, {activation!r})"
        assert sizes == [[128, 128]] * 20 + [[128, 10]], f"{said}: its linear layers are {sizes[:2]} ... {sizes[-1:]}"
        assert kinds == [module] * 20, f"{said}: it has {len(kinds)} other modules, wanted 20 of {module}"
        assert len(norms) == 21, f"{said}: its linear layers are used {len(norms)} times, wanted once each"
        ratio = norms[0] / norms[19] if norms[19] else math.nan
        shown = f"{said}: what arrives at the first layer is {ratio:.2g} times what arrives at the 20th"
        if activation != "sigmoid":
            assert 0.1 < ratio < 10, f"{shown}, wanted 0.1 to 10"
        else:
            assert ratio < 1e-4, f"{shown}, wanted less than 0.0001: a sigmoid cannot do better with xavier"


def test_verdict(ask):
    for norms, factor, name in (
        ([0.001, 0.01, 0.1, 1.0], 0.1, "vanishes"),
        ([8.0, 2.0], 4.0, "explodes"),
        ([0.9, 3.0, 0.2, 0.9], 1.0, "healthy"),
        ([0.36, 0.1, 1.0], 0.6, "healthy"),
        ([2.25, 0.3, 1.0], 1.5, "healthy"),
    ):
        answer = ask("per_layer", norms)
        wrong = ask.same(answer, factor, 1e-6)
        assert not wrong, f"per_layer({norms}) should be {factor}; {wrong}"
        answer = ask("verdict", norms)
        assert answer == name, f"verdict({norms}), factor {factor} per layer, should be {name!r}; it is {answer!r}"
    for norms, name in (([0.0, 1e-30, 1.0], "vanishes"), ([math.nan, math.inf, 1.0], "explodes")):
        answer = ask("verdict", norms)
        assert answer == name, f"verdict({norms}) should be {name!r}; it is {answer!r}"


def norm_of(grads):
    return math.sqrt(sum(float(number) ** 2 for grad in grads for number in grad.flat))


def clipped(grads, most):
    norm = norm_of(grads)
    return [grad * np.float32(most / norm) if norm > most else grad for grad in grads], norm


def each_alone(grads, most):
    return [clipped([grad], most)[0][0] for grad in grads], norm_of(grads)


def stretched(grads, most):
    norm = norm_of(grads)
    return [grad * np.float32(most / norm) for grad in grads], norm


def gradients(largest):
    """Lists of one to three tensors."""
    shapes = st.lists(st.sampled_from([(1,), (2,), (2, 3)]), min_size=1, max_size=3)
    whole = st.integers(-largest, largest)
    tensor = lambda shape: st.lists(whole, min_size=math.prod(shape), max_size=math.prod(shape)).map(  # noqa: E731
        lambda numbers: np.array(numbers, "float32").reshape(shape)
    )
    return shapes.flatmap(lambda drawn: st.tuples(*map(tensor, drawn)).map(list))


def test_clip(ask):
    beliefs = {"clip-per-tensor": each_alone, "clip-stretches": stretched}
    cases = {"grads": gradients(6), "most": st.sampled_from([1.0, 2.0, 5.0])}
    ask.agrees("clip", clipped, cases, beliefs=beliefs, tolerance=1e-5, draws=60)
