"""Hidden graders of f-memory: longer and wider networks, other batches, more frozen layers, budgets of real machines.

The oracle trains for one step, as the public one does, but from bare tensors: what autograd has saved is asked of it.
"""

import functools
import itertools
import json
import random

from hypothesis import strategies as st

DTYPES = ["float32", "float16", "bfloat16", "float64"]
OPTIMIZERS = ["sgd", "momentum", "adam"]


def seeded(make):
    """Cases that a function makes with Python's own generator: quick to draw, and there is nothing to shrink here."""
    return st.integers(0, 2**40).map(lambda seed: make(random.Random(seed)))


@functools.lru_cache(4096)
def trained_once(text, batch, optimizer, dtype):
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    kind = getattr(torch, dtype)
    layers, weights, saved = json.loads(text), [], []
    x = torch.zeros(batch, *layers[0]["in"], dtype=kind)
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: saved.append(tensor) or tensor, lambda tensor: tensor):
        for layer in layers:
            came, goes, learns = layer["in"], layer["out"], not layer.get("frozen")
            if layer["kind"] in ("conv", "linear"):
                window = [came[1] - goes[1] + 1] * 2 if layer["kind"] == "conv" else []
                weight = torch.zeros(goes[0], came[0], *window, dtype=kind, requires_grad=learns)
                bias = torch.zeros(goes[0], dtype=kind, requires_grad=learns)
                mine = [weight, bias] if weight.numel() < layer["parameters"] else [weight]
                weights += mine
                x = (functional.conv2d if window else functional.linear)(x, *mine)
            else:
                x = {
                    "relu": torch.relu,
                    "maxpool": lambda x: functional.max_pool2d(x, 2),
                    "flatten": lambda x: x.flatten(1),
                }[layer["kind"]](x)
    own = {weight.untyped_storage().data_ptr() for weight in weights}
    places = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in saved}
    x.sum().backward()
    learning = [weight for weight in weights if weight.requires_grad]
    if optimizer == "adam":
        made = torch.optim.Adam(learning)
    else:
        made = torch.optim.SGD(learning, lr=0.1, momentum=0.9 if optimizer == "momentum" else 0)
    made.step()
    return {
        "parameters": sum(weight.nbytes for weight in weights),
        "gradients": sum(weight.grad.nbytes for weight in learning),
        "optimizer": sum(
            item.nbytes
            for weight, state in made.state.items()
            for item in state.values()
            if item is not None and item.shape == weight.shape and item.dim()
        ),
        "activations": sum(size for place, size in places.items() if place not in own),
    }


def fixed(layers, optimizer, dtype):
    found = trained_once(json.dumps(layers), 1, optimizer, dtype)
    return {key: found[key] for key in ("parameters", "gradients", "optimizer")}


def waiting(layers, batch, dtype):
    return trained_once(json.dumps(layers), batch, "sgd", dtype)["activations"]


def everything(layers, batch, optimizer, dtype):
    return sum(trained_once(json.dumps(layers), batch, optimizer, dtype).values())


