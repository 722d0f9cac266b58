"""Hidden graders of f-tensors: decimal numbers, more axes and rows, both number types, and no table of the examples.

The oracles are other ones than in the public checks: einsum, sorting and counting by hand.
"""

import numpy as np
from hypothesis import strategies as st

KINDS = ("float32", "float64")


def seeded(make):
    """Cases that a function makes with NumPy's generator: quick to draw, and there is nothing to shrink here."""
    return st.integers(0, 2**40).map(lambda seed: make(np.random.default_rng(seed)))


def sides(rng, count, low=1, high=9):
    return rng.integers(low, high, count).tolist()


def table(rng, *shape):
    return rng.normal(0, 3, shape).astype(KINDS[rng.integers(2)])


def labels(rng, n, classes):
    return rng.integers(0, classes, n)


def with_the_last(rng, n, classes):
    """Labels among which the last class is, so that a count up to the largest label is long enough."""
    found = labels(rng, n, classes)
    found[:1] = classes - 1
    return found


def images(rng):
    return {"x": table(rng, *sides(rng, 4))}


def all_of_each(x):
    return np.array([list(image.flat) for image in x], x.dtype)


def columns_less_mean(x):
    wide = x.astype("float64")
    return (wide - np.einsum("nd->d", wide) / len(x)).astype(x.dtype)


def two_clouds(rng):
    n, m, d = sides(rng, 3, 1, 12)
    a = table(rng, n, d)
    return {"a": a, "b": rng.normal(1, 3, (m, d)).astype(a.dtype)}


def by_pythagoras(a, b):
    found = np.zeros((len(a), len(b)))
    for place in np.ndindex(*found.shape):
        found[place] = sum(float(one - other) ** 2 for one, other in zip(a[place[0]], b[place[1]], strict=True)) ** 0.5
    return found.astype(a.dtype)


def labelled(rng):
    classes = int(rng.integers(1, 15))
    return {"labels": labels(rng, int(rng.integers(1, 30)), classes), "classes": classes}


def marked(labels, classes):
    found = np.zeros((len(labels), classes), "float32")
    found[np.arange(len(labels)), labels] = 1
    return found


def histogram(labels, classes):
    return np.histogram(labels, np.arange(classes + 1) - 0.5)[0]


def masked(rng):
    x = table(rng, *sides(rng, 2, 1, 12))
    mask = rng.random(x.shape) < rng.random()
    mask[np.arange(len(x)), rng.integers(0, x.shape[1], len(x))] = True
    return {"x": x, "mask": mask}


def mean_of_kept(x, mask):
    return np.ma.masked_array(x.astype("float64"), ~mask).mean(1).filled(0).astype(x.dtype)


def scored(rng):
    n, k = sides(rng, 2, 1, 14)
    return {"log_p": -np.abs(table(rng, n, k)), "labels": labels(rng, n, k)}


def diagonal(log_p, labels):
    return log_p[:, labels].diagonal()


def logits(rng):
    return {"logits": table(rng, *sides(rng, 2, 1, 14))}


def last_in_order(logits):
    return np.argsort(logits, axis=1)[:, -1]


def test_axes(ask):
    ask.agrees("channels_last", lambda x: np.einsum("nchw->nhwc", x), seeded(images), may_change=True)
    ask.agrees("flat_images", all_of_each, seeded(images), draws=60, may_change=True)
    matrices = seeded(lambda rng: {"x": table(rng, *sides(rng, 2))})
    ask.agrees("centred", columns_less_mean, matrices, may_change=True, tolerance=1e-4)


def test_picking(ask):
    ask.agrees("distances", by_pythagoras, seeded(two_clouds), may_change=True, tolerance=3e-3)
    ask.agrees("one_hot", marked, seeded(labelled), may_change=True)
    ask.agrees("class_counts", histogram, seeded(labelled), may_change=True)
    ask.agrees("masked_mean", mean_of_kept, seeded(masked), may_change=True, tolerance=1e-4)
    ask.agrees("pick", diagonal, seeded(scored), may_change=True)
    ask.agrees("top_class", last_in_order, seeded(logits), draws=60, may_change=True)
    negative = np.array([[-5, -3, -4]], "float32")
    assert not ask.same(ask("top_class", negative, may_change=True), np.array([1]))


