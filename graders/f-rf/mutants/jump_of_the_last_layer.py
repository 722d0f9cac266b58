"""Takes the stride of the last layer for the jump.

Fails: size, kinds, jump, window, pool
"""


def settings(layer):
    """k, s, p, d of a layer, with what counts where it says nothing."""
    k = layer.get("k", 1)
    s = layer.get("s", k if layer["kind"] == "pool" else 1)
    return k, s, layer.get("p", 0), layer.get("d", 1)


def walk(layers):
    """(size, jump, start) behind each layer."""
    size, jump, start = 1, 1, 0
    for layer in layers:
        k, s, p, d = settings(layer)
        size += (k - 1) * d * jump
        start -= p * jump
        jump = s
        yield size, jump, start


def field(layers):
    return [size for size, _, _ in walk(layers)]


def jump(layers):
    return [jump for _, jump, _ in walk(layers)]


def window(layers, place):
    size, jump, start = list(walk(layers))[-1]
    first = start + place * jump
    return [first, first + size - 1]


def seen(layers, n, place):
    sides = [n]
    for layer in layers:
        k, s, p, d = settings(layer)
        sides.append((sides[-1] + 2 * p - (k - 1) * d - 1) // s + 1)
    places = {place}
    for layer, side in zip(reversed(layers), reversed(sides[:-1]), strict=True):
        k, s, p, d = settings(layer)
        taps = {i * s - p + tap * d for i in places for tap in range(k)}
        places = {i for i in taps if 0 <= i < side}
    return sorted(places)


def latest_pool(layers, wanted):
    for place in range(len(layers), -1, -1):
        if field([*layers[:place], {"kind": "pool", "k": 2}, *layers[place:]])[-1] >= wanted:
            return place
    return None
