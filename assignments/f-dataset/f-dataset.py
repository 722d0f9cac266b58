"""Test a data set before a network sees it.

A data set has ``len(dataset)`` and ``dataset[i]``, which gives ``(image, label)``: a NumPy array (C, H, W) and a whole
number. Reading an item may be slow, so each is read at most once. Read README.md first; measure with
``dlgrade check f-dataset``.
"""

from typing import Any


def check_dataset(dataset: Any, spec: dict) -> list[str]:
    """Codes of what is wrong with a data set, in alphabetical order, each once; [] where nothing is.

    The codes are channels, dtype, nan, range, blank, shape, label_type, label_range, missing_class and imbalance; the
    README's table says when each applies.

    Args:
        dataset: see above; it may hold more items than may be read.
        spec: what is wanted, such as ``{"shape": [3, 32, 32], "dtype": "float32", "low": 0.0, "high": 1.0,
            "classes": 10, "most_reads": 200}``.
    """
    raise NotImplementedError


def leaks(train: Any, test: Any) -> list[tuple[int, int]]:
    """Sorted pairs (place in `train`, place in `test`) of images that are equal in every number, whatever their labels.

    If the third training image is also the first test image, (2, 0) is among them.
    """
    raise NotImplementedError
