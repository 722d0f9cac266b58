"""What f-overfit asks, in code that you may read: `dlgrade check f-overfit` runs these on your functions.

Data sets and networks are made beside your functions; steps are counted there by a hook on all optimisers.
"""

import math

import numpy as np

PICK = """
class Items:
    def __init__(self, images, labels):
        self.images, self.labels, self.read = images, labels, []

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        if not 0 <= i < len(self.labels):
            raise IndexError(f"there is no item {i} in a set of {len(self.labels)}")
        self.read.append(int(i))
        return self.images[i].clone(), self.labels[i]

def probe(function, images, labels, classes):
    items = Items(images, labels)
    picked = function(items, classes)
    return [picked, items.read]
"""

TRAIN = """
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

def built(kind, size, classes):
    hidden = nn.Linear(size, 48)
    if kind == "dead":
        nn.init.constant_(hidden.bias, -100.0)
    last = nn.Linear(48, classes, bias=kind != "dead")
    extra = {"dropout": [nn.Dropout(0.4)]}.get(kind, [])
    after = {"softmax": [nn.Softmax(1)]}.get(kind, [])
    return nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), *extra, last, *after)

def probe(function, kind, images, labels, most, again):
    torch.manual_seed(15)
    model = built(kind, images[0].numel(), int(labels.max()) + 1)
    made = [0]
    hook = register_optimizer_step_post_hook(lambda *_: made.__setitem__(0, made[0] + 1))
    try:
        report = function(model, images, labels, most)
        first = made[0]
        made[0] = 0
        if again:
            function(model, images, labels, most)
    finally:
        hook.remove()
    model.eval()
    with torch.no_grad():
        logits = model(images)
        loss = nn.functional.cross_entropy(logits, labels).item()
        right = (logits.argmax(1) == labels).double().mean().item()
    return {"report": report, "steps": first, "loss": loss, "accuracy": right, "again": made[0]}
"""

RNG = np.random.default_rng(15)


def instead(picked, images):
    """Which items were picked, where that can be seen."""
    if not isinstance(picked, np.ndarray) or not picked.ndim:
        return ""
    places = [i for one in picked for i, image in enumerate(images) if np.array_equal(one, image)]
    return f"; items {places} were picked" if len(places) == len(picked) else ""


def test_pick(ask):
    for classes, labels in (
        (3, [1, 1, 0, 1, 2, 0, 2]),
        (4, [3, 2, 1, 0, 0, 1, 2, 3]),
        (2, [0, 0, 0, 0, 1, 0]),
    ):
        images = RNG.normal(size=(len(labels), 1, 2, 2)).astype("float32")
        picked, read = ask("pick", images, labels, classes, through=PICK)
        first = [labels.index(label) for label in range(classes)]
        said = f"labels {labels}, {classes} classes: items {first} are to be picked"
        pair = isinstance(picked, list) and len(picked) == 2
        assert pair, f"{said}; return a pair of images and labels"
        wrong = ask.same(picked[1], np.arange(classes))
        assert not wrong, f"{said}; the labels: {wrong}"
        wrong = ask.same(picked[0], images[first])
        assert not wrong, f"{said}; the images: {wrong}{instead(picked[0], images)}"
        assert read, f"{said}; it reads no item"
        assert len(read) == len({*read}), f"{said}; item {max(read, key=read.count)} is read more than once"
        assert max(read) == max(first), f"{said}; it reads on to item {max(read)}, though all were there before"
    raised = ask.raised("pick", images, [0, 0, 2, 2, 0, 2], 3, through=PICK)
    said = "labels [0, 0, 2, 2, 0, 2], 3 classes: class 1 is missing, so a ValueError is wanted"
    assert raised == "ValueError", f"{said}; it {f'raises {raised}' if raised else 'returns an answer'}"


IMAGES = RNG.normal(size=(10, 1, 8, 8)).astype("float32")


