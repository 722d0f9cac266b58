"""What f-onehidden asks, in code that you may read: `dlgrade check f-onehidden` runs these on your carried network."""

import numpy as np

ACTIVATIONS = ("ReLU", "LeakyReLU", "PReLU", "ELU", "GELU", "SiLU", "Sigmoid", "Tanh", "Softplus", "Hardswish")

BUILT = """
def probe(Net, inputs, hidden, classes):
    import torch
    try:
        net = Net(inputs, hidden, classes)
        scores = net(torch.zeros(5, inputs))
    except NotImplementedError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return [sum(p.numel() for p in net.parameters()), list(scores.shape)]
"""


def rows(network):
    return ", ".join(f"{row.name} ({row.parameters:,})" for row in network.layers)


def test_parameters(network):
    biases = " (the 32 + 10 biases are missing)" if int(network.parameter_count) == 25_408 else ""
    assert network.parameter_count == 25_450, f"your layers and their parameters: {rows(network)}{biases}"


def test_one_relu(network):
    found = [row for row in network.layers if row.name.startswith(ACTIVATIONS)]
    clamped = [step for step in network.graph.train.steps if step.packet in {"clamp", "clamp_min"}]  # by another name
    names = ", ".join([*(f"{row.where} {row.name}".strip() for row in found), *("clamp" for _ in clamped)]) or "none"
    assert len(found) + len(clamped) == 1, f"there should be one activation, a ReLU; yours: {names}"
    for row in found:
        assert row.name == "ReLU", f"the activation should be a ReLU; yours: {names}"
        assert row.output_shape == (32,), f"{names} should act on the 32 hidden units, not on {row.output_shape}"


def test_formula(network):
    images = np.random.default_rng(0).normal(size=(16, 784)).astype("float32")
    weights = {tuple(value.shape): value.detach().numpy() for value in network.module().parameters()}
    w, v = weights.get((32, 784)), weights.get((10, 32))  # one row per output
    assert w is not None, f"no weights of shape (32, 784), as nn.Linear(784, 32) has them: {rows(network)}"
    assert v is not None, f"no weights of shape (10, 32), as nn.Linear(32, 10) has them: {rows(network)}"
    b, c = weights.get((32,), 0), weights.get((10,), 0)
    drive = images @ w.T + b
    wanted = np.maximum(drive, 0) @ v.T + c
    share = np.exp(wanted) / np.exp(wanted).sum(1, keepdims=True)
    others = {
        "without the ReLU": drive @ v.T + c,
        "with a ReLU on the scores as well": np.maximum(wanted, 0),
        "with a softmax behind it": share,
        "with a log-softmax behind it": np.log(share),
    }
    scores = network.logits(_tensor(images.reshape(16, 1, 28, 28))).numpy()
    assert scores.shape == wanted.shape, f"16 images should give {wanted.shape}, not {scores.shape}"
    off = np.abs(scores - wanted).max()
    like = "".join(f": it is the formula {how}" for how, other in others.items() if np.abs(scores - other).max() < 1e-4)
    assert off < 1e-4, f"a score is {off:.2g} away from relu(X W + b) V + c with your own weights{like}"


def _tensor(array):
    import torch

    return torch.from_numpy(array)


def test_logits(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    kind = network.output_kind()
    assert kind != "probabilities", "each row sums to 1: forward ends in a softmax"
    assert kind == "logits", "the exponentials of each row sum to 1: forward ends in a log-softmax"


def test_any_batch(network):
    assert network.same_alone(), "an image alone gets other scores than in a batch of eight"


def test_any_width(ask):
    for inputs, hidden, classes, count in [(4, 3, 2, 23), (2, 3, 2, 17), (6, 5, 3, 53)]:
        built = ask("Net", inputs, hidden, classes, through=BUILT)
        call = f"Net({inputs}, {hidden}, {classes})"
        assert not isinstance(built, str), f"{call} on five rows of {inputs} numbers: {built}"
        sum_of = f"({inputs} + 1) x {hidden} + ({hidden} + 1) x {classes}"
        assert built[0] == count, f"{call} has {built[0]} parameters, wanted {sum_of} = {count}"
        assert built[1] == [5, classes], f"{call} turns (5, {inputs}) into {tuple(built[1])}, wanted (5, {classes})"
