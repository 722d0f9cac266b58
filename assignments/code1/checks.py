"""What code1 asks, in code that you may read: `dlgrade check code1` runs these on your functions and your network.

Your functions get images, data sets and small models made by the pieces of code in capitals, which run beside them.
"""

import math

import numpy as np
import torch
from hypothesis import strategies as st

from dlgrade import data
from dlgrade.student import MODEL, Optimizer, Supply


def training_images(assignment, count):
    """The first of your training images, uint8 (count, 28, 28)."""
    images = data.load(assignment.data).train.images[:count]
    return 255 - images if assignment.images.inverted else images


# -- transforms --------------------------------------------------------------------------------------------------------

TRANSFORMED = """
import torch
from PIL import Image

def probe(make_transform, pixels):
    transform = make_transform()
    made = [transform(Image.fromarray(one.numpy())) for one in pixels]
    other = [one for one in made if not isinstance(one, torch.Tensor) or one.shape != made[0].shape]
    return f"a {type(other[0]).__name__}" if other else torch.stack(made)
"""


def transformed(ask, name, pixels):
    made = ask(name, pixels, through=TRANSFORMED)
    assert not isinstance(made, str), f"{name}: of an image it makes {made}; all should be tensors of one shape"
    return made


def test_tensors(ask, assignment):
    pixels = training_images(assignment, 3)
    for name in ("train_transform", "test_transform"):
        made = transformed(ask, name, pixels)
        shape, kind = tuple(made.shape[1:]), made.dtype.name
        assert shape == (1, 28, 28), f"{name}: of an image it makes a tensor {shape}, wanted (1, 28, 28)"
        assert kind == "float32", f"{name}: of an image it makes a {kind} tensor, wanted float32"


def test_normalised(ask, assignment):
    pixels = training_images(assignment, 2_000)
    made = transformed(ask, "train_transform", pixels).astype("float64")
    mean, std = made.mean(), made.std()
    found = f"2,000 of your training images have mean {mean:.3f} and deviation {std:.3f} behind train_transform"
    assert max(abs(mean), abs(std - 1)) <= 0.02, f"{found}; wanted 0 and 1, each within 0.02"


def test_same_for_test(ask, assignment):
    pixels = training_images(assignment, 20)
    made = transformed(ask, "train_transform", pixels)
    for _ in range(2):
        other = transformed(ask, "test_transform", pixels)
        assert other.shape == made.shape, "the two transforms make tensors of different shapes"
        apart = float(np.abs(other.astype("float64") - made).max())
        assert apart <= 1e-3, f"a pixel of one image differs by {apart:.3f} between train_transform and test_transform"


# -- loaders -----------------------------------------------------------------------------------------------------------

LOADED = """
import torch
from torch.utils.data import Dataset

class Numbered(Dataset):
    def __init__(self, n, first):
        self.n, self.first = n, first
    def __len__(self):
        return self.n
    def __getitem__(self, i):
        return torch.full((1, 2, 2), float(self.first + i)), self.first + i

def probe(make_loaders, n, m, *batch_size):
    train_loader, test_loader = make_loaders(Numbered(n, 0), Numbered(m, 1000), *batch_size)
    passes = []
    for loader in (train_loader, test_loader):
        loader.num_workers = 0
        passes.append([[labels.tolist() for _, labels in loader] for _ in range(3)])
    return passes
"""


def test_batches(ask, assignment):
    drawn = assignment.variant["batch_size"]
    for n, m, given in ((10, 7, [4]), (9, 6, [3]), (2 * drawn + 5, drawn + 1, [])):
        size = given[0] if given else drawn
        how = f"in batches of {size}" if given else "without a batch size"
        for which, count, first, passes in zip(
            ("training", "test"), (n, m), (0, 1000), ask("make_loaders", n, m, *given, through=LOADED), strict=True
        ):
            wanted = [min(size, count - start) for start in range(0, count, size)]
            for batches in passes:
                sizes = [len(batch) for batch in batches]
                assert sizes == wanted, f"{which} loader, {count} items {how}: batches of {sizes}, wanted {wanted}"
                seen = sorted(number for batch in batches for number in batch)
                again = f"{which} loader, {count} items {how}: in one pass it does not give each item of its set once"
                assert seen == list(range(first, first + count)), again


def test_order(ask):
    training, test = ask("make_loaders", 60, 50, 16, through=LOADED)
    first, second, third = ([number for batch in batches for number in batch] for batches in training)
    assert first != sorted(first), "the training loader gives its items in the order of the set"
    assert first != second != third, "the training loader gives each pass in the same order"
    for batches in test:
        order = [number for batch in batches for number in batch]
        assert order == sorted(order), "the test loader does not keep the order of its set"


# -- the network -------------------------------------------------------------------------------------------------------


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def test_field(network):
    fields = [one.field or 0 for one in network.operations if one.kind == "convolution"]
    seen = max(fields, default=0)
    whole = network.dense_read() is not None or seen >= network.input_shape[-1]
    assert whole, f"one position of the last maps sees {seen} of 28 pixels, and no layer reads the map as a whole"


