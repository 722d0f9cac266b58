"""Parameters, neurons, multiplications: what a layer stores and what it costs.

Six functions, plain numbers, lists and dicts. Read README.md first; check your work with ``dlgrade check f-params``.

A network is a list of layers for one image, whose shape is [channels, rows, columns]:

    {"kind": "conv", "in": 8, "out": 16, "k": 3}      also "s" (1), "p" (0), "groups" (1), "bias" (True)
    {"kind": "linear", "in": 16, "out": 10}           also "bias" (True); reads a flat row of numbers
    {"kind": "norm", "in": 8}                         batch norm: a scale and a shift for each channel
    {"kind": "pool", "k": 2}                          moves by its window, rounds down
    {"kind": "relu"}, {"kind": "average"}, {"kind": "flatten"}

What stands in brackets counts where a layer does not say otherwise, as in torch. An average makes one number of each
map, a flatten one row of all maps.
"""


def conv_params(i: int, o: int, k: int, groups: int = 1, bias: bool = True) -> int:
    """Parameters of a k x k convolution from i to o channels; groups divides both.

    ``conv_params(16, 32, 3)`` is 4640, ``conv_params(32, 64, 3, 2, False)`` is 9216.
    """
    raise NotImplementedError


def layer_params(layers: list[dict]) -> list[int]:
    """Parameters of each layer.

    ``layer_params([{"kind": "conv", "in": 1, "out": 8, "k": 3}, {"kind": "norm", "in": 8}])`` is ``[80, 16]``.
    """
    raise NotImplementedError


def count(tensors: list[dict]) -> dict[str, int]:
    """How many numbers a model holds, as ``{"trainable": ..., "frozen": ..., "buffers": ...}``.

    Args:
        tensors: what a model lists, such as ``{"name": "head.weight", "shape": [10, 14], "storage": 3, "kind":
            "trainable"}``. The kind is ``"trainable"``, ``"frozen"`` or ``"buffer"``. Two entries with one storage are
            one tensor under two names.

    ``count([{"name": "a", "shape": [2, 3], "storage": 0, "kind": "frozen"}])`` is
    ``{"trainable": 0, "frozen": 6, "buffers": 0}``.
    """
    raise NotImplementedError


def neurons(shape: list[int], layers: list[dict]) -> list[int]:
    """Values behind each layer, for one image.

    ``neurons([1, 28, 28], [{"kind": "conv", "in": 1, "out": 16, "k": 5}])`` is ``[9216]``.
    """
    raise NotImplementedError


def macs(shape: list[int], layers: list[dict]) -> list[int]:
    """Multiplications with a weight in each layer, for one image; an addition that goes with one is not counted again.

    Only conv and linear have any: a norm can be merged into the convolution before it, and the other layers only add or
    compare. Padded zeros are multiplied like other numbers.

    ``macs([1, 28, 28], [{"kind": "conv", "in": 1, "out": 8, "k": 3}])`` is ``[48672]``.
    """
    raise NotImplementedError


def design(total: int = 6214) -> list[dict]:  # variant: total
    """A network with exactly `total` parameters, from 3,000 to 7,999; the default is your own number.

    It takes a [1, 28, 28] image and ends in 10 numbers, has at least two and at most eight convolutions, and each layer
    reads what the one before gives.
    """
    raise NotImplementedError
