"""A smaller training set with the same classes, the same on every machine."""

from __future__ import annotations

from dlgrade.data._nouns import Split
from dlgrade.errors import UsageError


def balanced(split: Split, count: int, seed: int) -> Split:
    """`count` images of `split` with all its classes equally often, class counts differing by at most one.

    The same `split`, `count` and `seed` give the same images with every version of numpy, in the order in
    which they stand in `split`. Larger counts with the same seed are not supersets in general.

    Args:
        count: number of images, at least one.
        seed: not negative.

    Returns:
        A Split of its own memory: images (count, 28, 28) uint8, labels (count,) int64.

    Raises:
        UsageError: more is asked than there is, or `count` or `seed` is out of range.
    """
    import numpy as np

    if count < 1:
        raise UsageError(f"a subset of {count:,} images was asked for", "Ask for at least one.")
    if seed < 0:
        raise UsageError(f"the seed is {seed}", "Seeds are whole numbers from 0.")
    classes, sizes = np.unique(split.labels, return_counts=True)
    smallest = int(sizes.min()) if len(sizes) else 0
    most = smallest * len(classes) + int((sizes > smallest).sum())
    if count > most:
        raise UsageError(
            f"{count:,} images were asked for, each class equally often, of {len(split):,}",
            f"The smallest class has {smallest:,}, so at most {most:,} can be had.",
        )
    # Only the raw bits of PCG64 are used: numpy keeps them the same for ever, while it reserves the right to
    # change what `choice` and `permutation` make of them. Sorting by random numbers is a permutation as well.
    bits = np.random.PCG64(seed)
    shuffled = np.argsort(bits.random_raw(len(split)), kind="stable")
    base, extra = divmod(count, len(classes))
    luck = np.argsort(bits.random_raw(len(classes)), kind="stable")
    with_one_more = [i for i in luck if sizes[i] > base][:extra]
    chosen = []
    for i, label in enumerate(classes):
        members = shuffled[split.labels[shuffled] == label]
        chosen.append(members[: base + (i in with_one_more)])
    rows = np.sort(np.concatenate(chosen))
    return Split(split.images[rows], split.labels[rows])
