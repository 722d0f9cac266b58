"""Hidden graders of f-python: longer inputs, other kinds of items, and settings that no table holds."""

import random
from fractions import Fraction

from hypothesis import strategies as st


def seeded(make):
    """Cases that a function makes with Python's own generator: quick to draw, and there is nothing to shrink here."""
    return st.integers(0, 2**40).map(lambda seed: make(random.Random(seed)))


COLLECTED = """
def probe(batches, items, size, how):
    kinds = {"list": list, "tuple": tuple}
    return list(batches(kinds[how](items), size))
"""

ENDLESS = """
import itertools

def probe(batches, size, wanted):
    class Count:
        def __init__(self):
            self.taken = 0
        def __iter__(self):
            return self
        def __next__(self):
            self.taken += 1
            if self.taken > 20_000:
                raise StopIteration
            return self.taken
    source = Count()
    taken, got = [], []
    try:
        made = batches(source, size)
        if iter(made) is not made:
            return {"error": "no generator"}
        taken.append(source.taken)
        for batch in itertools.islice(made, wanted):
            got.append(list(batch))
            taken.append(source.taken)
    except (TypeError, AttributeError) as error:
        return {"error": str(error)}
    return {"error": "", "taken": taken, "got": got}
"""


def walked(items, size, how):
    """Item by item, by its number."""
    found = []
    for number, item in enumerate(items):
        if number % size == 0:
            found.append([])
        found[-1].append(item)
    return found


def many_items(draw):
    kinds = [lambda: draw.randrange(10_000), lambda: "abc"[: draw.randrange(4)], lambda: [draw.random()], lambda: None]
    items = [draw.choice(kinds)() for _ in range(draw.randrange(60))]
    return {"items": items, "size": draw.randint(1, 20), "how": draw.choice(["list", "tuple"])}


def test_batches(ask):
    ask.agrees("batches", walked, seeded(many_items), through=COLLECTED, draws=200)


def test_lazy(ask, oracle_rng):
    for size, wanted in oracle_rng.integers(1, (40, 12), (40, 2)).tolist():
        seen = ask("batches", size, wanted, through=ENDLESS)
        assert not seen["error"]
        assert seen["taken"] == [number * size for number in range(wanted + 1)]
        assert [len(batch) for batch in seen["got"]] == [size] * wanted
        assert seen["got"][-1][-1] == size * wanted


LEAVES = [7, -0.5, "relu", "", None, True, [3, 5], []]


def tree(draw, depth):
    """Settings of up to four levels; names repeat from level to level."""
    inner = {}
    for _ in range(draw.randrange(4)):
        name = draw.choice(["lr", "model", "act", "x", "y_1", "width"])
        inner[name] = tree(draw, depth - 1) if depth and draw.random() < 0.5 else draw.choice(LEAVES)
    return inner


def by_a_pile(nested):
    """Without recursion: what is still to be opened lies on a pile."""
    flat, pile = {}, [("", nested)]
    while pile:
        path, value = pile.pop()
        if isinstance(value, dict):
            pile += [(f"{path}.{key}" if path else key, inner) for key, inner in value.items()]
        else:
            flat[path] = value
    return flat


def test_flatten(ask):
    ask.agrees("flatten", by_a_pile, seeded(lambda draw: {"nested": tree(draw, 4)}), draws=300)
    deep = 7
    for _ in range(20):
        deep = {"in": deep}
    assert ask("flatten", deep) == {".".join(["in"] * 20): 7}


def share(predicted, actual):
    if len(predicted) != len(actual) or not actual:
        raise ValueError
    return float(Fraction(sum(map(lambda p, a: int(p == a), predicted, actual)), len(actual)))


def two_lists(draw):
    labels = draw.choice([range(10), ["cat", "dog", ""]])
    actual = draw.choices(labels, k=draw.randrange(80))
    if draw.random() < 0.3:
        return {"predicted": draw.choices(labels, k=draw.randrange(80)), "actual": actual}
    return {"predicted": [one if draw.random() < 0.6 else draw.choice(labels) for one in actual], "actual": actual}


MEAN = """
def probe(Meter, updates):
    meter, means = Meter(), []
    for value, count in updates:
        meter.update(value, count) if count else meter.update(value)
        means.append(meter.mean())
    return [*means, meter.mean()]
"""


def running(updates):
    """After each update; a count of 0 stands for one that was not given."""
    if not updates:
        raise ValueError
    means, samples = [], []
    for value, count in updates:
        samples += [Fraction(value)] * (count or 1)
        means.append(float(sum(samples) / len(samples)))
    return [*means, means[-1]]


def epoch(draw):
    return {"updates": [[draw.uniform(-3, 3), draw.randrange(40)] for _ in range(draw.randrange(8))]}


def test_measures(ask):
    ask.agrees("accuracy", share, seeded(two_lists), draws=200)
    assert ask("accuracy", [0] * 9_999 + [1], [0] * 10_000) == 0.9999
    ask.agrees("Meter", running, seeded(epoch), through=MEAN, draws=100)


REMEMBERED = """
def probe(remember, values, given):
    alone = [list(remember(value)) for value in values]
    mine, other = list(given), list(given)
    kept = []
    for value in values:
        kept.append(remember(value, mine) is mine)
    one, two = remember(0), remember(0)
    return {"alone": alone, "mine": mine, "kept": all(kept), "apart": one is not two}
"""

METERS = """
def probe(Meter, values):
    meters = [Meter() for _ in values]
    for meter, value in zip(meters, values):
        meter.update(value, 3)
        meter.update(value + 1, 3)
    return [meter.mean() for meter in meters]
"""


def test_no_shared_state(ask, oracle_rng):
    for length in range(1, 8):
        values = oracle_rng.integers(0, 100, length).tolist()
        for given in ([], [1.5, 2.5]):
            seen = ask("remember", values, given, through=REMEMBERED)
            assert seen["alone"] == [[value] for value in values]
            assert seen["mine"] == given + values
            assert seen["kept"]
            assert seen["apart"]
        assert ask("Meter", values, through=METERS) == [value + 0.5 for value in values]


TIMED = """
def probe(timer, blocks):
    kinds = {error.__name__: error for error in (ValueError, KeyError, ZeroDivisionError, StopIteration,
                                                 KeyboardInterrupt, SystemExit, GeneratorExit)}
    seconds, caught, times = [], [], []
    for begin, end, name in blocks:
        times += [begin, end]
        thrown = kinds[name]("in the block") if name else None
        manager = timer(seconds, lambda: times.pop(0) if len(times) > 1 else times[0])
        try:
            with manager:
                if thrown is not None:
                    raise thrown
            caught.append("")
        except BaseException as what:
            if thrown is None or thrown not in (what, what.__cause__, what.__context__):
                raise
            caught.append(type(what).__name__)
        times.clear()
    return {"seconds": seconds, "caught": caught}
"""


def test_lets_through(ask, oracle_rng):
    names = ["", "ValueError", "KeyError", "ZeroDivisionError", "KeyboardInterrupt", "SystemExit"]
    for _ in range(30):
        begins = oracle_rng.integers(0, 1000, 5).tolist()
        took = (oracle_rng.integers(0, 64, 5) / 8).tolist()
        ends = [names[number] for number in oracle_rng.integers(0, len(names), 5)]
        blocks = [[begin, begin + long, end] for begin, long, end in zip(begins, took, ends, strict=True)]
        seen = ask("timer", blocks, through=TIMED)
        assert seen["caught"] == ends
        assert seen["seconds"] == took