def test_overfits(ask):
    for kind in ("plain", "dropout"):
        seen = ask("overfit", kind, IMAGES, np.arange(10), 200, True, through=TRAIN)
        said = f"a {kind} network of 64, 48 and 10 units, 10 images"
        assert seen["accuracy"] == 1, f"{said}: {10 * seen['accuracy']:.0f} of 10 are right after {seen['steps']} steps"
        assert seen["loss"] < 0.01, f"{said}: the loss is {seen['loss']:.3g} after {seen['steps']} steps, wanted < 0.01"
        assert seen["steps"] <= 200, f"{said}: {seen['steps']} steps were made, wanted 200 at most"
        assert seen["steps"] > 0, f"{said}: no step of an optimiser of torch.optim was seen"
        assert seen["again"] == 0, f"{said}, called again: {seen['again']} steps, though it knows the batch already"


def test_honest(ask):
    for kind, most in (("plain", 200), ("dropout", 200), ("plain", 3), ("dead", 20), ("softmax", 60)):
        seen = ask("overfit", kind, IMAGES, np.arange(10), most, False, through=TRAIN)
        report, said = seen["report"], f"a {kind} network, most_steps {most}"
        keys = ["accuracy", "learned", "loss", "steps"]
        assert isinstance(report, dict), f"{said}: it reports {report!r}, wanted a dict"
        assert sorted(report) == keys, f"{said}: it reports {sorted(report)}, wanted {keys}"
        wrong = ask.same(report["steps"], seen["steps"])
        assert not wrong, f"{said}: {seen['steps']} steps were made; the report's number is another: {wrong}"
        wrong = ask.same(report["loss"], seen["loss"], 1e-4)
        assert not wrong, f"{said}: its loss is now {seen['loss']:.4g}; the report's is another: {wrong}"
        wrong = ask.same(report["accuracy"], seen["accuracy"], 1e-6)
        assert not wrong, f"{said}: its accuracy is now {seen['accuracy']:.4g}; the report's is another: {wrong}"
        known = seen["loss"] < 0.01 and seen["accuracy"] == 1
        wrong = ask.same(report["learned"], known)
        assert not wrong, f"{said}: learned should be {known}; {wrong}"
        assert seen["steps"] <= most, f"{said}: {seen['steps']} steps were made"


SOUND = {
    "classes": 10, "losses": [2.31, 0.88, 0.11, 0.0093], "outputs_sum_to_one": False, "zeros": 0.52,
    "gradients": [0.004, 0.006], "moved": [0.21, 0.35], "accuracy": 1.0, "fresh": 0.47,
}  # fmt: skip

EXAMPLES = [
    ("learned", {}),
    ("exploded", {"losses": [2.31, 4.8, 11.0, 57.0]}),
    ("exploded", {"losses": [2.31, 190.0, math.nan, math.nan], "zeros": 1.0, "gradients": [math.nan, math.nan]}),
    ("softmax", {"losses": [2.30, 1.52, 1.47, 1.462], "outputs_sum_to_one": True}),
    ("dead", {"losses": [2.32, 2.31, 2.30, 2.30], "zeros": 1.0, "gradients": [0.0, 0.02], "moved": [0.0, 0.1]}),
    ("no_gradient", {"losses": [2.31, 2.31], "gradients": [0.0, 0.0], "moved": [0.0, 0.0], "accuracy": 0.1}),
    ("no_step", {"losses": [2.31, 2.31, 2.31], "gradients": [0.3, 0.8], "moved": [0.0, 0.0], "accuracy": 0.1}),
    ("frozen", {"losses": [2.31, 1.2, 0.6], "gradients": [0.0, 0.3], "moved": [0.0, 0.4], "accuracy": 0.9}),
    ("labels", {"fresh": 0.11}),
    ("slow", {"losses": [2.31, 2.2, 2.1], "moved": [0.00001, 0.02], "accuracy": 0.3, "fresh": 0.2}),
    ("slow", {"losses": [0.71, 0.66], "classes": 2, "accuracy": 0.8, "fresh": 0.6}),
]


def test_diagnose(ask):
    for wanted, other in EXAMPLES:
        answer = ask("diagnose", {**SOUND, **other})
        told = ", ".join(f"{key} {value}" for key, value in {**SOUND, **other}.items())
        assert answer == wanted, f"diagnose answers {answer!r}, wanted {wanted!r}: {told}"
