"""Rounds the batch to the nearest number and the passes down.

Fails: fits
"""

import math

BYTES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}
KEPT_PER_WEIGHT = {"sgd": 0, "momentum": 1, "adam": 2}
INDEX_BYTES = 8


def is_trained(layer):
    return layer["parameters"] > 0 and not layer.get("frozen", False)


def fixed_bytes(layers, optimizer, dtype="float32"):
    everything = sum(layer["parameters"] for layer in layers)
    trained = sum(layer["parameters"] for layer in layers if is_trained(layer))
    return {
        "parameters": everything * BYTES[dtype],
        "gradients": trained * BYTES[dtype],
        "optimizer": trained * KEPT_PER_WEIGHT[optimizer] * BYTES[dtype],
    }


def activation_bytes(layers, batch, dtype="float32"):
    kept = {}  # numbers of each tensor that is kept, by the tensor's number
    indices = 0
    tensor = 0
    trains = False
    for layer in layers:
        trains = trains or is_trained(layer)
        before = tensor
        if layer["kind"] != "flatten":
            tensor += 1
        if not trains:
            continue
        if layer["kind"] in ("conv", "linear", "maxpool"):
            kept[before] = math.prod(layer["in"])
        if layer["kind"] == "relu":
            kept[tensor] = math.prod(layer["out"])
        if layer["kind"] == "maxpool":
            indices += math.prod(layer["out"])
    return batch * (sum(kept.values()) * BYTES[dtype] + indices * INDEX_BYTES)


def training_bytes(layers, batch, optimizer, dtype="float32"):
    return sum(fixed_bytes(layers, optimizer, dtype).values()) + activation_bytes(layers, batch, dtype)


def largest_batch(memory, fixed, per_image):
    return max(0, round((memory - fixed) / per_image))


def passes(batch, largest):
    if largest < 1:
        raise ValueError("not one image fits")
    return batch // largest