COUNTED = """
import torch
from torch import nn

def tied():
    model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 2, bias=False))
    model[1].weight = model[0].weight
    return model

def probe(count_parameters, kind, name):
    norm = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    return count_parameters({"norm": lambda: norm, "tied": tied}.get(kind, count_parameters.__globals__.get(name))())
"""


def test_count(ask, network):
    table = [
        ("norm", 48, "a convolution (36 weights, 4 biases) with a batch norm (4 scales, 4 shifts)"),
        ("tied", 60, "two 6x6 layers that share their weights (36, and 6 + 6 biases) and a third (12)"),
        ("own", int(network.parameter_count), f"your {network.name}"),
    ]
    for kind, right, what in table:
        said = ask.same(ask("count_parameters", kind, network.name, through=COUNTED), right)
        assert not said, f"{what} has {right:,} parameters; count_parameters: {said}"


# -- the two loops -----------------------------------------------------------------------------------------------------

# Two passes of a linear model from W = 0, by SGD with momentum; before each the model is put into evaluation mode.
STEPS = """
import torch
from torch.utils.data import DataLoader, TensorDataset

class Linear(torch.nn.Module):
    def __init__(self, classes, inputs):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(classes, inputs))
        self.modes = set()
    def forward(self, x):
        self.modes.add(self.training)
        return torch.log_softmax(x @ self.weight.T, 1)

def probe(train, x, labels, batch_size, momentum):
    model = Linear(3, x.shape[1])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=momentum)
    loader = DataLoader(TensorDataset(x, labels), batch_size)
    for epoch in (1, 2):
        train(model.eval(), loader, optimizer, epoch)
    return {"weights": model.weight, "in training mode": model.modes == {True}}
"""


def gradient(w, x, labels):
    """Of the mean cross-entropy of a batch: (softmax - one-hot) times the input, averaged."""
    scores = x @ w.T
    share = np.exp(scores - scores.max(1, keepdims=True))
    share /= share.sum(1, keepdims=True)
    return (share - np.eye(len(w))[labels]).T @ x / len(x)


def descended(x, labels, batch_size, momentum, keep=False, late=False, whole=False):
    w, held, velocity = (np.zeros((3, x.shape[1])) for _ in range(3))
    stop = len(x) // batch_size * batch_size if whole else len(x)
    for first in 2 * list(range(0, stop, batch_size)):
        batch = slice(first, min(first + batch_size, stop))
        now = gradient(w, x[batch].astype("float64"), labels[batch])
        velocity = momentum * velocity + (held if late else held + now if keep else now)
        w, held = w - 0.1 * velocity, held + now if keep else now
    return {"weights": w.astype("float32"), "in training mode": True}


BELIEFS_ON_STEPS = {
    "zero-grad-optional": lambda **case: descended(**case, keep=True),
    "step-before-backward": lambda **case: descended(**case, late=True),
    "last-batch-left-out": lambda **case: descended(**case, whole=True),
}


@st.composite
def small_sets(draw):
    n, inputs = draw(st.integers(1, 7)), draw(st.integers(1, 3))
    numbers = st.lists(st.integers(-3, 3), min_size=inputs, max_size=inputs)
    return {
        "x": np.array(draw(st.lists(numbers, min_size=n, max_size=n)), "float32"),
        "labels": np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))),
        "batch_size": draw(st.integers(1, 4)),
        "momentum": draw(st.sampled_from([0.0, 0.5])),
    }


def test_steps(ask):
    ask.agrees(
        "train", descended, small_sets(), through=STEPS, beliefs=BELIEFS_ON_STEPS, tolerance=1e-4, may_change=True
    )


# The model answers what the data say: right by a margin of 2, or wrong by it. It drops nearly all while it is tested in
# training mode; the learning rate is 0.
FIGURES = """
import torch
from torch.utils.data import DataLoader, TensorDataset

class Answers(torch.nn.Module):
    def __init__(self, drops):
        super().__init__()
        self.weight, self.drops = torch.nn.Parameter(torch.ones(1)), drops
    def forward(self, x):
        return torch.log_softmax(torch.dropout(x * self.weight, 0.999 * self.drops, self.training), 1)

def probe(function, name, right, batch_size):
    labels = torch.arange(len(right)) % 3
    x = torch.zeros(len(right), 3)
    x[torch.arange(len(right)), labels] = torch.tensor([2.0 if it else -2.0 for it in right])
    model = Answers(drops=name == "test")
    loader = DataLoader(TensorDataset(x, labels), batch_size)
    rest = (torch.optim.SGD(model.parameters(), lr=0.0), 1) if name == "train" else ()
    return function(model, loader, *rest)
"""
LOSS = {True: math.log(1 + 2 * math.exp(-2)), False: math.log(1 + 2 * math.exp(2))}


def mean_of(right):
    return {"loss": sum(LOSS[it] for it in right) / len(right), "accuracy": sum(right) / len(right)}


def over_all(name, right, batch_size):
    return mean_of(right)


