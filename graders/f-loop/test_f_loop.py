"""Hidden graders of f-loop: other models, optimisers, loaders and modes."""

import numpy as np
import pytest

# Two passes, as wanted with a test pass between, of a network with a norm, by an optimiser that remembers.
PASSES = """
import torch
from torch.utils.data import DataLoader, TensorDataset

def probe(train, x, labels, batch_size, values, name, options):
    width = values["1.weight"].shape[0]
    model = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], width, bias=False), torch.nn.BatchNorm1d(width), torch.nn.Tanh(),
        torch.nn.Linear(width, values["3.weight"].shape[0]),
    )
    model.load_state_dict(values, strict=False)
    optimizer = getattr(torch.optim, name)(model.parameters(), **options)
    loader = DataLoader(TensorDataset(x, labels), batch_size)
    for epoch in (1, 2):
        model.eval()
        train(model, loader, optimizer, epoch)
    return dict(model.state_dict())
"""


def gradients(w, x, labels, mean, var):
    """Of the mean cross-entropy of one batch, by hand; moves the running mean and variance."""
    n, z = len(x), x @ w["0.weight"].T
    at, spread = z.mean(0), z.var(0)
    mean += 0.1 * (at - mean)
    var += 0.1 * (spread * n / (n - 1) - var)
    scale = 1 / np.sqrt(spread + 1e-5)
    normed = (z - at) * scale
    hidden = np.tanh(normed * w["1.weight"] + w["1.bias"])
    scores = hidden @ w["3.weight"].T + w["3.bias"]
    share = np.exp(scores - scores.max(1, keepdims=True))
    back = (share / share.sum(1, keepdims=True) - np.eye(scores.shape[1])[labels]) / n
    inner = (back @ w["3.weight"]) * (1 - hidden**2)
    through = inner * w["1.weight"]
    through = scale * (through - through.mean(0) - normed * (through * normed).mean(0))
    return {"0.weight": through.T @ x, "1.weight": (inner * normed).sum(0), "1.bias": inner.sum(0),
            "3.weight": back.T @ hidden, "3.bias": back.sum(0)}  # fmt: skip


def wanted_state(x, labels, batch_size, values, name, options):
    """The weights and running statistics after two passes."""
    w = {key: value.astype("float64") for key, value in values.items()}
    mean, var = np.zeros(len(w["1.weight"])), np.ones(len(w["1.weight"]))
    first = {key: np.zeros_like(value) for key, value in w.items()}
    second = {key: np.zeros_like(value) for key, value in w.items()}
    batches = [slice(start, start + batch_size) for start in range(0, len(x), batch_size)]
    for step, batch in enumerate(2 * batches, 1):
        for key, gradient in gradients(w, x[batch].astype("float64"), labels[batch], mean, var).items():
            gradient = gradient + options.get("weight_decay", 0.0) * w[key]
            if name == "Adam":
                first[key] = 0.9 * first[key] + 0.1 * gradient
                second[key] = 0.999 * second[key] + 0.001 * gradient**2
                size = np.sqrt(second[key] / (1 - 0.999**step)) + 1e-8
                w[key] -= options["lr"] * first[key] / (1 - 0.9**step) / size
            else:
                first[key] = options.get("momentum", 0.0) * first[key] + gradient
                w[key] -= options["lr"] * first[key]
    return w | {"1.running_mean": mean, "1.running_var": var}


@pytest.mark.parametrize(
    ("name", "options"),
    [("SGD", {"lr": 0.2, "momentum": 0.9}), ("SGD", {"lr": 0.3, "weight_decay": 0.1}), ("Adam", {"lr": 0.05})],
)
def test_steps(ask, oracle_rng, name, options):
    for _ in range(12):
        inputs, width, classes = (int(n) for n in oracle_rng.integers(2, 7, size=3))
        batch_size = int(oracle_rng.integers(3, 7))
        n = batch_size * int(oracle_rng.integers(1, 6)) + int(oracle_rng.integers(2, batch_size))
        shapes = {"0.weight": (width, inputs), "1.weight": (width,), "1.bias": (width,),
                  "3.weight": (classes, width), "3.bias": (classes,)}  # fmt: skip
        values = {key: oracle_rng.normal(size=shape).astype("float32") for key, shape in shapes.items()}
        x = oracle_rng.normal(size=(n, inputs)).astype("float32")
        labels = oracle_rng.integers(0, classes, size=n)
        state = ask("train", x, labels, batch_size, values, name, options, through=PASSES)
        for key, wanted in wanted_state(x, labels, batch_size, values, name, options).items():
            assert np.abs(state[key] - wanted).max() < 1e-3, key