def network(draw, longest=9):
    """Convolutions, ReLUs and pools in any order, then mostly a flatten and one to three linear layers."""
    shape = [draw.randint(1, 3), draw.randint(2, 14), draw.randint(2, 14)]
    layers = []

    def add(kind, goes, parameters=0):
        layers.append({"kind": kind, "in": shape, "out": goes, "parameters": parameters})
        return goes

    for _ in range(draw.randrange(longest)):
        kind = draw.choice(["conv", "relu", "relu", "maxpool"]) if layers else "conv"
        if kind == "relu":
            shape = add(kind, shape)
        elif kind == "conv":
            k, out = draw.randint(1, min(4, *shape[1:])), draw.randint(1, 6)
            weights = shape[0] * out * k * k
            shape = add(kind, [out, shape[1] - k + 1, shape[2] - k + 1], weights + out * draw.randrange(2))
        elif min(shape[1:]) > 1:
            shape = add(kind, [shape[0], shape[1] // 2, shape[2] // 2])
    if draw.random() < 0.2:
        out = draw.randint(1, 4)
        add("conv", [out, *shape[1:]], shape[0] * out)
        return layers
    shape = add("flatten", [shape[0] * shape[1] * shape[2]])
    for number in range(draw.randint(1, 3)):
        if number and draw.random() < 0.8:
            shape = add("relu", shape)
        out = draw.randint(1, 9)
        shape = add("linear", [out], shape[0] * out + out * draw.randrange(2))
    return layers


def last_layer_trained(draw):
    *front, last = network(draw)
    return [*(layer | {"frozen": True} if layer["parameters"] else layer for layer in front), last]


def chain(draw):
    """Linear layers only; some of the first are frozen."""
    widths = [draw.randint(1, 30) for _ in range(draw.randint(3, 8))]
    frozen = draw.randrange(len(widths) - 1)
    layers = []
    for number, (came, goes) in enumerate(itertools.pairwise(widths)):
        layers.append({"kind": "linear", "in": [came], "out": [goes], "parameters": (came + 1) * goes})
        if number < frozen:
            layers[-1]["frozen"] = True
    return layers


def part(answer, key):
    return answer.get(key) if isinstance(answer, dict) else answer


def test_weights(ask):
    draw = random.Random(5)
    for _ in range(60):
        layers, dtype = network(draw), draw.choice(DTYPES)
        answer, right = ask("fixed_bytes", layers, draw.choice(OPTIMIZERS), dtype), fixed(layers, "sgd", dtype)
        for key in ("parameters", "gradients"):
            said = ask.same(part(answer, key), right[key])
            assert not said, f"{key}: {said}"


def test_optimizer(ask):
    draw = random.Random(6)
    for _ in range(60):
        layers, optimizer, dtype = network(draw), draw.choice(OPTIMIZERS), draw.choice(DTYPES)
        answer = ask("fixed_bytes", layers, optimizer, dtype)
        said = ask.same(part(answer, "optimizer"), fixed(layers, optimizer, dtype)["optimizer"])
        assert not said, said


def test_activations(ask):
    cases = seeded(lambda draw: {"layers": network(draw), "batch": draw.randint(1, 9), "dtype": draw.choice(DTYPES)})
    ask.agrees("activation_bytes", waiting, cases, draws=200)


def test_frozen(ask):
    for make in (last_layer_trained, chain):
        cases = seeded(lambda draw, make=make: {"layers": make(draw), "optimizer": "momentum", "dtype": "float32"})
        ask.agrees("fixed_bytes", fixed, cases, draws=60)
        cases = seeded(lambda draw, make=make: {"layers": make(draw), "batch": 1, "dtype": "float32"})
        ask.agrees("activation_bytes", waiting, cases, draws=60)


def test_total(ask):
    cases = seeded(
        lambda draw: {
            "layers": network(draw),
            "batch": draw.randint(1, 7),
            "optimizer": draw.choice(OPTIMIZERS),
            "dtype": draw.choice(DTYPES),
        }
    )
    ask.agrees("training_bytes", everything, cases, draws=80)


def halved(memory, fixed, per_image):
    """The largest batch that fits, found between 0 and one that surely does not."""
    fits, too_many = 0, max(1, memory // per_image + 1)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if fixed + middle * per_image <= memory else (fits, middle)
    return fits


def machine(draw):
    per_image, fixed = draw.randint(1, 10 ** draw.randint(1, 8)), draw.randint(0, 10 ** draw.randint(1, 10))
    memory = fixed + per_image * draw.randrange(3000) + draw.choice([-1, 0, 1, draw.randrange(per_image)])
    return {
        "memory": max(0, draw.choice([memory, memory, draw.randint(0, 10**11)])),
        "fixed": fixed,
        "per_image": per_image,
    }


def dealt_out(batch, largest):
    if largest < 1:
        raise ValueError
    number = 0
    while batch > 0:
        batch, number = batch - largest, number + 1
    return number


def test_fits(ask):
    ask.agrees("largest_batch", halved, seeded(machine), draws=300)
    assert ask("largest_batch", 10**18, 1, 7) == (10**18 - 1) // 7
    cases = seeded(lambda draw: {"batch": draw.randint(1, 3000), "largest": draw.randint(-2, 300)})
    ask.agrees("passes", dealt_out, cases, draws=150)
