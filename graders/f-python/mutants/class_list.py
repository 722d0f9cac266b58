"""Keeps the values in the body of the class, where all Meters share them.

Fails: no_shared_state, measures
"""

import time
from contextlib import contextmanager


def batches(items, size):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def flatten(nested):
    flat = {}
    for key, value in nested.items():
        if isinstance(value, dict):
            flat.update({f"{key}.{path}": inner for path, inner in flatten(value).items()})
        else:
            flat[key] = value
    return flat


def accuracy(predicted, actual):
    if len(predicted) != len(actual):
        raise ValueError(f"{len(predicted)} predictions for {len(actual)} labels")
    if not actual:
        raise ValueError("there is nothing to compare")
    return sum(p == a for p, a in zip(predicted, actual, strict=True)) / len(actual)


def remember(value, log=None):
    if log is None:
        log = []
    log.append(value)
    return log


class Meter:
    values = []

    def update(self, value, count=1):
        self.values.extend([value] * count)

    def mean(self):
        if not self.values:
            raise ValueError("nothing was measured")
        return sum(self.values) / len(self.values)


@contextmanager
def timer(log, clock=time.perf_counter):
    begin = clock()
    try:
        yield
    finally:
        log.append(clock() - begin)
