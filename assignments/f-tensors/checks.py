"""What f-tensors asks, in code that you may read: `dlgrade check f-tensors` runs these on your functions.

The numbers are NumPy's. Each criterion looks at one thing only: whoever changes an argument loses `untouched`, and
whoever loops loses `no_loops`, but not the points for right numbers; an axis in the wrong place costs `axes` only.
"""

import numpy as np
from hypothesis import strategies as st

# -- the right numbers -------------------------------------------------------------------------------------------


def moved(x):
    return np.moveaxis(x, 1, -1)


def joined(x):
    return np.stack([image.ravel() for image in x])


def minus_mean(x):
    return x - np.average(x, axis=0)


def one_by_one(a, b):
    return np.array([[np.linalg.norm(one - other) for other in b] for one in a], a.dtype)


def identity_rows(labels, classes):
    return np.eye(classes, dtype="float32")[labels]


def counted(labels, classes):
    return np.array([np.count_nonzero(labels == number) for number in range(classes)])


def kept_mean(x, mask):
    return np.array([row[keep].mean() if keep.any() else 0 for row, keep in zip(x, mask, strict=True)], x.dtype)


def entries(log_p, labels):
    return np.array([row[label] for row, label in zip(log_p, labels, strict=True)], log_p.dtype)


# -- what is drawn -----------------------------------------------------------------------------------------------


def numbers(draw, *shape):
    """Small whole numbers as float32: whoever reads the example can compute it."""
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size)), "float32").reshape(shape)


@st.composite
def images(draw):
    return {"x": numbers(draw, *(draw(st.integers(1, 3)) for _ in range(4)))}


@st.composite
def rows(draw):
    return {"x": numbers(draw, draw(st.integers(1, 4)), draw(st.integers(1, 4)))}


@st.composite
def two_clouds(draw):
    d = draw(st.integers(1, 3))
    return {"a": numbers(draw, draw(st.integers(1, 3)), d), "b": numbers(draw, draw(st.integers(1, 3)), d)}


@st.composite
def labelled(draw):
    classes = draw(st.integers(1, 5))
    return {
        "labels": np.array(draw(st.lists(st.integers(0, classes - 1), min_size=1, max_size=5))),
        "classes": classes,
    }


@st.composite
def masked(draw):
    n, t = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    keep = st.lists(st.booleans(), min_size=t, max_size=t).filter(any)
    return {"x": numbers(draw, n, t), "mask": np.array([draw(keep) for _ in range(n)])}


@st.composite
def scored(draw):
    n, k = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    labels = draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))
    return {"log_p": numbers(draw, n, k), "labels": np.array(labels)}


def test_axes(ask):
    beliefs = {
        "reshape-is-permute": lambda x: x.reshape(x.shape[0], *x.shape[2:], x.shape[1]),
        "transpose-is-permute": lambda x: x.swapaxes(1, 3),
    }
    ask.agrees("channels_last", moved, images(), beliefs=beliefs, draws=60, may_change=True)
    ask.agrees("flat_images", joined, images(), draws=40, may_change=True)
    beliefs = {"wrong-axis": lambda x: x - x.mean(1, keepdims=True)}
    ask.agrees("centred", minus_mean, rows(), beliefs=beliefs, draws=60, may_change=True)


def test_picking(ask):
    square = {"squared-is-distance": lambda a, b: one_by_one(a, b) ** 2}
    ask.agrees("distances", one_by_one, two_clouds(), beliefs=square, draws=60, may_change=True, tolerance=1e-3)
    ask.agrees("one_hot", identity_rows, labelled(), draws=40, may_change=True)
    for labels, classes in [([2, 0, 2], 4), ([0], 1), ([1, 1, 1, 0], 3)]:
        right = counted(np.array(labels), classes)
        said = ask.same(ask("class_counts", np.array(labels), classes, may_change=True), right)
        assert not said, f"class_counts({labels}, {classes}) should be {right.tolist()}, one count per class; {said}"
    whole = {"mask-divides-by-all": lambda x, mask: (x * mask).mean(1)}
    ask.agrees("masked_mean", kept_mean, masked(), beliefs=whole, draws=60, may_change=True)
    ask.agrees("pick", entries, scored(), draws=40, may_change=True)
    logits = np.array([[0, 3, 1], [5, 2, 2]], "float32")
    said = ask.same(ask("top_class", logits, may_change=True), np.array([1, 0]))
    assert not said, f"top_class([[0, 3, 1], [5, 2, 2]]) should be [1, 0]: one class number per row; {said}"


# -- number types, untouched arguments, no rows, no loops --------------------------------------------------------


def examples(n=3, wide=4, kind="float32"):
    """Arguments of each function for `n` rows, and the shape and number type that should come out."""
    x = np.arange(n * 2 * wide * wide, dtype=kind).reshape(n, 2, wide, wide) % 7
    table = np.arange(n * wide, dtype=kind).reshape(n, wide) % 5
    mask = np.arange(n * wide).reshape(n, wide) % 3 > 0
    labels = (wide - 1 - np.arange(n)) % wide
    byte = (np.arange(n * wide * wide) % 256).astype("uint8").reshape(n, 1, wide, wide)
    return {
        "channels_last": ((x,), (n, wide, wide, 2), kind),
        "flat_images": ((x,), (n, 2 * wide * wide), kind),
        "centred": ((table,), (n, wide), kind),
        "distances": ((table, table[:2]), (n, min(n, 2)), kind),
        "one_hot": ((labels, wide), (n, wide), "float32"),
        "class_counts": ((labels, wide), (wide,), "int64"),
        "masked_mean": ((table, mask), (n,), kind),
        "pick": ((table, labels), (n,), kind),
        "top_class": ((table,), (n,), "int64"),
        "brightness": ((byte, 20), (n, 1, wide, wide), "float32"),
    }


