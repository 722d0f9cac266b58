"""Knows a network for each of the public numbers by heart, and no other.

Fails: design
"""

import math


def conv_params(i, o, k, groups=1, bias=True):
    return o * (i // groups) * k * k + (o if bias else 0)


def layer_params(layers):
    return [parameters(layer) for layer in layers]


def parameters(layer):
    bias = layer.get("bias", True)
    if layer["kind"] == "conv":
        return conv_params(layer["in"], layer["out"], layer["k"], layer.get("groups", 1), bias)
    if layer["kind"] == "linear":
        return layer["in"] * layer["out"] + (layer["out"] if bias else 0)
    return 2 * layer["in"] if layer["kind"] == "norm" else 0


def count(tensors):
    total, seen = {"trainable": 0, "frozen": 0, "buffers": 0}, set()
    for one in tensors:
        if one["storage"] in seen:
            continue
        seen.add(one["storage"])
        where = "buffers" if one["kind"] == "buffer" else one["kind"]
        total[where] += math.prod(one["shape"])
    return total


def neurons(shape, layers):
    return [math.prod(behind) for behind in shapes(shape, layers)]


def shapes(shape, layers):
    found = []
    for layer in layers:
        shape = one_layer(list(shape), layer)
        found.append(shape)
    return found


def one_layer(shape, layer):
    """The shape of one image behind a layer."""
    kind = layer["kind"]
    if kind == "conv":
        p, k, s = layer.get("p", 0), layer["k"], layer.get("s", 1)
        return [layer["out"], *((side + 2 * p - k) // s + 1 for side in shape[1:])]
    if kind == "pool":
        return [shape[0], *(side // layer["k"] for side in shape[1:])]
    if kind == "linear":
        return [layer["out"]]
    if kind == "average":
        return shape[:1]
    return [math.prod(shape)] if kind == "flatten" else shape


def macs(shape, layers):
    found = []
    for layer, behind in zip(layers, shapes(shape, layers), strict=True):
        if layer["kind"] == "conv":
            one = layer["in"] // layer.get("groups", 1) * layer["k"] ** 2
        else:
            one = layer["in"] if layer["kind"] == "linear" else 0
        found.append(math.prod(behind) * one)
    return found


def design(total=6214):
    return TABLE.get(total, TABLE[3000])


TABLE = {
    3000: [
        {"kind": "conv", "in": 1, "out": 2, "k": 3, "bias": True},
        {"kind": "relu"},
        {"kind": "pool", "k": 2},
        {"kind": "conv", "in": 2, "out": 99, "k": 3, "bias": False},
        {"kind": "norm", "in": 99},
        {"kind": "relu"},
        {"kind": "average"},
        {"kind": "linear", "in": 99, "out": 10},
    ],
    5070: [
        {"kind": "conv", "in": 1, "out": 2, "k": 3, "bias": True},
        {"kind": "relu"},
        {"kind": "pool", "k": 2},
        {"kind": "conv", "in": 2, "out": 180, "k": 3, "bias": False},
        {"kind": "relu"},
        {"kind": "average"},
        {"kind": "linear", "in": 180, "out": 10},
    ],
    6214: [
        {"kind": "conv", "in": 1, "out": 2, "k": 3, "bias": True},
        {"kind": "norm", "in": 2},
        {"kind": "relu"},
        {"kind": "pool", "k": 2},
        {"kind": "conv", "in": 2, "out": 206, "k": 3, "bias": False},
        {"kind": "norm", "in": 206},
        {"kind": "relu"},
        {"kind": "average"},
        {"kind": "linear", "in": 206, "out": 10},
    ],
    7999: [
        {"kind": "conv", "in": 1, "out": 2, "k": 3, "bias": False},
        {"kind": "norm", "in": 2},
        {"kind": "relu"},
        {"kind": "pool", "k": 2},
        {"kind": "conv", "in": 2, "out": 257, "k": 3, "bias": True},
        {"kind": "norm", "in": 257},
        {"kind": "relu"},
        {"kind": "average"},
        {"kind": "linear", "in": 257, "out": 10},
    ],
}
