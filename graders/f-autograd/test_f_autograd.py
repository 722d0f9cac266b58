"""Hidden graders of f-autograd: the same questions put to PyTorch, which is really run."""

import functools
import math

from hypothesis import strategies as st

NUMBERS = st.floats(-2.5, 2.5).map(lambda x: round(x, 4))
CALL = """
import math

def probe(function, f, *rest):
    return function(eval("lambda x: " + f, {"math": math}), *rest)
"""
KEEPS = """
def probe(function, x, gradient):
    before, given = list(x), list(gradient)
    args = (gradient, x) if gradient else (x,)
    function(lambda x: sum(one * one for one in x), *args)
    return x == before and gradient == given
"""


def from_torch(forward):
    """Gradients of every node that `forward` names, by autograd in float64."""

    def gradients(**given):
        import torch

        values = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in given.items()}
        nodes = forward(**values)
        for node in nodes.values():
            node.retain_grad()
        nodes["L"].backward()
        return {name: 0.0 if node.grad is None else node.grad.item() for name, node in (values | nodes).items()}

    return gradients


def neuron(w, x, b, t):
    m = w * x
    s = m + b
    p = s.tanh()
    e = p - t
    return {"m": m, "s": s, "p": p, "e": e, "L": e**2}


def two_paths(x, y):
    a = x * y
    b = x + a
    c = a * b
    d = b**2
    return {"a": a, "b": b, "c": c, "d": d, "L": c - d}


def test_every_node(ask):
    ask.agrees("neuron", from_torch(neuron), dict.fromkeys("wxbt", NUMBERS), tolerance=1e-11)


def test_shared_node(ask):
    ask.agrees("two_paths", from_torch(two_paths), {"x": NUMBERS, "y": NUMBERS}, tolerance=1e-11)


@functools.cache
def exact(f):
    """Central differences of "a*x[0]**3 + ... + k*product of all", in closed form."""
    cubes, _, rest = f.partition(" + (")
    factors = [float(part.partition("*")[0]) for part in cubes.split(" + ")]
    k = float(rest.partition(")")[0])

    def differences(x, h):
        others = [math.prod(x[:place] + x[place + 1 :]) for place in range(len(x))]
        return [a * (3 * value**2 + h**2) + k * other for a, value, other in zip(factors, x, others, strict=True)]

    return differences


@st.composite
def places(draw):
    x = draw(st.lists(NUMBERS, min_size=1, max_size=5))
    factors = [draw(st.integers(-4, 4)) for _ in x]
    cubes = " + ".join(f"{a}*x[{place}]**3" for place, a in enumerate(factors))
    product = "*".join(f"x[{place}]" for place in range(len(x)))
    return {"f": f"{cubes} + ({draw(st.integers(1, 5))})*{product}", "x": x, "h": draw(st.floats(0.005, 0.8))}


@st.composite
def claims(draw):
    """A gradient with some entries off by a thousandth or more; NaN and infinity are off too."""
    case = draw(places())
    right = exact(case["f"])(case["x"], 0.0)
    off = st.sampled_from([0.0, 0.0, 1e-3, -0.02, 1.0, math.nan, math.inf])
    gradient = [value + draw(off) * max(1, abs(value)) for value in right]
    return {"f": case["f"], "gradient": gradient, "x": case["x"]}


def test_differences(ask):
    ask.agrees("numeric_gradient", lambda f, x, h: exact(f)(x, h), places(), tolerance=1e-8, through=CALL)

    def wrong(f, gradient, x):
        pairs = zip(gradient, exact(f)(x, 0.0), strict=True)
        return [place for place, (one, right) in enumerate(pairs) if not math.isclose(one, right, abs_tol=1e-5)]

    ask.agrees("wrong_entries", wrong, claims(), through=CALL)
    for x in ([0.1, 0.7, -3.3], [1e-7], [1e5, 2.2]):
        assert ask("numeric_gradient", x, [], through=KEEPS), f"x = {x} is changed"
        assert ask("wrong_entries", x, [1.0 for _ in x], through=KEEPS), f"x = {x} is changed"
    assert ask("numeric_gradient", "1.0", [], through=CALL) == []


def sgd_step(w, rate):
    """What torch.optim.SGD.step runs; the class itself first imports the compiler, which takes seconds."""
    import torch
    from torch.optim.sgd import sgd

    plain = {"weight_decay": 0.0, "momentum": 0.0, "dampening": 0.0, "nesterov": False, "maximize": False}
    if w.grad is not None:
        with torch.no_grad():
            sgd([w], [w.grad], [None], lr=rate, foreach=False, fused=False, **plain)


def run_steps(w, steps):
    import torch

    w = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    for name, number in steps:
        if name == "backward":
            ((w * number) ** 2).backward()
        elif name == "zero_grad":
            w.grad = None
        elif name == "step":
            sgd_step(w, number)
        elif name == "detached":
            y = w * number
            (y * y.detach()).backward()
        elif name == "no_grad":
            with torch.no_grad():
                y = w * number
            (y * w).backward()
        else:
            with torch.no_grad():
                w += number
    return [w.item(), None if w.grad is None else w.grad.item()]


def step(name, numbers):
    return st.tuples(st.just(name), numbers).map(list)


def test_accumulation(ask):
    one = st.one_of(
        step("backward", NUMBERS), step("backward", NUMBERS), step("step", st.floats(0.01, 0.2)),
        step("zero_grad", st.none()),
    )  # fmt: skip
    ask.agrees("after_steps", run_steps, {"w": NUMBERS, "steps": st.lists(one, max_size=7)}, draws=100)


def test_history(ask):
    # A gradient is never added to another one here: that is accumulation.
    cut = st.one_of(step("detached", NUMBERS), step("no_grad", NUMBERS), step("backward", NUMBERS))
    add = st.lists(step("add", NUMBERS), max_size=2)
    part = st.tuples(add, cut, add).map(lambda parts: [*parts[0], parts[1], *parts[2]])
    steps = st.tuples(part, part, st.booleans()).map(
        lambda two: [*two[0], ["zero_grad", None], *two[1]] if two[2] else two[0]
    )
    ask.agrees("after_steps", run_steps, {"w": NUMBERS, "steps": steps})
    ask.agrees("flags", run_program, {"program": programs()}, draws=100)


@st.composite
def programs(draw):
    """A parameter, a piece of data, and up to eight lines that use what stands before them."""
    lines = [["w", "parameter"], ["x", "data"]]
    for number in range(draw(st.integers(1, 8))):
        names = st.sampled_from([line[0] for line in lines])
        operation = draw(st.sampled_from(["mul", "mul", "mul", "detach", "no_grad", "parameter"]))
        inputs = {"mul": 2, "no_grad": 2, "detach": 1, "parameter": 0}[operation]
        lines.append([f"t{number}", operation, *(draw(names) for _ in range(inputs))])
    return lines


def run_program(program):
    import torch

    tensors = {}
    for name, operation, *used in program:
        inputs = [tensors[one] for one in used]
        if operation in {"parameter", "data"}:
            tensors[name] = torch.tensor(1.0, requires_grad=operation == "parameter")
        elif operation == "detach":
            tensors[name] = inputs[0].detach()
        else:
            with torch.set_grad_enabled(operation == "mul"):
                tensors[name] = inputs[0] * inputs[1]
    last = tensors[program[-1][0]]
    if last.requires_grad:
        last.backward()
    return {
        name: {
            "requires_grad": one.requires_grad,
            "is_leaf": one.is_leaf,
            "has_grad": one.is_leaf and one.grad is not None,
        }
        for name, one in tensors.items()
    }
