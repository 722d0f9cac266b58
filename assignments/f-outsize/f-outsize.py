"""Out-size calculation: which side has a map behind a layer?

Five functions, plain numbers in and out. Read README.md first; check your work with ``dlgrade check f-outsize``.
All sizes are counted in pixels along one axis; only `chain` looks at two axes.
"""


def out_size(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """Side of the map behind a convolution.

    Args:
        n: side of the input.
        k: side of the kernel.
        s: stride, how far the window moves at a time.
        p: padding, added on both sides.
        d: dilation, the distance between two neighbouring taps of the kernel.

    ``out_size(28, 5)`` is 24, ``out_size(28, 3, 2, 1)`` is 14, ``out_size(28, 3, 1, 0, 2)`` is 24.

    Raises:
        ValueError: the window is wider than the padded input.
    """
    raise NotImplementedError


def pool_size(n: int, k: int, s: int | None = None, p: int = 0, ceil: bool = False) -> int:
    """Side of the map behind a pool whose window fits at least once; p is at most half of k.

    Args:
        s: stride; None means the width of the window, k.
        ceil: whether a last window that sticks out counts too (``ceil_mode`` of torch). It does not where it would
            start behind the image, in the padding on the right: there it would see nothing.

    ``pool_size(7, 2)`` is 3, ``pool_size(7, 2, ceil=True)`` is 4, ``pool_size(28, 3, 2)`` is 13.
    """
    raise NotImplementedError


def chain(size: list[int], layers: list[dict]) -> list[list[int]]:
    """[height, width] behind each layer, one entry per layer; the input is not among them.

    Args:
        size: [height, width] of the image.
        layers: dicts with ``"kind"``, which is ``"conv"`` or ``"pool"``, and ``"k"``; where they differ from the
            default also ``"s"``, ``"p"`` and, for a convolution, ``"d"``. Each of these is one number for both axes or
            a list [for the height, for the width]. A pool without ``"s"`` moves by its window and rounds down.

    ``chain([28, 20], [{"kind": "conv", "k": 3}, {"kind": "pool", "k": 2}])`` is ``[[26, 18], [13, 9]]``.
    """
    raise NotImplementedError


def solve_padding(n: int, k: int, s: int, out: int) -> int | None:
    """The smallest padding with which a convolution makes `out` of `n`; None where no padding does.

    ``solve_padding(28, 5, 1, 28)`` is 2; ``solve_padding(28, 2, 1, 28)`` is None: padding 0 gives 27 and 1 gives 29.
    """
    raise NotImplementedError


def transposed(n: int, k: int, s: int, p: int = 0, op: int = 0) -> int:
    """Side of the map behind a transposed convolution.

    A convolution with the same k, s and p makes n of it again. There are s such sides; the output padding `op`, from 0
    to s - 1, says which: 0 the smallest, 1 the next.

    ``transposed(14, 2, 2)`` is 28; ``transposed(14, 3, 2, 1)`` is 27 and ``transposed(14, 3, 2, 1, 1)`` is 28.
    """
    raise NotImplementedError
