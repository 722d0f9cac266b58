"""Reads a random sample once, then asks one question after the other."""

import random
from collections import Counter

import numpy as np


def check_dataset(dataset, spec):
    n, most = len(dataset), spec["most_reads"]
    chosen = range(n) if n <= most else sorted(random.Random(7).sample(range(n), most))
    found = set()
    counts = Counter()
    for i in chosen:
        image, label = dataset[i]
        found |= faults_of(image, spec)
        if isinstance(label, bool) or not isinstance(label, (int, np.integer)):
            found.add("label_type")
        elif not 0 <= label < spec["classes"]:
            found.add("label_range")
        else:
            counts[int(label)] += 1
    if len(counts) < spec["classes"]:
        found.add("missing_class")
    if counts and max(counts.values()) > 10 * min(counts.values()):
        found.add("imbalance")
    return sorted(found)


def faults_of(image, spec):
    found = set()
    channels, height, width = spec["shape"]
    if list(image.shape) != list(spec["shape"]):
        found.add("channels" if image.shape == (height, width, channels) else "shape")
    if image.dtype.name != spec["dtype"]:
        found.add("dtype")
    finite = image[np.isfinite(image)]
    if finite.size < image.size:
        found.add("nan")
    if finite.size and (finite.min() < spec["low"] or finite.max() > spec["high"]):
        found.add("range")
    if image.min() == image.max():
        found.add("blank")
    return found


def leaks(train, test):
    places = {}
    for i in range(len(train)):
        image, _ = train[i]
        places.setdefault(image.tobytes(), []).append(i)
    pairs = []
    for j in range(len(test)):
        image, _ = test[j]
        pairs += [(i, j) for i in places.get(image.tobytes(), [])]
    return sorted(pairs)
