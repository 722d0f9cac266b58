"""Takes the difference from x to x + h only.

Fails: differences
"""

import math


def neuron(w, x, b, t):
    m = w * x
    s = m + b
    p = math.tanh(s)
    e = p - t
    g = {"L": 1.0}
    g["e"] = g["L"] * 2 * e
    g["p"] = g["e"]
    g["t"] = -g["e"]
    g["s"] = g["p"] * (1 - p**2)
    g["m"] = g["s"]
    g["b"] = g["s"]
    g["w"] = g["m"] * x
    g["x"] = g["m"] * w
    return g


def two_paths(x, y):
    a = x * y
    b = x + a
    g = {"L": 1.0}
    g["c"] = g["L"]
    g["d"] = -g["L"]
    g["b"] = g["c"] * a + g["d"] * 2 * b
    g["a"] = g["c"] * b + g["b"]
    g["x"] = g["a"] * y + g["b"]
    g["y"] = g["a"] * x
    return g


def numeric_gradient(f, x, h=1e-5):
    slopes = []
    for place in range(len(x)):
        up = list(x)
        up[place] += h
        slopes.append((f(up) - f(x)) / h)
    return slopes


def wrong_entries(f, gradient, x):
    pairs = enumerate(zip(gradient, numeric_gradient(f, x), strict=True))
    return [place for place, (g, n) in pairs if not abs(g - n) <= 1e-6 * max(1, abs(n))]


def after_steps(w, steps):
    grad = None
    for name, number in steps:
        if name == "zero_grad":
            grad = None
        elif name == "step":
            w -= number * (grad or 0.0)
        elif name == "add":
            w += number
        else:
            slope = {"backward": 2 * w * number**2, "detached": w * number**2, "no_grad": w * number}[name]
            grad = slope + (grad or 0.0)
    return [w, grad]


def flags(program):
    requires, leaf, inputs = {}, {}, {}
    for name, operation, *used in program:
        requires[name] = operation == "parameter" or (operation == "mul" and any(requires[one] for one in used))
        leaf[name] = operation == "parameter" or not requires[name]
        inputs[name] = used if requires[name] else []
    reached = set()
    waiting = [program[-1][0]]
    while waiting:
        name = waiting.pop()
        if requires[name] and name not in reached:
            reached.add(name)
            waiting += inputs[name]
    return {
        name: {"requires_grad": requires[name], "is_leaf": leaf[name], "has_grad": leaf[name] and name in reached}
        for name in requires
    }
