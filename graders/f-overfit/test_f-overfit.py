"""Hidden graders of f-overfit: drawn data sets, other networks and batches, facts drawn for each illness."""

import math

import numpy as np
import pytest

PICK = """
class Items:
    def __init__(self, images, labels):
        self.images, self.labels, self.read = images, labels, []

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        if not 0 <= i < len(self.labels):
            raise IndexError(i)
        self.read.append(int(i))
        return self.images[i].clone(), self.labels[i]

def probe(function, images, labels, classes):
    items = Items(images, labels)
    images, labels = function(items, classes)
    return [images, labels, items.read, str(labels.dtype)]
"""

TRAIN = """
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

def built(kind, shape, classes):
    channels, height, width = shape
    if kind == "convolution":
        return nn.Sequential(
            nn.Conv2d(channels, 12, 3, bias=False), nn.BatchNorm2d(12), nn.ReLU(), nn.Conv2d(12, 16, 3), nn.ReLU(),
            nn.Flatten(), nn.Linear(16 * (height - 4) * (width - 4), classes),
        )
    size = channels * height * width
    if kind == "zero":
        last = nn.Linear(size, classes, bias=False)
        nn.init.zeros_(last.weight)
        return nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Hardtanh(0.0, 1e-9), last)
    layers = [nn.Flatten(), nn.Linear(size, 64), nn.Tanh()]
    if kind == "dropout":
        layers += [nn.Dropout(0.5)]
    layers += [nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, classes)]
    if kind == "probabilities":
        layers += [nn.Softmax(1)]
    return nn.Sequential(*layers)

def probe(function, kind, images, labels, most, seed):
    torch.manual_seed(seed)
    model = built(kind, images.shape[1:], int(labels.max()) + 1)
    made = [0]
    hook = register_optimizer_step_post_hook(lambda *_: made.__setitem__(0, made[0] + 1))
    try:
        report = function(model, images, labels, *([] if most == 200 else [most]))
        first = made[0]
        model.eval()
        with torch.no_grad():
            logits = model(images)
        loss = nn.functional.cross_entropy(logits, labels).item()
        right = (logits.argmax(1) == labels).double().mean().item()
        made[0] = 0
        if loss < 0.009 and right == 1:
            function(model, images, labels, 50)
    finally:
        hook.remove()
    return [report, first, loss, right, made[0]]
"""


@pytest.mark.parametrize("classes", [2, 3, 10, 25])
def test_pick(ask, classes, oracle_rng):
    for _ in range(8):
        n = int(oracle_rng.integers(classes, 8 * classes))
        labels = oracle_rng.permutation([*range(classes), *oracle_rng.integers(0, classes, n - classes)]).tolist()
        images = oracle_rng.normal(size=(n, 2, 3, 2)).astype("float32")
        picked, answer, read, kind = ask("pick", images, labels, classes, through=PICK)
        first = np.unique(labels, return_index=True)[1]
        assert not ask.same(picked, images[first])
        assert not ask.same(answer, np.arange(classes))
        assert kind == "torch.int64"
        assert sorted(read) == [*range(first.max() + 1)]
        missing = int(oracle_rng.integers(classes))
        without = [label if label != missing else (missing + 1) % classes for label in labels]
        assert ask.raised("pick", images, without, classes, through=PICK) == "ValueError"


BATCHES = [("plain", 10, (1, 8, 8)), ("convolution", 10, (1, 9, 9)), ("convolution", 4, (3, 7, 8)),
           ("dropout", 5, (1, 10, 10)), ("plain", 20, (2, 8, 8))]  # fmt: skip


def trained(ask, rng, kind, classes, shape, most=200):
    images = rng.normal(size=(classes, *shape)).astype("float32")
    seed = int(rng.integers(1, 2**31))
    return ask("overfit", kind, images, rng.permutation(classes), most, seed, through=TRAIN)


def test_overfits(ask, oracle_rng):
    for kind, classes, shape in BATCHES:
        _, steps, loss, right, again = trained(ask, oracle_rng, kind, classes, shape)
        assert right == 1
        assert loss < 0.01
        assert 0 < steps <= 200
        assert again == 0


