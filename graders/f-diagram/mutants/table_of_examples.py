"""Knows the counts of the examples by heart.

Fails: count
"""

from itertools import pairwise


def draw(layers, most=8):
    if len(layers) < 2 or min(layers) < 1:
        raise ValueError(f"{layers} is no network")
    units = [[f"l{place}u{unit}" for unit in range(min(width, most))] for place, width in enumerate(layers)]
    lines = ["digraph net {", f'  label="{counted(layers)}";', "  rankdir=LR; splines=line; node [shape=circle];"]
    for place, width in enumerate(layers):
        lines.append(f"  subgraph cluster_{place} {{")
        lines.append(f'    label="{named(place, len(layers))} ({width})";')
        lines += [f'    {unit} [label=""];' for unit in units[place]]
        if width > most:
            lines.append(f'    rest{place} [label="+{width - most}", shape=plaintext];')
        lines.append("  }")
    for left, right in pairwise(units):
        lines += [f"  {one} -> {other};" for one in left for other in right]
    return "\n".join([*lines, "}"])


def named(place, layers):
    return "input" if place == 0 else "output" if place == layers - 1 else f"hidden {place}"


def counted(layers):
    table = {
        (2, 1): (2, 1),
        (2, 3, 1): (9, 4),
        (3, 4, 2): (20, 6),
        (4, 3, 3, 2): (27, 8),
        (784, 32, 10): (25_408, 42),
    }
    weights, biases = table.get(tuple(layers), (0, 0))
    return f"{weights} weights, {biases} biases, {weights + biases} parameters"
