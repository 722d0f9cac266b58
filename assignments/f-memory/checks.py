"""What f-memory asks, in code that you may read: `dlgrade check f-memory` runs these on your functions.

The oracle calculates nothing. It builds the network in torch, trains it for one step, and measures what is there: the
gradients, the state of the optimiser, and the tensors that autograd has saved.
"""

import functools
import json

from hypothesis import strategies as st

# -- the oracle --------------------------------------------------------------------------------------------------


def built(layers, dtype):
    import torch
    from torch import nn

    modules = []
    for layer in layers:
        came, goes = layer["in"], layer["out"]
        if layer["kind"] == "conv":
            k = came[1] - goes[1] + 1
            module = nn.Conv2d(came[0], goes[0], k, bias=layer["parameters"] > came[0] * goes[0] * k * k)
        elif layer["kind"] == "linear":
            module = nn.Linear(came[0], goes[0], bias=layer["parameters"] > came[0] * goes[0])
        else:
            module = {"relu": nn.ReLU(), "maxpool": nn.MaxPool2d(2), "flatten": nn.Flatten()}[layer["kind"]]
        modules.append(module.requires_grad_(not layer.get("frozen", False)))
    return nn.Sequential(*modules).to(getattr(torch, dtype))


@functools.lru_cache(4096)
def _measured(text, batch, optimizer, dtype):
    import torch

    torch.set_num_threads(1)
    layers = json.loads(text)
    network = built(layers, dtype)
    weights = {p.untyped_storage().data_ptr() for p in network.parameters()}
    saved = {}  # by where it lies in memory: what two layers keep is one tensor

    def keep(tensor):
        if tensor.untyped_storage().data_ptr() not in weights:
            saved[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    images = torch.ones(batch, *layers[0]["in"], dtype=getattr(torch, dtype))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        answer = network(images)
    activations = sum(tensor.untyped_storage().nbytes() for tensor in saved.values())
    answer.sum().backward()
    trained = [p for p in network.parameters() if p.requires_grad]
    made = {
        "sgd": lambda: torch.optim.SGD(trained, lr=0.1),
        "momentum": lambda: torch.optim.SGD(trained, lr=0.1, momentum=0.9),
        "adam": lambda: torch.optim.Adam(trained),
    }[optimizer]()
    made.step()
    states = [item for p in trained for name, item in made.state[p].items() if name != "step" and item is not None]
    return {
        "parameters": sum(p.nbytes for p in network.parameters()),
        "gradients": sum(p.grad.nbytes for p in network.parameters() if p.grad is not None),
        "optimizer": sum(item.nbytes for item in states),
        "activations": activations,
    }


def measured(layers, batch=1, optimizer="sgd", dtype="float32"):
    return _measured(json.dumps(layers), batch, optimizer, dtype)


def fixed(layers, optimizer, dtype):
    found = measured(layers, 1, optimizer, dtype)
    return {key: found[key] for key in ("parameters", "gradients", "optimizer")}


def kept(layers, batch, dtype):
    return measured(layers, batch, dtype=dtype)["activations"]


# -- what is drawn -----------------------------------------------------------------------------------------------

DTYPES = st.sampled_from(["float32", "float16", "bfloat16", "float64"])


def row(kind, came, goes, parameters=0):
    return {"kind": kind, "in": came, "out": goes, "parameters": parameters}


def conv(came, channels, k, bias=True):
    goes = [channels, came[1] - k + 1, came[2] - k + 1]
    return row("conv", came, goes, came[0] * channels * k * k + bias * channels)


def linear(came, out, bias=True):
    return row("linear", came, [out], came[0] * out + bias * out)


def pool(came):
    return row("maxpool", came, [came[0], came[1] // 2, came[2] // 2])


@st.composite
def networks(draw):
    """A convolution, up to three layers without weights or with some, and a last one with weights."""
    shape = [draw(st.integers(1, 2)), draw(st.integers(2, 6)), draw(st.integers(2, 6))]
    layers = []
    for kind in ["conv", *draw(st.lists(st.sampled_from(["relu", "conv", "maxpool"]), max_size=3))]:
        if kind == "conv":
            layers.append(conv(shape, draw(st.integers(1, 3)), draw(st.integers(1, min(3, *shape[1:])))))
        elif kind == "relu":
            layers.append(row("relu", shape, shape))
        elif min(shape[1:]) > 1:
            layers.append(pool(shape))
        shape = layers[-1]["out"]
    if not draw(st.booleans()):
        return [*layers, conv(shape, draw(st.integers(1, 2)), 1)]
    layers.append(row("flatten", shape, [shape[0] * shape[1] * shape[2]]))
    return [*layers, linear(layers[-1]["out"], draw(st.integers(1, 3)))]


@st.composite
def last_layer_trained(draw):
    """All but the last layer frozen, as where a finished network learns new classes."""
    *front, last = draw(networks())
    return [*(layer | {"frozen": True} if layer["parameters"] else layer for layer in front), last]


SIZES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


def numbers(shape):
    return functools.reduce(int.__mul__, shape)


def tensors(layers, batch, dtype, keeping):
    """Bytes if each layer kept the tensors that `keeping` names by kind, whether they are kept already or not."""
    shapes = [layer[side] for layer in layers for side in keeping.get(layer["kind"], [])]
    return batch * SIZES[dtype] * sum(map(numbers, shapes))


def indices(layers, batch):
    return batch * sum(8 * numbers(layer["out"]) for layer in layers if layer["kind"] == "maxpool")


INPUTS = {kind: ["in"] for kind in ("conv", "linear", "relu", "maxpool", "flatten")}
NEEDS = {"conv": ["in"], "linear": ["in"], "relu": ["out"], "maxpool": ["in"]}

ACTIVATIONS = {
    "batch-forgotten": lambda layers, batch, dtype: kept(layers, 1, dtype),
    "pool-keeps-no-index": lambda layers, batch, dtype: kept(layers, batch, dtype) - indices(layers, batch),
    "every-layer-keeps-its-input": lambda layers, batch, dtype: tensors(layers, batch, dtype, INPUTS),
    "kept-twice": lambda layers, batch, dtype: tensors(layers, batch, dtype, NEEDS) + indices(layers, batch),
}


DENSE = [linear([784], 10)]
SMALL = [linear([4], 3), row("relu", [3], [3]), linear([3], 2)]
LESSON = [
    conv([1, 28, 28], 8, 3),
    row("relu", [8, 26, 26], [8, 26, 26]),
    pool([8, 26, 26]),
    row("flatten", [8, 13, 13], [1352]),
    linear([1352], 10),
]


def part(answer, key):
    return answer.get(key) if isinstance(answer, dict) else answer


def test_weights(ask):
    answer = ask("fixed_bytes", DENSE, "sgd")
    for key in ("parameters", "gradients"):
        said = ask.same(part(answer, key), 31_400)
        assert not said, f"{key!r} of 784 x 10 + 10 = 7,850 numbers of 4 bytes should be 31,400; {said}"
    for layers in (SMALL, LESSON):
        for dtype in SIZES:
            right = fixed(layers, "sgd", dtype)
            for key, what in (("parameters", "weights and biases"), ("gradients", "one gradient for each of them")):
                said = ask.same(part(ask("fixed_bytes", layers, "sgd", dtype), key), right[key])
                count = sum(layer["parameters"] for layer in layers)
                assert not said, f"{key!r} of {count:,} parameters, {what}, in {dtype} should be {right[key]:,}; {said}"


def test_optimizer(ask):
    for layers in (DENSE, SMALL, LESSON):
        for optimizer, why in (
            ("sgd", "plain SGD needs nothing but the gradient"),
            ("momentum", "one velocity for each weight"),
            ("adam", "two running means for each weight, of the gradient and of its square"),
        ):
            for dtype in ("float32", "bfloat16"):
                right = fixed(layers, optimizer, dtype)["optimizer"]
                said = ask.same(part(ask("fixed_bytes", layers, optimizer, dtype), "optimizer"), right)
                what = f"{sum(layer['parameters'] for layer in layers):,} parameters in {dtype}"
                assert not said, f"'optimizer' of {optimizer} with {what} should be {right:,}: {why}; {said}"


def test_activations(ask):
    said = ask.same(ask("activation_bytes", DENSE, 1), 3_136)
    assert not said, f"a linear layer keeps its input, 784 numbers of 4 bytes for each image: 3,136; {said}"
    said = ask.same(ask("activation_bytes", [conv([2, 3, 3], 1, 2)], 1), 72)
    assert not said, f"a conv that reads 2 channels of 3 x 3 keeps 2 x 3 x 3 = 18 numbers, 72 bytes; {said}"
    cases = {"layers": networks(), "batch": st.integers(1, 4), "dtype": DTYPES}
    ask.agrees("activation_bytes", kept, cases, beliefs=ACTIVATIONS, draws=60)
    said = ask.same(ask("activation_bytes", LESSON, 1), 40_992)
    assert not said, f"the example of the lesson should be 40,992 bytes for one image; {said}"


def test_frozen(ask):
    layers = [SMALL[0] | {"frozen": True}, *SMALL[1:]]
    said = ask.same(ask("fixed_bytes", layers, "momentum"), {"parameters": 92, "gradients": 32, "optimizer": 32})
    assert not said, (
        "15 frozen and 8 trained parameters with momentum should be 92 bytes of parameters, 32 of gradients and 32 of "
        f"optimiser; {said}"
    )
    said = ask.same(ask("activation_bytes", layers, 1), 12)
    assert not said, (
        f"with the first linear layer frozen only the input of the second is kept, 3 numbers, 12 bytes; {said}"
    )
    cases = {"layers": last_layer_trained(), "optimizer": st.just("momentum"), "dtype": DTYPES}
    free = {"frozen-is-free": lambda layers, optimizer, dtype: fixed(thawed(layers), optimizer, dtype)}
    ask.agrees("fixed_bytes", fixed, cases, beliefs=free, draws=40)
    cases = {"layers": last_layer_trained(), "batch": st.just(1), "dtype": st.just("float32")}
    ask.agrees("activation_bytes", kept, cases, draws=40)


def thawed(layers):
    return [layer for layer in layers if not layer.get("frozen")]


TOTALS = [
    (DENSE, 1, "sgd", "float32", "31,400 + 31,400 + 0 + 3,136"),
    (DENSE, 32, "adam", "float32", "31,400 + 31,400 + 62,800 + 32 x 3,136"),
    (LESSON, 128, "adam", "float32", "the example of the lesson: 54,440 + 54,440 + 108,880 + 128 x 40,992"),
    (LESSON, 1, "momentum", "float16", "27,220 + 27,220 + 27,220 + 25,904: an index of 8 bytes stays one"),
]


def test_total(ask):
    for layers, batch, optimizer, dtype, why in TOTALS:
        right = sum(measured(layers, batch, optimizer, dtype).values())
        said = ask.same(ask("training_bytes", layers, batch, optimizer, dtype), right)
        kinds = " - ".join(layer["kind"] for layer in layers)
        assert not said, f"{kinds} with batch {batch}, {optimizer} and {dtype} should be {right:,}: {why}; {said}"


def counted_up(memory, fixed, per_image):
    """One image more, as long as it fits."""
    batch = 0
    while fixed + (batch + 1) * per_image <= memory:
        batch += 1
    return batch


def dealt(batch, largest):
    """The first image of each pass."""
    if largest < 1:
        raise ValueError
    return len(range(0, batch, largest))


def test_fits(ask):
    cases = {"memory": st.integers(0, 200), "fixed": st.integers(0, 100), "per_image": st.integers(1, 20)}
    beliefs = {
        "memory-all-from-batch": lambda memory, fixed, per_image: memory // per_image,
        "rounded-wrong-way": lambda memory, fixed, per_image: max(0, -((fixed - memory) // per_image)),
    }
    ask.agrees("largest_batch", counted_up, cases, beliefs=beliefs, draws=60)
    said = ask.same(ask("largest_batch", 16_000_000, 217_760, 40_992), 385)
    assert not said, f"the example of the lesson, 16 MB, should fit 385 images; {said}"
    cases = {"batch": st.integers(1, 60), "largest": st.integers(-1, 20)}
    beliefs = {"rounded-wrong-way": lambda batch, largest: batch // largest}
    ask.agrees("passes", dealt, cases, beliefs=beliefs, draws=60)