def test_honest(ask, oracle_rng):
    cases = [(*batch, 200) for batch in BATCHES] + [(*batch, most) for batch in BATCHES[:4] for most in (0, 1, 7)]
    cases += [("zero", 10, (1, 6, 6), 30), ("probabilities", 6, (1, 6, 6), 90), ("dropout", 12, (1, 6, 6), 11)]
    for kind, classes, shape, most in cases:
        report, steps, loss, right, _ = trained(ask, oracle_rng, kind, classes, shape, most)
        wanted = {"steps": steps, "loss": loss, "accuracy": right, "learned": loss < 0.01 and right == 1}
        assert not ask.same(report, wanted, 1e-4)
        assert steps <= most


def drawn(illness, rng):
    """Facts of a network that has this illness, with what it brings along."""
    u = rng.uniform
    classes, depth, n = int(rng.integers(2, 40)), int(rng.integers(2, 9)), int(rng.integers(2, 12))
    start = math.log(classes) * u(0.95, 1.1)
    facts = {
        "classes": classes,
        "losses": [start, *np.sort(u(0.02, 0.95, n))[::-1] * start],
        "outputs_sum_to_one": False,
        "zeros": u(0.1, 0.9),
        "gradients": np.exp(rng.normal(-2, 2, depth)).tolist(),
        "moved": np.exp(rng.normal(-3, 2, depth)).tolist(),
        "accuracy": u(0.2, 0.98),
        "fresh": u(0, 1),
    }
    learned = {"accuracy": 1.0, "fresh": u(1.6 / classes, 1.0)}
    if illness in {"learned", "labels"}:
        facts |= learned
        facts["losses"].append(u(1e-6, 0.0099))
    if illness == "labels":
        facts["fresh"] = u(0.2, 1.49) / classes
        facts["accuracy"] = rng.choice([0.99, 0.995, 1.0])
    if illness == "slow":
        facts["losses"].append(u(0.011, start))
        facts["moved"][0] = 1e-9
        if rng.random() < 0.5:
            facts |= learned
    if illness == "frozen":
        for place in rng.choice(depth, int(rng.integers(1, depth)), replace=False):
            facts["moved"][place] = 0.0
            if rng.random() < 0.5:
                facts["gradients"][place] = 0.0
        if not any(facts["gradients"]):
            facts["gradients"][-1] = 0.2
        if rng.random() < 0.5:
            facts["losses"].append(0.004)
            facts |= learned
    if illness in {"no_step", "no_gradient", "dead"}:
        facts["moved"] = [0.0] * depth
        facts["losses"] = [start] * (n + 1)
    if illness == "no_step" and rng.random() < 0.3:
        facts["gradients"][0] = 0.0
    if illness in {"no_gradient", "dead"}:
        facts["gradients"] = [0.0] * depth
    if illness == "dead":
        facts["zeros"] = rng.choice([0.99, 0.997, 1.0])
        if rng.random() < 0.5:
            facts["gradients"][-1], facts["moved"][-1] = 0.01, 0.1
    if illness == "softmax":
        facts["outputs_sum_to_one"] = True
        if rng.random() < 0.4:
            facts["zeros"] = 1.0
        if rng.random() < 0.4:
            facts["moved"][0] = 0.0
    if illness == "exploded":
        facts["losses"].append(rng.choice([math.nan, math.inf, start * u(10.5, 1e6)]))
        if math.isfinite(facts["losses"][-1]) and rng.random() < 0.5:
            facts["losses"][1] = math.nan
        if rng.random() < 0.5:
            facts |= {"zeros": 1.0, "outputs_sum_to_one": bool(rng.random() < 0.5)}
    plain = {key: [float(one) for one in value] if isinstance(value, list) else value for key, value in facts.items()}
    return {key: float(value) if isinstance(value, np.floating) else value for key, value in plain.items()}


ILLNESSES = ["exploded", "softmax", "dead", "no_gradient", "no_step", "frozen", "labels", "learned", "slow"]


@pytest.mark.parametrize("illness", ILLNESSES)
def test_diagnose(ask, illness, oracle_rng):
    for _ in range(30):
        assert ask("diagnose", drawn(illness, oracle_rng)) == illness