COUNT = """
import torch
from torch.utils.data import DataLoader, Dataset

class Counted(Dataset):
    def __init__(self, n):
        self.n, self.read = n, []
    def __len__(self):
        return self.n
    def __getitem__(self, i):
        self.read.append(i)
        return torch.full((2,), float(i)), i % 3

def probe(train, n, batch_size, shuffle):
    model, data, steps = torch.nn.Linear(2, 3), Counted(n), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    optimizer.register_step_post_hook(lambda *_: steps.append(len(data.read)))
    train(model, DataLoader(data, batch_size, shuffle=shuffle), optimizer, 3)
    return [sorted(data.read), steps]
"""


@pytest.mark.parametrize("shuffle", [False, True])
def test_every_batch(ask, oracle_rng, shuffle):
    sizes = [(300, 1), (64, 64), (65, 64), (1, 1), *oracle_rng.integers(1, 90, size=(30, 2)).tolist()]
    for n, batch_size in sizes:
        read, steps = ask("train", n, batch_size, shuffle, through=COUNT)
        assert read == list(range(n))
        assert steps == [min(n, first + batch_size) for first in range(0, n, batch_size)]


# Scores pass through as they come; the rate is 0. Some loaders drop the short batch.
FIGURES = """
import torch
from torch.utils.data import DataLoader, TensorDataset

class Through(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.one = torch.nn.Parameter(torch.ones(()))
        self.norm = torch.nn.BatchNorm1d(1, affine=False)
        self.drop = torch.nn.Dropout(0.9)
    def forward(self, x):
        if LOOKING:
            return self.drop(self.norm(x.reshape(-1, 1)).view_as(x)) * self.one
        return x * self.one

def probe(function, scores, labels, batch_size, drop_last):
    model = Through()
    if LOOKING:
        model.norm.running_var.fill_(4.0)
        model.norm.eps = 0.0
    loader = DataLoader(TensorDataset(scores, labels), batch_size, drop_last=drop_last)
    rest = () if LOOKING else (torch.optim.SGD(model.parameters(), lr=0.0), 2)
    return function(model, loader, *rest)
"""


def figures(scores, labels):
    """Sample by sample: how unlikely its own class was, and whether it was the likeliest."""
    loss = [np.log(np.exp(row - row[label]).sum()) for row, label in zip(scores.astype("float64"), labels, strict=True)]
    return {"loss": float(np.mean(loss)), "accuracy": float(np.mean(scores.argmax(1) == labels))}


def drawn(rng):
    for number in range(60):
        batch_size, classes = int(rng.integers(1, 9)), int(rng.integers(2, 8))
        n = int(rng.integers(batch_size, 30))
        scores = (3 * rng.normal(size=(n, classes))).astype("float32")
        seen = n // batch_size * batch_size if number % 4 == 3 else n
        yield scores, rng.integers(0, classes, size=n), batch_size, number % 4 == 3, seen


def test_figures(ask, oracle_rng):
    for scores, labels, batch_size, drop_last, seen in drawn(oracle_rng):
        answer = ask("train", scores, labels, batch_size, drop_last, through="LOOKING = False\n" + FIGURES)
        said = ask.same(answer, figures(scores[:seen], labels[:seen]), 1e-4)
        assert not said, said


def test_evaluation(ask, oracle_rng):
    """The norm halves what arrives, by its running variance of 4; nothing is dropped."""
    for scores, labels, batch_size, drop_last, seen in drawn(oracle_rng):
        answer = ask("test", scores, labels, batch_size, drop_last, through="LOOKING = True\n" + FIGURES)
        said = ask.same(answer, figures(scores[:seen] / 2, labels[:seen]), 1e-4)
        assert not said, said


CHANGED = """
import torch
from torch.utils.data import DataLoader, TensorDataset

def probe(test, n, batch_size, training):
    recorded = []
    layers = [torch.nn.Flatten(), torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5), torch.nn.Linear(5, 3)]
    model = torch.nn.Sequential(*layers)
    model.register_forward_hook(lambda *_: recorded.append(torch.is_grad_enabled()))
    model.train(training)
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    test(model, DataLoader(TensorDataset(torch.randn(n, 2, 2), torch.arange(n) % 3), batch_size))
    same = all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    grads = all(p.grad is not None and bool((p.grad == 1).all()) and p.requires_grad for p in model.parameters())
    after = [same, grads, torch.is_grad_enabled(), {part.training for part in model.modules()} == {training}]
    torch.set_grad_enabled(True)
    return [after, any(recorded)]
"""


@pytest.mark.parametrize("training", [True, False])
def test_untouched(ask, oracle_rng, training):
    """Also of a model that comes in evaluation mode: it must not be sent back to training."""
    for n, batch_size in oracle_rng.integers(2, 20, size=(10, 2)).tolist():
        after, recorded = ask("test", n, batch_size, training, through=CHANGED)
        assert after == [True] * 4
        assert not recorded