BYTES = [
    (0, 0, 0.0, "0 / 255"),
    (255, 0, 1.0, "255 / 255"),
    (240, 20, 1.0, "240 + 20 is cut to 255; a byte would start again at 4"),
    (10, -20, 0.0, "10 - 20 is cut to 0; a byte would start again at 246"),
    (100, 20, 120 / 255, "(100 + 20) / 255"),
]


def test_number_types(ask):
    for kind in ("float32", "float64"):
        for name, (args, _, wanted) in examples(kind=kind).items():
            answer = ask(name, *args, may_change=True)
            given = " and ".join(arg.dtype.name for arg in args if isinstance(arg, np.ndarray))
            got = getattr(answer, "dtype", type(answer).__name__)
            assert str(got) == wanted, f"{name} of {given} should be {wanted}; it is {got}"
    for byte, by, right, why in BYTES:
        answer = ask("brightness", np.full((1, 1, 1, 1), byte, "uint8"), by, may_change=True)
        said = ask.same(answer, np.full((1, 1, 1, 1), right, "float32"), tolerance=1e-6)
        assert not said, f"brightness of the byte {byte} by {by} should be {right:.6g}: {why}; {said}"


CHANGED = """
import torch

def probe(function, *args):
    before = [arg.clone() if isinstance(arg, torch.Tensor) else arg for arg in args]
    answer = function(*args)
    same = [torch.equal(one, two) for one, two in zip(before, args) if isinstance(one, torch.Tensor)]
    return {"same": same, "shape": list(answer.shape)}
"""


def test_untouched(ask):
    for name, (args, shape, _) in examples().items():
        seen = ask(name, *args, through=CHANGED)
        assert sorted(seen["shape"]) == sorted(shape), (
            f"{name} should give the shape {shape}; it gives {tuple(seen['shape'])}"
        )
        assert all(seen["same"]), f"{name} has changed its argument number {seen['same'].index(False) + 1}"


TRIED = """
def probe(function, *args):
    try:
        return {"answer": function(*args), "error": ""}
    except NotImplementedError:
        raise
    except (RuntimeError, IndexError, ValueError, TypeError, ZeroDivisionError) as error:
        return {"answer": None, "error": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
"""


def test_empty(ask):
    for name, (args, shape, _) in examples(n=0).items():
        given = ", ".join(str(arg.shape) if isinstance(arg, np.ndarray) else str(arg) for arg in args)
        seen = ask(name, *args, through=TRIED)
        assert not seen["error"], f"{name} of the shapes {given} should give the shape {shape}; {seen['error']}"
        got = np.shape(seen["answer"])
        assert sorted(got) == sorted(shape), (
            f"{name} of the shapes {given} should give the shape {shape}; it gives {got}"
        )
    zeros = ask("class_counts", np.zeros(0, "int64"), 3)
    assert not np.any(zeros), f"no labels at all: every class comes 0 times; it is {zeros}"
    x, mask = np.array([[2, 4, 9], [1, 2, 3]], "float32"), np.array([[True, True, False], [False] * 3])
    answer = ask("masked_mean", x, mask, may_change=True)
    last = answer[1] if np.shape(answer) == (2,) else answer
    assert np.all(last == 0), f"the mean of a row of which nothing counts should be 0; it is {last}"


STEPS = """
import os
import sys
import torch
from torch.overrides import TorchFunctionMode

class Counter(TorchFunctionMode):
    calls = 0
    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.calls += 1
        return function(*args, **(kwargs or {}))

def probe(function, *args):
    instructions = 0
    def trace(frame, event, what):
        nonlocal instructions
        file = frame.f_code.co_filename
        if os.path.isabs(file) or file.startswith("<"):
            return None
        frame.f_trace_opcodes = True
        instructions += event == "opcode"
        return trace
    counter = Counter()
    old = sys.gettrace()
    with counter:
        sys.settrace(trace)
        try:
            answer = function(*args)
        finally:
            sys.settrace(old)
    return {"python": instructions, "torch": counter.calls, "shape": list(answer.shape)}
"""


def test_no_loops(ask):
    small, large = examples(n=4, wide=4), examples(n=64, wide=32)
    for name, (args, shape, _) in large.items():
        few, many = ask(name, *small[name][0], through=STEPS), ask(name, *args, through=STEPS)
        assert sorted(many["shape"]) == sorted(shape), (
            f"{name} should give the shape {shape}; it gives {tuple(many['shape'])}"
        )
        for what, said in (("torch", "calls of torch"), ("python", "instructions of Python")):
            assert many[what] <= few[what] + 20, (
                f"{name} takes {few[what]} {said} for 4 rows and {many[what]} for 64: there is a loop in it"
            )
