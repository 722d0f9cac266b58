"""Receptive field: which pixels does a value in a late map look at?

Five functions, plain numbers, lists and dicts. Read README.md first; check your work with ``dlgrade check f-rf``.

Everything is counted along one axis of the image. A network is a list of layers:

    {"kind": "conv", "k": 3}      also "s" stride (1), "p" padding (0), "d" dilation (1)
    {"kind": "pool", "k": 2}      also "s" stride (the same as k)
    {"kind": "relu"}, {"kind": "norm"}

What stands in brackets counts where a layer does not say otherwise. Pixels and places are counted from 0.
"""


def field(layers: list[dict]) -> list[int]:
    """Receptive field behind each layer: how many pixels wide is the stretch that one value looks at.

    The image has no end here, so nothing is cut off, and pixels in a hole of a dilated kernel belong to the stretch.

    ``field([{"kind": "conv", "k": 3}, {"kind": "conv", "k": 3}, {"kind": "pool", "k": 2}])`` is ``[3, 5, 6]``.
    """
    raise NotImplementedError


def jump(layers: list[dict]) -> list[int]:
    """Pixels between the windows of two neighbouring places, behind each layer.

    ``jump([{"kind": "pool", "k": 2}, {"kind": "conv", "k": 3}, {"kind": "pool", "k": 2}])`` is ``[2, 2, 4]``.
    """
    raise NotImplementedError


def window(layers: list[dict], place: int) -> list[int]:
    """[first, last] pixel that a place of the last map looks at; pixel -1 is the first one of the padding on the left.

    ``window([{"kind": "conv", "k": 3, "p": 1}], 0)`` is ``[-1, 1]``, and of place 5 it is ``[4, 6]``.
    """
    raise NotImplementedError


def seen(layers: list[dict], n: int, place: int) -> list[int]:
    """The pixels of an image of side n that really reach a place of the last map, in rising order.

    Each layer reads only what exists in the map before it: padding is zeros, in the image as in every map, and a hole
    between the taps of a dilated kernel is not read.

    ``seen([{"kind": "conv", "k": 3, "p": 1}], 5, 0)`` is ``[0, 1]``;
    ``seen([{"kind": "conv", "k": 3, "d": 2}], 9, 1)`` is ``[1, 3, 5]``.
    """
    raise NotImplementedError


def latest_pool(layers: list[dict], wanted: int) -> int | None:
    """Where to put a ``{"kind": "pool", "k": 2}`` so that the last map sees at least `wanted` pixels.

    Place 0 is in front of all layers, place ``len(layers)`` behind them. Of all places that do it the latest one; None
    where none does.

    With four 3x3 convolutions (field 9): ``latest_pool(layers, 10)`` is 4, ``latest_pool(layers, 11)`` is 3.
    """
    raise NotImplementedError
