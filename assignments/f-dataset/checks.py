"""What f-dataset asks, in code that you may read: `dlgrade check f-dataset` runs these on your functions.

Each set is made beside your functions by the code in SET, and counts which items are read.
"""

import numpy as np

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
"""

CHECK = SET + """
def probe(function, pool, places, labels, spec):
    items = Items(pool, places, [np.int64(y) if spec["numpy_labels"] else y for y in labels])
    wanted = {key: value for key, value in spec.items() if key != "numpy_labels"}
    return [function(items, wanted), items.read]
"""  # fmt: skip

LEAKS = SET + """
def probe(function, pool, train, test):
    train, test = Items(pool, train, [0] * len(train)), Items(pool, test, [1] * len(test))
    return [function(train, test), train.read, test.read]
"""  # fmt: skip

SPEC = {"shape": [3, 4, 5], "dtype": "float32", "low": 0.0, "high": 1.0, "classes": 4, "most_reads": 100}
RNG = np.random.default_rng(16)
POOL = [RNG.random((3, 4, 5), "float32") for _ in range(12)]


def asked(ask, pool, places, labels, numpy_labels=False, **spec):
    """The answer of check_dataset, and the places that it read."""
    given = {**SPEC, **spec, "numpy_labels": numpy_labels}
    answer, read = ask("check_dataset", pool, places, labels, given, through=CHECK)
    codes = isinstance(answer, list) and all(isinstance(code, str) for code in answer)
    assert codes, f"check_dataset should return a list of codes; it returns {answer!r}"
    return answer, read


def small(n=40, classes=4):
    """Places in the pool and labels of a good set with n items."""
    return [i % len(POOL) for i in range(n)], [i % classes for i in range(n)]


def with_one(image):
    """A good set in which item 29 is another image."""
    places, labels = small()
    places[29] = len(POOL)
    return [*POOL, image], places, labels


def changed(image, value):
    image = image.copy()
    image[1, 2, 3] = value
    return image


IMAGES = {
    "one image is (4, 5, 3)": (POOL[0].transpose(1, 2, 0), ["channels"]),
    "one image is (3, 5, 4)": (POOL[0].transpose(0, 2, 1), ["shape"]),
    "one image is (1, 4, 5)": (POOL[0][:1], ["shape"]),
    "one image is float64": (POOL[0].astype("float64"), ["dtype"]),
    "one image is uint8, 0 to 255": ((POOL[0] * 255).astype("uint8"), ["dtype", "range"]),
    "one image holds a NaN": (changed(POOL[0], np.nan), ["nan"]),
    "one image holds an infinity": (changed(POOL[0], np.inf), ["nan"]),
    "one image holds 1.5, where 1.0 is the most": (changed(POOL[0], 1.5), ["range"]),
    "one image is 0 everywhere": (POOL[0] * 0, ["blank"]),
}


def test_images(ask):
    for said, (image, wanted) in IMAGES.items():
        answer, _ = asked(ask, *with_one(image))
        wrong = [code for code in wanted if code not in answer]
        assert not wrong, f"40 items, {said}: check_dataset answers {answer}, and {wrong[0]!r} is missing"


LABELS = {
    "one label is True": (lambda i: True if i == 29 else i % 4, ["label_type"]),
    "one label is 3.0": (lambda i: 3.0 if i == 31 else i % 4, ["label_type"]),
    "one label is -1": (lambda i: -1 if i == 29 else i % 4, ["label_range"]),
    "labels from 1 to 4 with 4 classes": (lambda i: i % 4 + 1, ["label_range", "missing_class"]),
    "no item of class 2": (lambda i: (0, 1, 3)[i % 3], ["missing_class"]),
    "class 3 once, the others 13 times": (lambda i: 3 if i == 29 else i % 3, ["imbalance"]),
}


def test_labels(ask):
    for said, (label, wanted) in LABELS.items():
        answer, _ = asked(ask, POOL, small()[0], [label(i) for i in range(40)])
        wrong = [code for code in wanted if code not in answer]
        assert not wrong, f"40 items, {said}: check_dataset answers {answer}, and {wrong[0]!r} is missing"


def test_no_false_alarm(ask):
    edges = changed(changed(POOL[0], 1.0), 0.0)
    edges[0, 0, 0] = 1.0
    uneven = [0] * 20 + [1] * 2 + [2] * 9 + [3] * 9
    good = {
        "a good set": asked(ask, POOL, *small()),
        "a good set with labels of np.int64": asked(ask, POOL, *small(), numpy_labels=True),
        "an image that holds 0.0 and 1.0, the limits": asked(ask, *with_one(edges)),
        "classes of 20, 2, 9 and 9 items": asked(ask, POOL, small()[0], uneven),
    }
    for said, (answer, _) in good.items():
        assert answer == [], f"{said} is good; check_dataset answers {answer}"
    found = []
    for faults, make in ((IMAGES, with_one), (LABELS, None)):
        for said, (planted, wanted) in faults.items():
            made = make(planted) if make else (POOL, small()[0], [planted(i) for i in range(40)])
            answer, _ = asked(ask, *made)
            found += answer
            once = sorted({*answer})
            assert answer == once, f"40 items, {said}: check_dataset answers {answer}; sorted and each once: {once}"
            more = [code for code in answer if code not in wanted]
            assert not more, f"40 items, {said}: check_dataset answers {answer}, and {more[0]!r} is a false alarm"
    assert found, "check_dataset raises no false alarm, and none at all: faulty sets get [] too"


def test_reads(ask):
    n = 3000
    places, labels = [i % 12 for i in range(n)], [i // 750 for i in range(n)]
    _, read = asked(ask, POOL, places, labels)
    assert len(read) == len({*read}), f"item {max(read, key=read.count)} is read {max(map(read.count, read))} times"
    assert len(read) <= 100, f"{len(read)} of 3000 items are read where most_reads is 100"
    for tenth in range(10):
        assert any(i // 300 == tenth for i in read), f"none of the items {300 * tenth} to {300 * tenth + 299} is read"
    _, read = asked(ask, POOL, *small())
    assert len({*read}) == 40, f"only {len({*read})} of 40 items are read where 100 may be"


def test_leaks(ask):
    examples = [
        ([0, 1, 2, 3], [4, 2], [[2, 1]]),
        ([0, 1, 2, 1], [1, 5, 0], [[0, 2], [1, 0], [3, 0]]),
        ([0, 1, 2], [3, 4, 5], []),
    ]
    for train, test, wanted in examples:
        answer, read, also = ask("leaks", POOL, train, test, through=LEAKS)
        said = f"training images {train}, test images {test} (equal numbers are equal images)"
        assert answer == wanted, f"{said}: leaks answers {answer}, wanted {wanted}"
        assert len(read) + len(also) <= len(train) + len(test), f"{said}: some are read more than once"