def arguments(rng, n, kind):
    """Arguments of each function for `n` rows, with the shape and the number type of the answer."""
    c, h, w, d, k = sides(rng, 5, 2, 7)
    x, rows = rng.normal(0, 1, (n, c, h, w)).astype(kind), rng.normal(0, 1, (n, d)).astype(kind)
    other, scores = rng.normal(0, 1, (5, d)).astype(kind), rng.normal(0, 1, (n, k)).astype(kind)
    mask, byte = rng.random((n, d)) < 0.5, rng.integers(0, 256, (n, 1, h, w)).astype("uint8")
    return [
        ("channels_last", (x,), (n, h, w, c), kind),
        ("flat_images", (x,), (n, c * h * w), kind),
        ("centred", (rows,), (n, d), kind),
        ("distances", (rows, other), (n, 5), kind),
        ("distances", (other, rows), (5, n), kind),
        ("one_hot", (labels(rng, n, k), k), (n, k), "float32"),
        ("class_counts", (with_the_last(rng, n, k), k), (k,), "int64"),
        ("masked_mean", (rows, mask), (n,), kind),
        ("pick", (scores, labels(rng, n, k)), (n,), kind),
        ("top_class", (scores,), (n,), "int64"),
        ("brightness", (byte, int(rng.integers(-90, 90))), (n, 1, h, w), "float32"),
    ]


def test_number_types(ask, oracle_rng):
    for kind in (*KINDS, *KINDS):
        for name, args, _, wanted in arguments(oracle_rng, int(oracle_rng.integers(1, 9)), kind):
            assert str(getattr(ask(name, *args, may_change=True), "dtype", "none")) == wanted
    for by in (-300, -255, -1, 0, 1, 77, 255, 300):
        bytes_ = oracle_rng.integers(0, 256, (2, 1, 5, 3)).astype("uint8")
        wanted = (np.minimum(np.maximum(bytes_.astype("float64") + by, 0), 255) / 255).astype("float32")
        said = ask.same(ask("brightness", bytes_, by, may_change=True), wanted)
        assert not said, said


CHANGED = """
import torch

def probe(function, *args):
    given = [arg for arg in args if isinstance(arg, torch.Tensor)]
    before = [(tensor.clone(), tensor._version) for tensor in given]
    answer = function(*args)
    same = [torch.equal(old, new) and new._version == then for (old, then), new in zip(before, given)]
    return {"same": all(same), "shape": list(answer.shape)}
"""


def test_untouched(ask, oracle_rng):
    for kind in KINDS:
        for name, args, shape, _ in arguments(oracle_rng, 6, kind):
            seen = ask(name, *args, through=CHANGED)
            assert sorted(seen["shape"]) == sorted(shape)
            assert seen["same"], name


TRIED = """
def probe(function, *args):
    try:
        answer = function(*args)
        return {"shape": list(answer.shape), "answer": answer}
    except NotImplementedError:
        raise
    except (RuntimeError, IndexError, ValueError, TypeError, ZeroDivisionError) as error:
        return {"shape": str(error), "answer": None}
"""


def test_empty(ask, oracle_rng):
    for kind in KINDS:
        for name, args, shape, _ in arguments(oracle_rng, 0, kind):
            assert sorted(ask(name, *args, through=TRIED)["shape"]) == sorted(shape), name
    for _ in range(30):
        x = table(oracle_rng, *sides(oracle_rng, 2))
        mask = oracle_rng.random(x.shape) < 0.2
        mask[0] = False
        answer = ask("masked_mean", x, mask, may_change=True)
        assert np.shape(answer) == (len(x),)
        assert not answer[~mask.any(1)].any()


COUNTED = """
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
    counter, old = Counter(), sys.gettrace()
    with counter:
        sys.settrace(trace)
        try:
            answer = function(*args)
        finally:
            sys.settrace(old)
    return {"steps": instructions + counter.calls, "shape": list(answer.shape)}
"""


def long(rng, n, wide):
    """As `arguments`, with axes that are all long, so that a loop over any of them shows."""
    x, rows = rng.normal(0, 1, (n, wide // 8, wide, 2)).astype("float32"), rng.normal(0, 1, (n, wide)).astype("float32")
    byte, mask = rng.integers(0, 256, (n, 1, wide, 2)).astype("uint8"), rng.random((n, wide)) < 0.5
    return {
        "channels_last": ((x,), (n, wide, 2, wide // 8)),
        "flat_images": ((x,), (n, wide // 4 * wide)),
        "centred": ((rows,), (n, wide)),
        "distances": ((rows, rows[: n // 2]), (n, n // 2)),
        "one_hot": ((labels(rng, n, wide), wide), (n, wide)),
        "class_counts": ((with_the_last(rng, n, wide), wide), (wide,)),
        "masked_mean": ((rows, mask), (n,)),
        "pick": ((rows, labels(rng, n, wide)), (n,)),
        "top_class": ((rows,), (n,)),
        "brightness": ((byte, 20), (n, 1, wide, 2)),
    }


def test_no_loops(ask, oracle_rng):
    few, many = long(oracle_rng, 6, 8), long(oracle_rng, 150, 96)
    for name, (args, shape) in many.items():
        seen = ask(name, *args, through=COUNTED)
        assert sorted(seen["shape"]) == sorted(shape)
        assert seen["steps"] <= ask(name, *few[name][0], through=COUNTED)["steps"] + 40, name
