"""The class-balanced subset that rehearsals train on."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlgrade.data import Split, balanced
from dlgrade.errors import UsageError


def numbered(labels):
    """A split whose images carry their own number in the corner."""
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(len(labels)) % 256
    images[:, 0, 1] = np.arange(len(labels)) // 256
    return Split(images, np.asarray(labels, np.int64))


def numbers(split):
    return split.images[:, 0, 0].astype(int) + 256 * split.images[:, 0, 1].astype(int)


def test_the_quick_subset_has_1200_images_of_each_digit(mnist):
    quick = balanced(mnist.train, 12_000, seed=0)
    assert np.bincount(quick.labels).tolist() == [1200] * 10
    assert quick.images.shape == (12_000, 28, 28)


def test_the_quick_subset_is_the_same_on_every_machine_and_with_every_numpy(mnist):
    quick = balanced(mnist.train, 12_000, seed=0)
    assert hashlib.sha256(quick.images.tobytes() + quick.labels.tobytes()).hexdigest() == (
        "9bdfebf6b3f03bde272e66b501de828b26fe9813ec019b4834471c1193db1775"
    )


def test_another_seed_chooses_other_images():
    split = numbered([i % 10 for i in range(1000)])
    assert set(numbers(balanced(split, 100, 0))) != set(numbers(balanced(split, 100, 1)))


def test_the_subset_shares_no_memory_with_the_whole():
    split = numbered([0, 1] * 5)
    subset = balanced(split, 10, 0)
    assert not np.shares_memory(subset.images, split.images)
    assert not np.shares_memory(subset.labels, split.labels)


@pytest.mark.parametrize("seed", range(12))
def test_the_odd_image_comes_from_a_class_that_has_one_more(seed):
    assert balanced(numbered([0, 1, 1]), 3, seed).labels.tolist() == [0, 1, 1]


@given(
    st.lists(st.sampled_from([0, 1, 2, 7]), min_size=1, max_size=60),
    st.integers(1, 70),
    st.integers(0, 2**40),
)
def test_classes_are_equally_often_or_the_request_is_refused(labels, count, seed):
    split = numbered(labels)
    sizes = [labels.count(label) for label in set(labels)]
    base, extra = divmod(count, len(sizes))
    possible = min(sizes) >= base and sum(size > base for size in sizes) >= extra
    if not possible:
        with pytest.raises(UsageError, match="at most"):
            balanced(split, count, seed)
        return
    subset = balanced(split, count, seed)
    chosen = numbers(subset)
    assert len(subset) == count
    assert (np.diff(chosen) > 0).all(), "each image once, in the order of the whole"
    assert subset.labels.tolist() == [labels[i] for i in chosen]
    counts = [subset.labels.tolist().count(label) for label in set(labels)]
    assert max(counts) - min(counts) <= 1


def test_asking_for_more_than_there_is_names_the_most_that_can_be_had():
    with pytest.raises(UsageError, match=r"smallest class has 2, so at most 5 can be had"):
        balanced(numbered([0, 0, 1, 1, 1, 1]), 6, 0)


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (-5, 0), (2, -1)])
def test_counts_and_seeds_out_of_range_are_refused(count, seed):
    with pytest.raises(UsageError):
        balanced(numbered([0, 1, 0, 1]), count, seed)


def test_nothing_can_be_had_from_nothing():
    with pytest.raises(UsageError, match="at most 0"):
        balanced(numbered([]), 1, 0)
