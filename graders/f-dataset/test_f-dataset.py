"""Hidden graders of f-dataset: other shapes and limits, large sets with faults far inside, many leaks."""

import numpy as np
import pytest

SET = """
import numpy as np

class Items:
    def __init__(self, pool, places, labels):
        self.pool, self.places, self.labels, self.read = pool, places, labels, []

    def __len__(self):
        return len(self.places)

    def __getitem__(self, i):
        if not 0 <= i < len(self.places):
            raise IndexError(f"there is no item {i} in a set of {len(self.places)}")
        self.read.append(int(i))
        return self.pool[self.places[i]].copy(), self.labels[i]

def probe(function, pool, places, labels, spec, kind):
    if kind:
        labels = [getattr(np, kind)(y) for y in labels]
    items = Items(pool, places, labels)
    return [function(items, spec), items.read]
"""

LEAKS = """
class Items:
    def __init__(self, pool, places):
        self.pool, self.places, self.read = pool, places, []

    def __len__(self):
        return len(self.places)

    def __getitem__(self, i):
        if not 0 <= i < len(self.places):
            raise IndexError(i)
        self.read.append(int(i))
        return self.pool[self.places[i]].copy(), int(i) % 3

def probe(function, pool, train, test):
    train, test = Items(pool, train), Items(pool, test)
    return [function(train, test), len(train.read) + len(test.read)]
"""

KINDS = [
    {"shape": [1, 6, 6], "dtype": "float32", "low": -1.0, "high": 1.0, "classes": 10, "most_reads": 200},
    {"shape": [3, 5, 7], "dtype": "uint8", "low": 0, "high": 255, "classes": 3, "most_reads": 150},
    {"shape": [4, 3, 2], "dtype": "float64", "low": 0.0, "high": 100.0, "classes": 5, "most_reads": 120},
]


def image_of(spec, rng):
    values = rng.uniform(spec["low"], spec["high"], spec["shape"])
    return values.astype(spec["dtype"])


def planted(spec, rng):
    """Images with one fault each, and the codes that belong to them."""
    image = image_of(spec, rng)
    low, high = spec["low"], spec["high"]
    yield image.transpose(1, 2, 0), ["channels"]
    yield image[None], ["shape"]
    yield np.concatenate([image, image], 1), ["shape"]
    yield image[0], ["shape"]
    yield np.full_like(image, image.flat[0]), ["blank"]
    other = "float16" if spec["dtype"].startswith("float") else "int16"
    yield np.clip(image.astype(other), low, high).astype(other), ["dtype"]
    if spec["dtype"] == "uint8":
        return
    for value, code in ((np.nan, "nan"), (-np.inf, "nan"), (low - 0.01, "range"), (high + 0.01, "range")):
        spoiled = image.copy()
        spoiled[-1, -1, -1] = value
        yield spoiled, [code]
        if code == "nan":
            spoiled = spoiled.copy()
            spoiled[0, 0, 0] = high + 7
            yield spoiled, ["nan", "range"]


def asked(ask, pool, places, labels, spec, kind=""):
    answer, read = ask("check_dataset", pool, places, labels, spec, kind, through=SET)
    assert isinstance(answer, list)
    assert all(isinstance(code, str) for code in answer)
    return answer, read


def good(spec, rng, n):
    pool = [image_of(spec, rng) for _ in range(16)]
    return pool, rng.integers(0, 16, n).tolist(), [i % spec["classes"] for i in range(n)]


@pytest.mark.parametrize("spec", KINDS, ids=["grey", "bytes", "double"])
def test_images(ask, spec, oracle_rng):
    for image, wanted in planted(spec, oracle_rng):
        # Once in a small set, and in a fifth of a large one, late.
        pool, places, labels = good(spec, oracle_rng, 90)
        places[int(oracle_rng.integers(1, 90))] = 16
        answer, _ = asked(ask, [*pool, image], places, labels, spec)
        assert {*wanted} <= {*answer}
        pool, places, labels = good(spec, oracle_rng, 2000)
        for i in range(1600, 2000):
            places[i] = 16
        answer, _ = asked(ask, [*pool, image], places, labels, spec)
        assert {*wanted} <= {*answer}


