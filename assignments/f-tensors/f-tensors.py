"""Tensors without loops: ten things that a network does to its data, in a line or a few.

Read README.md first; check your work with ``dlgrade check f-tensors``. For all of them: the arguments stay as they are,
the number type of the answer is that of the input unless it says otherwise, N may be 0, and nothing is looped over.
"""

import torch


def channels_last(x: torch.Tensor) -> torch.Tensor:
    """(N, C, H, W) to (N, H, W, C): the same images, as image files and matplotlib order them.

    ``channels_last(x)[n, h, w, c]`` is ``x[n, c, h, w]``.
    """
    raise NotImplementedError


def flat_images(x: torch.Tensor) -> torch.Tensor:
    """(N, C, H, W) to (N, C * H * W): each image as one row.

    (2, 3, 4, 4) becomes (2, 48), and (0, 3, 4, 4) becomes (0, 48).
    """
    raise NotImplementedError


def centred(x: torch.Tensor) -> torch.Tensor:
    """(N, D) to (N, D): from each column its mean is taken away.

    ``[[1., 10.], [3., 30.]]`` becomes ``[[-1., -10.], [1., 10.]]``.
    """
    raise NotImplementedError


def distances(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """(N, D) and (M, D) to (N, M): the Euclidean distance of each row of `a` to each row of `b`.

    ``[[0., 0.]]`` and ``[[3., 4.], [0., 2.]]`` give ``[[5., 2.]]``.
    """
    raise NotImplementedError


def one_hot(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """(N,) of int64 to (N, classes) of float32: 1 in the column of the label, 0 elsewhere.

    Labels [2, 0] of 3 classes give ``[[0., 0., 1.], [1., 0., 0.]]``.
    """
    raise NotImplementedError


def class_counts(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """(N,) of int64 to (classes,) of int64: how often each class comes, also where it never does.

    Labels [2, 0, 2] of 4 classes give ``[1, 0, 2, 0]``.
    """
    raise NotImplementedError


def masked_mean(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(N, T) and a mask (N, T) of bool to (N,): the mean of each row over the places where the mask is True.

    ``[[2., 4., 9.]]`` with ``[[True, True, False]]`` gives ``[3.]``. A row of which nothing counts gives 0.
    """
    raise NotImplementedError


def pick(log_p: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """(N, K) and labels (N,) of int64 to (N,): of each row the entry of its label.

    ``[[-1., -2.], [-3., -4.]]`` with labels [1, 0] gives ``[-2., -3.]``. Minus their mean is the cross-entropy.
    """
    raise NotImplementedError


def top_class(logits: torch.Tensor) -> torch.Tensor:
    """(N, K) to (N,) of int64: the number of the largest entry of each row, which is the class that is predicted.

    ``[[0., 3., 1.], [5., 2., 2.]]`` gives ``[1, 0]``.
    """
    raise NotImplementedError


def brightness(x: torch.Tensor, by: int) -> torch.Tensor:
    """(N, 1, H, W) of bytes (uint8) to the same shape of float32: `by` added, cut to 0 ... 255, divided by 255.

    With `by` 20 the byte 240 becomes 1.0 and the byte 0 becomes 20 / 255.
    """
    raise NotImplementedError