def of_batches(name, right, batch_size):
    parts = [mean_of(right[i : i + batch_size]) for i in range(0, len(right), batch_size)]
    return {key: sum(part[key] for part in parts) / len(parts) for key in ("loss", "accuracy")}


def of_full_batches(name, right, batch_size):
    return mean_of(right[: len(right) // batch_size * batch_size])


def test_figures(ask):
    beliefs = {"mean-of-means": of_batches, "last-batch-left-out": of_full_batches}
    for name in ("train", "test"):
        cases = {"name": st.just(name), "right": st.lists(st.booleans(), min_size=1, max_size=9),
                 "batch_size": st.integers(1, 4)}  # fmt: skip
        ask.agrees(name, over_all, cases, through=FIGURES, beliefs=beliefs, tolerance=1e-5, draws=60)


# What a test pass changes in a model with batch norm and dropout.
CHANGED = """
import torch
from torch.utils.data import DataLoader, TensorDataset

class Seen(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.graph, self.modes = False, set()
    def forward(self, x):
        self.graph = self.graph or torch.is_grad_enabled()
        self.modes.add(self.training)
        return x

def probe(test, n, batch_size, training):
    torch.manual_seed(0)
    seen = Seen()
    layers = [torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), seen, torch.nn.Linear(4, 2), torch.nn.LogSoftmax(1)]
    model = torch.nn.Sequential(*layers).train(training)
    model[0].weight.grad = torch.ones(4, 3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    test(model, DataLoader(TensorDataset(torch.randn(n, 3), torch.arange(n) % 2), batch_size))
    changed = [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]
    if any(part.training != training for part in model.modules()):
        changed.append("the mode")
    grads = [p.grad for p in model.parameters()]
    if grads[0] is None or not bool((grads[0] == 1).all()) or any(g is not None for g in grads[1:]):
        changed.append("the gradients in .grad")
    if not torch.is_grad_enabled():
        changed.append("torch's switch for gradients, which is off afterwards")
    torch.set_grad_enabled(True)
    return [changed, seen.graph, seen.modes == {False}]
"""


def test_untouched(ask):
    changed, graph, evaluated = ask("test", 6, 3, True, through=CHANGED)
    assert evaluated, "test does not put the model into evaluation mode"
    assert not changed, f"a model that comes in training mode: test changes {', '.join(changed)}"
    assert not graph, "test records a graph for backward, which costs memory and time: use torch.no_grad()"


# -- the network in the loop -------------------------------------------------------------------------------------------


def digits(assignment, count, seed):
    """Training images of all classes, normalised here, and their classes."""
    split = data.balanced(data.load(assignment.data).train, count, seed)
    pixels = torch.from_numpy(split.images).float().unsqueeze(1)
    light = (pixels - pixels.mean()) / pixels.std()
    return (-light if assignment.images.inverted else light), torch.from_numpy(split.labels)


def passes(student, assignment, x, labels, size, count):
    """Calls your train for `count` passes over x in batches of `size`; yields after each."""
    student.place({})  # from the initial weights
    training = assignment.training
    optimizer = Optimizer(training.optimizer, {"lr": training.lr})
    order = torch.Generator().manual_seed(1)

    def one_pass(_):
        return ((x[part], labels[part]) for part in torch.randperm(len(x), generator=order).split(size))

    for epoch in range(1, count + 1):
        supply = Supply(one_pass, samples=len(x), batch_size=size, most=len(x))
        student.run(assignment.loop, MODEL, supply, optimizer, epoch, supplies=[supply], seconds=600)
        yield epoch


def answers(student, network, x):
    """What the network answers in evaluation mode with the weights that it has now; it is rebuilt here for that."""
    rebuilt = network.module().eval()
    for held, value in zip(rebuilt.tensors(), student.weights(network.graph), strict=True):
        held.detach().copy_(value)
    with torch.no_grad():
        return torch.log_softmax(torch.cat([rebuilt(part) for part in x.split(60)]), 1)


def test_by_heart(student, network, assignment):
    x, labels = digits(assignment, 10, seed=1)
    right = 0
    for step in passes(student, assignment, x, labels, 10, 60):
        if step % 15 == 0:
            right = int((answers(student, network, x).argmax(1) == labels).sum())
            if right == 10:
                break
    assert right == 10, f"after {step} steps with your train it has {right} of 10 images right, wanted all 10"


def test_short_run(student, network, assignment):
    """How long the flat beginning lasts hangs on the first weights, so the passes end when the mark is reached."""
    x, labels = digits(assignment, 240, seed=2)
    others, right = digits(assignment, 240, seed=3)
    loss, share = math.inf, 0.0
    for _ in passes(student, assignment, x, labels, assignment.training.batch_size, assignment.budget.epochs):
        known = answers(student, network, others)
        loss = float(torch.nn.functional.nll_loss(known, right))
        share = float((known.argmax(1) == right).float().mean())
        if loss <= 1.9:
            break
    assert loss <= 1.9, f"the loss on 240 other images is {loss:.2f} ({share:.0%} right), wanted at most 1.90"