@pytest.mark.parametrize("spec", KINDS, ids=["grey", "bytes", "double"])
def test_labels(ask, spec, oracle_rng):
    classes = spec["classes"]
    for bad, code in ((True, "label_type"), (2.0, "label_type"), ("1", "label_type"), ([0, 1], "label_type"),
                      (-1, "label_range"), (classes, "label_range"), (10**6, "label_range")):  # fmt: skip
        pool, places, labels = good(spec, oracle_rng, 90)
        labels[int(oracle_rng.integers(1, 90))] = bad
        answer, _ = asked(ask, pool, places, labels, spec)
        assert code in answer
    missing = int(oracle_rng.integers(0, classes))
    pool, places, labels = good(spec, oracle_rng, 2000)
    answer, _ = asked(ask, pool, places, [y if y != missing else (y + 1) % classes for y in labels], spec)
    assert "missing_class" in answer
    # 11 to 1 is imbalance, whichever classes they are.
    order = oracle_rng.permutation(classes).tolist()
    labels = [order[0]] * 22 + [order[1]] * 2 + [y for y in order[2:] for _ in range(3)]
    answer, _ = asked(ask, pool, places[: len(labels)], oracle_rng.permutation(labels).tolist(), spec)
    assert "imbalance" in answer
    assert "missing_class" not in answer


@pytest.mark.parametrize("spec", KINDS, ids=["grey", "bytes", "double"])
def test_no_false_alarm(ask, spec, oracle_rng):
    classes = spec["classes"]
    for n in (classes, 2 * classes + 1, spec["most_reads"], spec["most_reads"] + 1, 2000):
        for kind in ("", "int64", "uint8", "int32"):
            pool, places, labels = good(spec, oracle_rng, n)
            answer, _ = asked(ask, pool, places, labels, spec, kind)
            assert answer == []
    # Labels that repeat with a period that divides any stride, and classes that come one after the other.
    pool, places, _ = good(spec, oracle_rng, 50 * spec["most_reads"])
    n = len(places)
    for labels in ([i % classes for i in range(n)], [i * classes // n for i in range(n)],
                   [i % 50 * classes // 50 for i in range(n)]):  # fmt: skip
        answer, _ = asked(ask, pool, places, labels, spec)
        assert answer == []
    # 10 to 1 is none yet; limits are in range.
    order = oracle_rng.permutation(classes).tolist()
    labels = [order[0]] * 20 + [order[1]] * 2 + [y for y in order[2:] for _ in range(3)]
    edges = image_of(spec, oracle_rng)
    edges.flat[0], edges.flat[1] = spec["low"], spec["high"]
    answer, _ = asked(ask, [edges], [0] * len(labels), labels, spec)
    assert answer == []
    # A faulty set has its fault and no other.
    found = []
    for image, wanted in planted(spec, oracle_rng):
        pool, places, labels = good(spec, oracle_rng, 90)
        places[int(oracle_rng.integers(1, 90))] = 16
        labels[int(oracle_rng.integers(1, 90))] = -1
        answer, _ = asked(ask, [*pool, image], places, labels, spec)
        assert {*answer} <= {*wanted, "label_range"}
        assert answer == sorted({*answer})
        found += answer
    assert found


def test_reads(ask, oracle_rng):
    for spec in KINDS:
        most = spec["most_reads"]
        for n in (most - 1, most, most + 1, 2 * most + 3, 3000):
            _, read = asked(ask, *good(spec, oracle_rng, n), spec)
            assert len(read) == len({*read})
            assert len(read) <= most
            assert len(read) >= (n if n <= most else most // 2)
            assert {i * 10 // n for i in read} == {*range(10)}


def test_leaks(ask, oracle_rng):
    for shape, kind in (((1, 4, 4), "float32"), ((3, 2, 5), "uint8")):
        pool = [(oracle_rng.random(shape) * 255).astype(kind) for _ in range(400)]
        # The same sum, and all but one number the same: no leak.
        for i in range(0, 100, 4):
            pool[i + 1] = pool[i][..., ::-1].copy()
            pool[i + 2] = pool[i].copy()
            pool[i + 2].flat[-1] = (pool[i].flat[-1] + 7.0) % 256
        for n, m in ((1, 1), (30, 20), (500, 300)):
            train, test = oracle_rng.integers(0, 400, n).tolist(), oracle_rng.integers(0, 400, m).tolist()
            wanted = [[i, j] for i in range(n) for j in range(m) if train[i] == test[j]]
            answer, read = ask("leaks", pool, train, test, through=LEAKS)
            assert answer == wanted
            assert read <= n + m
    # Each with each would take far longer than a call may.
    train, test = [0] * 3000, [1] * 3000
    train[2000], test[1000] = 5, 5
    answer, _ = ask("leaks", pool, train, test, through=LEAKS)
    assert answer == [[2000, 1000]]
