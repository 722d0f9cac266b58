"""Hidden graders of code1: other images, data sets, models, optimisers and modes."""

from itertools import chain

import numpy as np
import pytest
import torch

from dlgrade import data

SHADES = """
import torch
from PIL import Image

def probe(make_transform, pixels):
    transform = make_transform()
    return torch.stack([torch.as_tensor(transform(Image.fromarray(one.numpy()))) for one in pixels])
"""


def test_normalised(ask, assignment):
    """A shade of grey becomes the same number in whatever image it stands, by the mean and deviation of all images."""
    shares = data.load(assignment.data).train.images.astype("float32") / 255
    mean, std = float(shares.mean()), float(shares.std())
    mean = 1 - mean if assignment.images.inverted else mean
    shades = np.arange(0, 256, 5, dtype="uint8")
    flat = np.broadcast_to(shades[:, None, None], (len(shades), 28, 28))
    stripes = np.broadcast_to(np.arange(28, dtype="uint8")[:, None] * 9, (1, 28, 28))
    for pixels in (flat, stripes):
        made = ask("train_transform", np.ascontiguousarray(pixels), through=SHADES).reshape(pixels.shape)
        assert np.abs(made - (pixels / 255 - mean) / std).max() < 0.03


def test_same_for_test(ask, oracle_rng):
    pixels = oracle_rng.integers(0, 256, size=(40, 28, 28)).astype("uint8")
    one, other = (ask(name, pixels, through=SHADES) for name in ("train_transform", "test_transform"))
    assert np.abs(one - other).max() <= 1e-3


LOADED = """
import torch
from torch.utils.data import TensorDataset

def probe(make_loaders, n, m, *batch_size):
    made = make_loaders(*(TensorDataset(torch.zeros(k, 1), torch.arange(k)) for k in (n, m)), *batch_size)
    passes = []
    for loader in made:
        loader.num_workers = 0
        passes.append([[labels.tolist() for _, labels in loader] for _ in range(2)])
    return passes
"""


def test_batches(ask, oracle_rng):
    for n, m, size in [(5, 3, 8), (1, 1, 1), *oracle_rng.integers(1, 90, size=(12, 3)).tolist()]:
        for count, passes in zip((n, m), ask("make_loaders", n, m, size, through=LOADED), strict=True):
            for batches in passes:
                assert [len(batch) for batch in batches] == [min(size, count - at) for at in range(0, count, size)]
                assert sorted(chain(*batches)) == list(range(count))


def test_order(ask):
    """Shuffled over the whole set, not inside of each batch or block."""
    training, test = ask("make_loaders", 400, 80, 20, through=LOADED)
    first, second = ([*chain(*batches)] for batches in training)
    assert first != second
    for order in (first, second):
        assert np.abs(np.array(order) - np.arange(400)).mean() > 60  # a shuffled set moves an item by 133 on average
    assert [[*chain(*batches)] for batches in test] == [list(range(80))] * 2


COUNTED = """
from torch import nn

class Twice(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = self.again = nn.Conv2d(width, width, 3)
        self.tables = nn.ParameterList([nn.Parameter(self.first.weight.new_zeros(2, k)) for k in (1, width)])
        self.norm = nn.BatchNorm2d(width)
        self.register_buffer("shift", self.first.weight.new_zeros(7))

def probe(count_parameters, width):
    return count_parameters(nn.Sequential(Twice(width), nn.Embedding(width, 3)))
"""


def test_count(ask):
    for width in (1, 4, 9):
        right = 9 * width**2 + width + 2 * (1 + width) + 2 * width + 3 * width
        said = ask.same(ask("count_parameters", width, through=COUNTED), right)
        assert not said, said


# Three passes over a network with a norm, by an optimiser that remembers, a test pass's mode between.
BUILT = """
import torch

def built(values):
    layers = [torch.nn.Flatten(), torch.nn.Linear(8, 5, bias=False), torch.nn.BatchNorm1d(5), torch.nn.Tanh(),
              torch.nn.Linear(5, 4), torch.nn.LogSoftmax(1)]
    model = torch.nn.Sequential(*layers)
    model.load_state_dict(values, strict=False)
    return model

def batches(x, labels, size):
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, labels), size)
"""
PASSES = (
    BUILT
    + """
def probe(train, x, labels, size, values, name, options):
    model = built(values)
    optimizer = getattr(torch.optim, name)(model.parameters(), **options)
    for epoch in (1, 2, 3):
        train(model.eval(), batches(x, labels, size), optimizer, epoch)
    return dict(model.state_dict())
"""
)


