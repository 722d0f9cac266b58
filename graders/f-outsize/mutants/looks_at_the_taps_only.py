"""Asks whether the k taps fit, not whether the window that they span does.

Fails: no_room
"""


def out_size(n, k, s=1, p=0, d=1):
    room = n + 2 * p - (d * (k - 1) + 1)
    if k > n + 2 * p:
        raise ValueError(f"a window of {d * (k - 1) + 1} does not fit into {n + 2 * p}")
    return room // s + 1


def pool_size(n, k, s=None, p=0, ceil=False):
    stride = k if s is None else s
    room = n + 2 * p - k
    if not ceil:
        return room // stride + 1
    last = -(-room // stride) * stride  # where the last window starts, if it may stick out
    return last // stride + 1 if last < n + p else last // stride


def chain(size, layers):
    sizes = []
    for layer in layers:
        size = [out_size(side, **axis(layer, number)) for number, side in enumerate(size)]
        sizes.append(size)
    return sizes


def axis(layer, number):
    """The settings of a layer along one axis."""
    settings = {
        key: value[number] if isinstance(value, list) else value for key, value in layer.items() if key != "kind"
    }
    if layer["kind"] == "pool":
        settings.setdefault("s", settings["k"])
    return settings


def solve_padding(n, k, s, out):
    # out is reached where out - 1 strides fit into the room and one more does not.
    smallest = (out - 1) * s + k - n
    p = max(0, -(-smallest // 2))
    return p if out_size(n, k, s, p) == out else None


def transposed(n, k, s, p=0, op=0):
    return (n - 1) * s - 2 * p + k + op
