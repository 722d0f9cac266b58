"""What f-python asks, in code that you may read: `dlgrade check f-python` runs these on your functions.

A generator, a Meter and a with block cannot be sent to another process. So short pieces of code, each called probe, run
beside your file, use what you wrote there and send back what they saw.
"""

import numpy as np
from hypothesis import strategies as st

COLLECTED = """
def probe(batches, items, size):
    return list(batches(items, size))
"""


def cut(items, size):
    """Cut before every place that is a multiple of the size."""
    return [part.tolist() for part in np.split(np.array(items, int), range(size, len(items), size)) if len(part)]


BATCHES = {
    "floor-batches": lambda items, size: cut(items[: len(items) // size * size], size),
    "assignment-copies": lambda items, size: [cut(items, size)[-1]] * len(cut(items, size)),
}


def test_batches(ask):
    answer = ask("batches", [1, 2, 3, 4], 2, through=COLLECTED)
    assert answer == [[1, 2], [3, 4]], f"list(batches([1, 2, 3, 4], 2)) should be [[1, 2], [3, 4]]; it is {answer}"
    cases = {"items": st.lists(st.integers(0, 99), max_size=12), "size": st.integers(1, 5)}
    ask.agrees("batches", cut, cases, through=COLLECTED, beliefs=BATCHES, draws=60)
    answer = ask("batches", [1, 2, 3, 4, 5], 2, through=COLLECTED)
    assert answer == [[1, 2], [3, 4], [5]], f"the example of the lesson: [1, 2], [3, 4], [5]; it is {answer}"


TAKEN = """
def probe(batches, number, size, wanted):
    taken = []
    def source():
        for item in range(number):
            taken.append(item)
            yield item
    try:
        made = batches(source(), size)
        before = len(taken)
        if not hasattr(made, "__next__"):
            return {"kind": type(made).__name__, "error": ""}
        for _ in range(wanted):
            next(made)
    except (TypeError, AttributeError) as error:
        return {"kind": "", "error": str(error)}
    return {"kind": "", "error": "", "before": before, "after": len(taken)}
"""


def test_lazy(ask):
    seen = ask("batches", 100, 4, 2, through=TAKEN)
    assert not seen["error"], f"items may be a generator, which can be gone through once and no more: {seen['error']}"
    assert not seen["kind"], f"batches returns a {seen['kind']}: write yield where a batch is full, and return nothing"
    assert not seen["before"], f"{seen['before']} items are taken before the first batch is asked for: it must be none"
    assert seen["after"] == 8, f"two batches of 4 need 8 items; yours took {seen['after']} of 100"


FLAT = [
    ({"lr": 0.1}, {"lr": 0.1}, "nothing is nested here"),
    ({"model": {"width": 8}}, {"model.width": 8}, "the path to 8 is model, then width"),
    (
        {"lr": 0.1, "model": {"width": 8, "act": {"name": "relu"}}},
        {"lr": 0.1, "model.width": 8, "model.act.name": "relu"},
        "the example of the lesson: a path may have any number of steps",
    ),
    ({"a": {"x": 1}, "b": {"x": 2}}, {"a.x": 1, "b.x": 2}, "the whole path is the key, so the two x stay apart"),
    ({"sizes": [3, 5], "extra": {}}, {"sizes": [3, 5]}, "a list is a value; an empty dict leaves nothing behind"),
    ({}, {}, "no settings are no paths; nothing of an earlier call may be left"),
]


def test_flatten(ask):
    for nested, right, why in FLAT:
        said = ask.same(ask("flatten", nested), right)
        assert not said, f"flatten({nested}) should be {right}: {why}; {said}"


def share(predicted, actual):
    """The mean of the comparisons."""
    if len(predicted) != len(actual) or not actual:
        raise ValueError
    return float(np.equal(predicted, actual).mean())


def paired(predicted, actual):
    """As far as zip goes."""
    shorter = min(len(predicted), len(actual))
    return share(predicted[:shorter], actual[:shorter])


@st.composite
def two_lists(draw):
    labels = st.integers(0, 3)
    actual = draw(st.lists(labels, max_size=9))
    length = draw(st.just(len(actual)) | st.integers(0, 9))
    return {"predicted": draw(st.lists(labels, min_size=length, max_size=length)), "actual": actual}


MEAN = """
def probe(Meter, updates):
    meter = Meter()
    for value, count in updates:
        meter.update(value, count)
    return meter.mean()
"""


def weighted(updates):
    if not updates:
        raise ValueError
    values, counts = zip(*updates, strict=True)
    return float(np.average(values, weights=counts))


UPDATES = {"updates": st.lists(st.tuples(st.integers(0, 8).map(lambda n: n / 8), st.integers(1, 9)), max_size=4)}


def test_measures(ask):
    said = ask.same(ask("accuracy", [7, 2, 1], [7, 2, 4]), 2 / 3)
    assert not said, f"accuracy([7, 2, 1], [7, 2, 4]) should be 2 / 3, not rounded; {said}"
    said = ask.same(ask("accuracy", [7], [7]), 1.0)
    assert not said, f"accuracy([7], [7]) should be 1.0; {said}"
    ask.agrees("accuracy", share, two_lists(), beliefs={"zip-compares-lengths": paired}, draws=60)
    said = ask.same(ask("Meter", [[0.75, 4]], through=MEAN), 0.75)
    assert not said, f"meter = Meter(); meter.update(0.75, 4); meter.mean() should be 0.75; {said}"
    raised = ask.raised("Meter", [], through=MEAN)
    assert raised == "ValueError", (
        f"Meter().mean(), of a new one that has measured nothing, should raise a ValueError; it {raised or 'answers'}"
    )
    means = {"mean-of-means": lambda updates: float(np.mean([value for value, _ in updates]))}
    ask.agrees("Meter", weighted, UPDATES, through=MEAN, beliefs=means, draws=40)
    said = ask.same(ask("Meter", [[0.9, 100], [0.6, 20]], through=MEAN), 0.85)
    assert not said, f"90 % of 100 images and 60 % of 20 are 102 of 120 images, so the mean should be 0.85; {said}"


REMEMBERED = """
def probe(remember):
    first = list(remember(0.5))
    second = list(remember(0.25))
    mine = []
    answer = remember(0.75, mine)
    return {"first": first, "second": second, "mine": mine, "same": answer is mine}
"""

TWO_METERS = """
def probe(Meter):
    train, test = Meter(), Meter()
    train.update(0.5)
    test.update(0.25)
    return train.mean(), test.mean()
"""


def test_no_shared_state(ask):
    seen = ask("remember", through=REMEMBERED)
    assert seen["first"] == [0.5], f"the first call, remember(0.5), should be [0.5]; it is {seen['first']}"
    assert seen["second"] == [0.25], (
        f"remember(0.25) without a log should be [0.25]; it is {seen['second']}: a default is made once, when def runs"
    )
    assert seen["mine"] == [0.75], (
        f"losses = []; remember(0.75, losses) should leave losses as [0.75]; it is {seen['mine']}: "
        "an empty list is no missing one, so ask for None"
    )
    assert seen["same"], "remember(0.75, losses) should return losses itself and not a copy"
    train, test = ask("Meter", through=TWO_METERS)
    assert (train, test) == (0.5, 0.25), (
        f"two Meters, train with 0.5 and test with 0.25, have the means {train} and {test}: "
        "what stands in the body of the class belongs to all of them"
    )


TIMED = """
def probe(timer, begin, end, error):
    kinds = {"ValueError": ValueError, "KeyError": KeyError, "StopIteration": StopIteration,
             "KeyboardInterrupt": KeyboardInterrupt, "SystemExit": SystemExit}
    reads, seconds, thrown = [], [], None
    def clock():
        reads.append(None)
        return begin if len(reads) == 1 else end
    if error:
        thrown = kinds[error]("in the block")
    caught = ""
    manager = timer(seconds, clock)
    try:
        with manager:
            if thrown is not None:
                raise thrown
    except BaseException as what:
        if thrown is None or thrown not in (what, what.__cause__, what.__context__):
            raise
        caught = type(what).__name__
    return {"seconds": seconds, "caught": caught}
"""


def test_lets_through(ask):
    answer = ask("timer", 10.0, 12.5, "", through=TIMED)["seconds"]
    assert answer == [2.5], f"a block from second 10.0 to 12.5 should leave [2.5] in the log; it is {answer}"
    for error in ("ValueError", "KeyboardInterrupt"):
        seen = ask("timer", 10.0, 12.5, error, through=TIMED)
        assert seen["caught"] == error, f"the block raised a {error}, and behind the with statement " + (
            f"a {seen['caught']} arrived" if seen["caught"] else "nothing arrived: timer has swallowed it"
        )
        assert seen["seconds"] == [2.5], (
            f"the block raised a {error} after 2.5 seconds; the log should be [2.5], it is {seen['seconds']}"
        )