@pytest.mark.parametrize(("name", "options"), [("SGD", {"lr": 0.2, "momentum": 0.9}), ("AdamW", {"lr": 0.02})])
def test_steps(ask, oracle_rng, name, options):
    here = {}
    exec(BUILT, here)  # noqa: S102 - the same model here, trained by the five lines
    shapes = {"1.weight": (5, 8), "2.weight": (5,), "4.weight": (4, 5), "4.bias": (4,)}
    for size in (3, 4, 7):
        values = {key: oracle_rng.normal(size=shape).astype("float32") for key, shape in shapes.items()}
        x, labels = oracle_rng.normal(size=(23, 2, 4)).astype("float32"), oracle_rng.integers(0, 4, size=23)
        after = ask("train", x, labels, size, values, name, options, through=PASSES)
        model = here["built"]({key: torch.from_numpy(value) for key, value in values.items()})
        optimizer = getattr(torch.optim, name)(model.parameters(), **options)
        for _ in range(3):
            for batch, classes in here["batches"](torch.from_numpy(x), torch.from_numpy(labels), size):
                optimizer.zero_grad()
                torch.nn.functional.nll_loss(model(batch), classes).backward()
                optimizer.step()
        for key, wanted in model.state_dict().items():
            assert np.abs(after[key] - wanted.numpy()).max() < 1e-3, key


# Log-probabilities pass through as they come; the rate is 0. Some loaders drop the short batch.
FIGURES = """
import torch
from torch.utils.data import DataLoader, TensorDataset

class Through(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.one = torch.nn.Parameter(torch.ones(()))
    def forward(self, x):
        return x * self.one

def probe(function, name, known, labels, batch_size, drop_last):
    model = Through()
    loader = DataLoader(TensorDataset(known, labels), batch_size, drop_last=drop_last)
    rest = (torch.optim.SGD(model.parameters(), lr=0.0), 2) if name == "train" else ()
    return function(model, loader, *rest)
"""


@pytest.mark.parametrize("name", ["train", "test"])
def test_figures(ask, oracle_rng, name):
    for number in range(40):
        batch_size, classes = int(oracle_rng.integers(1, 9)), int(oracle_rng.integers(2, 8))
        n = int(oracle_rng.integers(batch_size, 30))
        scores = 3 * oracle_rng.normal(size=(n, classes))
        known = scores - np.log(np.exp(scores).sum(1, keepdims=True))
        labels = oracle_rng.integers(0, classes, size=n)
        drop_last = number % 4 == 3
        answer = ask(name, name, known.astype("float32"), labels, batch_size, drop_last, through=FIGURES)
        seen = slice(n // batch_size * batch_size if drop_last else n)
        loss = -known[np.arange(n), labels][seen].mean()
        said = ask.same(answer, {"loss": loss, "accuracy": (known.argmax(1) == labels)[seen].mean()}, 1e-4)
        assert not said, said


CHANGED = """
import torch
from torch.utils.data import DataLoader, TensorDataset

def probe(test, n, batch_size, training):
    recorded, modes = [], set()
    layers = [torch.nn.Flatten(), torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5), torch.nn.Linear(5, 3)]
    model = torch.nn.Sequential(*layers, torch.nn.LogSoftmax(1)).train(training)
    model[2].register_forward_hook(lambda *_: recorded.append(torch.is_grad_enabled()))
    model[2].register_forward_pre_hook(lambda norm, *_: modes.add(norm.training))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    test(model, DataLoader(TensorDataset(torch.randn(n, 2, 2), torch.arange(n) % 3), batch_size))
    same = all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    after = [same, torch.is_grad_enabled(), {part.training for part in model.modules()} == {training}]
    torch.set_grad_enabled(True)
    return [after, any(recorded), modes == {False}]
"""


@pytest.mark.parametrize("training", [True, False])
def test_untouched(ask, oracle_rng, training):
    """Also of a model that comes in evaluation mode: it must not be sent back to training."""
    for n, batch_size in oracle_rng.integers(2, 20, size=(6, 2)).tolist():
        after, recorded, evaluated = ask("test", n, batch_size, training, through=CHANGED)
        assert after == [True] * 3
        assert evaluated
        assert not recorded
