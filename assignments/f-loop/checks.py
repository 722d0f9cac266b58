"""What f-loop asks, in code that you may read: `dlgrade check f-loop` runs these.

Your functions get a small model, a DataLoader and torch.optim.SGD, made by the pieces of code in capitals.
"""

import math

import numpy as np
from hypothesis import strategies as st

# One pass of a linear model (scores = x W^T, from W = 0), which comes in evaluation mode: the weights after it.
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
        return x @ self.weight.T

def probe(train, x, labels, lr, batch_size):
    model = Linear(2, x.shape[1]).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    train(model, DataLoader(TensorDataset(x, labels), batch_size), optimizer, 1)
    return {"weights": model.weight, "in training mode": model.modes == {True}}
"""


def gradient(w, x, labels):
    """Of the mean cross-entropy of a batch: (softmax - one-hot) times the input, averaged."""
    scores = x @ w.T
    share = np.exp(scores - scores.max(1, keepdims=True))
    share /= share.sum(1, keepdims=True)
    return (share - np.eye(len(w))[labels]).T @ x / len(x)


def descended(x, labels, lr, batch_size, keep=False, late=False):
    w, held = np.zeros((2, x.shape[1])), np.zeros((2, x.shape[1]))
    for first in range(0, len(x), batch_size):
        now = gradient(w, x[first : first + batch_size].astype("float64"), labels[first : first + batch_size])
        if late:
            w, held = w - lr * held, now
        else:
            held = held + now if keep else now
            w = w - lr * held
    return {"weights": w.astype("float32"), "in training mode": True}


BELIEFS_ON_STEPS = {
    "zero-grad-optional": lambda **case: descended(**case, keep=True),
    "step-before-backward": lambda **case: descended(**case, late=True),
}


@st.composite
def small_sets(draw):
    n, inputs = draw(st.integers(1, 7)), draw(st.integers(1, 3))
    numbers = st.lists(st.integers(-3, 3), min_size=inputs, max_size=inputs)
    return {
        "x": np.array(draw(st.lists(numbers, min_size=n, max_size=n)), "float32"),
        "labels": np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))),
        "lr": draw(st.sampled_from([0.5, 0.1])),
        "batch_size": draw(st.integers(1, 4)),
    }


def test_steps(ask):
    ask.agrees(
        "train", descended, small_sets(), through=STEPS, beliefs=BELIEFS_ON_STEPS, tolerance=1e-4, may_change=True
    )


# A pass over n samples: which of them were read, and how many steps the optimiser made.
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
        return torch.zeros(3), i % 2

def probe(train, n, batch_size):
    model, data, steps = torch.nn.Linear(3, 2), Counted(n), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.register_step_post_hook(lambda *_: steps.append(len(data.read)))
    train(model, DataLoader(data, batch_size), optimizer, 1)
    return [data.read, len(steps)]
"""


def test_every_batch(ask):
    for n, batch_size in [(8, 4), (7, 3), (10, 4), (3, 5)]:
        read, steps = ask("train", n, batch_size, through=COUNT)
        what = f"{n} samples in batches of {batch_size}"
        missing, twice = sorted({*range(n)} - {*read}), sorted({i for i in read if read.count(i) > 1})
        assert not missing, f"{what}: train never reads the samples {missing}"
        assert not twice, f"{what}: train reads the samples {twice} more than once"
        batches = -(-n // batch_size)
        assert steps == batches, f"{what} are {batches} batches; train makes {steps} steps"


# The model answers what the data say: right by a margin of 2, or wrong by it. The learning rate is 0.
FIGURES = """
import torch
from torch.utils.data import DataLoader, TensorDataset

class Answers(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
    def forward(self, x):
        return x * self.weight

def probe(train, right, batch_size):
    labels = torch.arange(len(right)) % 3
    x = torch.zeros(len(right), 3)
    x[torch.arange(len(right)), labels] = torch.tensor([2.0 if it else -2.0 for it in right])
    model = Answers()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    return train(model, DataLoader(TensorDataset(x, labels), batch_size), optimizer, 1)
"""
LOSS = {True: math.log(1 + 2 * math.exp(-2)), False: math.log(1 + 2 * math.exp(2))}


def mean_of(right):
    return {"loss": sum(LOSS[it] for it in right) / len(right), "accuracy": sum(right) / len(right)}


def over_all(right, batch_size):
    return mean_of(right)


def of_batches(right, batch_size):
    parts = [mean_of(right[i : i + batch_size]) for i in range(0, len(right), batch_size)]
    return {key: sum(part[key] for part in parts) / len(parts) for key in ("loss", "accuracy")}


def of_full_batches(right, batch_size):
    return mean_of(right[: len(right) // batch_size * batch_size])


def test_figures(ask):
    cases = {"right": st.lists(st.booleans(), min_size=1, max_size=9), "batch_size": st.integers(1, 4)}
    beliefs = {"mean-of-means": of_batches, "last-batch-left-out": of_full_batches}
    ask.agrees("train", over_all, cases, through=FIGURES, beliefs=beliefs, tolerance=1e-5)


# As FIGURES, for test; the model has a dropout that drops everything while it trains.
LOOKED_AT = FIGURES.replace("x * self.weight", "torch.dropout(x * self.weight, 0.999, self.training)").replace(
    "DataLoader(TensorDataset(x, labels), batch_size), optimizer, 1)",
    "DataLoader(TensorDataset(x, labels), batch_size))",
)


def test_evaluation(ask):
    for right, batch_size in [([True], 1), ([True, True, False, False], 2), ([True, True, True, False, False], 3)]:
        answer = ask("test", right, batch_size, through=LOOKED_AT)
        wanted = mean_of(right)
        said = ask.same(answer, wanted, 1e-5)
        what = f"{len(right)} samples in batches of {batch_size}, {sum(right)} right"
        figures = f"an accuracy of {wanted['accuracy']:g} and a loss of {wanted['loss']:.4f}"
        assert not said, f"{what}: {figures} in evaluation mode; {said}"


# What a test pass changes in a model with batch norm that comes in training mode.
CHANGED = """
import torch
from torch.utils.data import DataLoader, TensorDataset

class Seen(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.graph = False
    def forward(self, x):
        self.graph = self.graph or torch.is_grad_enabled()
        return x

def probe(test, n, batch_size, training):
    torch.manual_seed(0)
    seen = Seen()
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), seen, torch.nn.Linear(4, 2))
    model.train(training)
    model[0].weight.grad = torch.ones(4, 3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    loader = DataLoader(TensorDataset(torch.randn(n, 3), torch.arange(n) % 2), batch_size)
    test(model, loader)
    changed = [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]
    if any(part.training != training for part in model.modules()):
        changed.append("the mode")
    grads = [p.grad for p in model.parameters()]
    if grads[0] is None or not bool((grads[0] == 1).all()) or any(g is not None for g in grads[1:]):
        changed.append("the gradients in .grad")
    if not torch.is_grad_enabled():
        changed.append("torch's switch for gradients: it is off afterwards")
    torch.set_grad_enabled(True)
    return [changed, seen.graph]
"""


def test_untouched(ask):
    changed, graph = ask("test", 6, 3, True, through=CHANGED)
    assert not changed, f"a model that comes in training mode: test changes {', '.join(changed)}"
    assert not graph, "test records a graph for backward, which costs memory and time: use torch.no_grad()"


def test_learns(training, wanted):
    assert training.final_accuracy >= wanted
