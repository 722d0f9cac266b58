"""Takes the node that stands for the rest for one more unit.

Fails: wide
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
        left = left + [f"rest{left[0][1:-2]}"] * (layers[int(left[0][1:-2])] > most)
        lines += [f"  {one} -> {other};" for one in left for other in right]
    return "\n".join([*lines, "}"])


def named(place, layers):
    return "input" if place == 0 else "output" if place == layers - 1 else f"hidden {place}"


def counted(layers):
    weights = sum(left * right for left, right in pairwise(layers))
    biases = sum(layers[1:])
    return f"{weights} weights, {biases} biases, {weights + biases} parameters"
