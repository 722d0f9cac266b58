"""What f-autograd asks, in code that you may read. `dlgrade check f-autograd` runs it."""

import math

from hypothesis import strategies as st

HALVES = st.integers(-4, 4).map(lambda n: n / 2)

# The nodes in the order of the forward pass, each from those before it.
NEURON = {
    "m": lambda v: v["w"] * v["x"],
    "s": lambda v: v["m"] + v["b"],
    "p": lambda v: math.tanh(v["s"]),
    "e": lambda v: v["p"] - v["t"],
    "L": lambda v: v["e"] ** 2,
}
TWO_PATHS = {
    "a": lambda v: v["x"] * v["y"],
    "b": lambda v: v["x"] + v["a"],
    "c": lambda v: v["a"] * v["b"],
    "d": lambda v: v["b"] ** 2,
    "L": lambda v: v["c"] - v["d"],
}


def forward(nodes, given, nudged, by):
    """L, where one node comes out larger by a little."""
    values = {name: value + by * (name == nudged) for name, value in given.items()}
    for name, compute in nodes.items():
        values[name] = compute(values) + by * (name == nudged)
    return values["L"]


def by_nudging(nodes):
    """The gradient by each node: nudge it alone and see what L does. Good to some nine digits."""

    def gradients(**given):
        h = 1e-5
        names = [*given, *nodes][::-1]  # from L back: the first that is wrong is the one to look at
        return {n: (forward(nodes, given, n, h) - forward(nodes, given, n, -h)) / (2 * h) for n in names}

    return gradients


def test_every_node(ask):
    def neuron_with(square=2.0, slope=lambda p: 1 - p * p, by_w=lambda w, x: x, by_x=lambda w, x: w, by_t=-1.0):
        def believed(w, x, b, t):
            p = math.tanh(w * x + b)
            e = square * (p - t)
            s = e * slope(p)
            return {"w": s * by_w(w, x), "x": s * by_x(w, x), "b": s, "t": by_t * e, "m": s, "s": s, "p": e, "e": e,
                    "L": 1.0}  # fmt: skip

        return believed

    beliefs = {
        "relu-passes-all": neuron_with(slope=lambda p: 1.0),
        "power-rule-slip": neuron_with(square=1.0),
        "mul-passes-grad": neuron_with(by_w=lambda w, x: 1.0, by_x=lambda w, x: 1.0),
        "wrong-factor": neuron_with(by_w=lambda w, x: w, by_x=lambda w, x: x),
        "minus-keeps-sign": neuron_with(by_t=1.0),
    }
    cases = dict.fromkeys("wxbt", HALVES)
    ask.agrees("neuron", by_nudging(NEURON), cases, tolerance=1e-6, beliefs=beliefs, draws=60)
    example = ask("neuron", 2.0, 1.0, -2.0, 1.0)
    wanted = {"w": -2.0, "x": -4.0, "b": -2.0, "t": 2.0, "m": -2.0, "s": -2.0, "p": -2.0, "e": -2.0, "L": 1.0}
    said = ask.same(example, wanted)
    assert not said, f"neuron(2, 1, -2, 1), where s = 0, p = 0 and e = -1: {said}"


def test_shared_node(ask):
    def last_use_only(x, y):  # going back, what arrives last overwrites what came before
        b = x + x * y
        return {"L": 1.0, "d": -1.0, "c": 1.0, "b": -2 * b, "a": -2 * b, "x": -2 * b * y, "y": -2 * b * x}

    ask.agrees(
        "two_paths", by_nudging(TWO_PATHS), {"x": HALVES, "y": HALVES}, tolerance=1e-6, draws=60,
        beliefs={"branch-no-sum": last_use_only},
    )  # fmt: skip
    wanted = {"L": 1.0, "d": -1.0, "c": 1.0, "b": -10.0, "a": -2.0, "y": -4.0, "x": -16.0}
    said = ask.same(ask("two_paths", 2.0, 3.0), wanted)
    assert not said, f"two_paths(2, 3), where a = 6, b = 8, c = 48, d = 64 and L = -16: {said}"


CALL = """
import math

def probe(function, f, *rest):
    return function(eval("lambda x: " + f, {"math": math}), *rest)
"""
KEEPS = """
def probe(function, x):
    before = list(x)
    function(lambda x: x[0] * x[1], x)
    return [before, x]
"""

# Functions, with what their central differences are for any h.
EXACT = {
    "x[0]**2": lambda h, x: [2 * x],
    "x[0]**3": lambda h, x: [3 * x**2 + h**2],
    "math.exp(x[0])": lambda h, x: [math.exp(x) * math.sinh(h) / h],
    "x[0]*x[1]": lambda h, x, y: [y, x],
    "x[0]**3 - 2*x[0]*x[1]**2": lambda h, x, y: [3 * x**2 + h**2 - 2 * y**2, -4 * x * y],
    "x[0]*x[1]*x[2] + 3*x[2]": lambda h, x, y, z: [y * z, x * z, x * y + 3],
}


@st.composite
def places(draw):
    f = draw(st.sampled_from(list(EXACT)))
    entries = 1 + max(k for k in range(3) if f"x[{k}]" in f)
    x = draw(st.lists(HALVES, min_size=entries, max_size=entries))
    return {"f": f, "x": x, "h": draw(st.sampled_from([0.5, 0.1, 0.01]))}


def test_differences(ask):
    def exact(f, x, h):
        return EXACT[f](h, *x)

    def one_sided(f, x, h):
        function = eval(f"lambda x: {f}", {"math": math})  # noqa: S307 - a text of the table above
        ups = [[value + h * (k == place) for k, value in enumerate(x)] for place in range(len(x))]
        return [(function(up) - function(x)) / h for up in ups]

    beliefs = {
        "one-sided-is-enough": one_sided,
        "central-over-h": lambda f, x, h: [2 * slope for slope in exact(f, x, h)],
    }
    ask.agrees("numeric_gradient", exact, places(), beliefs=beliefs, draws=60, through=CALL)
    default = ask("numeric_gradient", "x[0]**3", [2.0], through=CALL)
    said = ask.same(default, [12.0], 1e-6)
    assert not said, f"without h, numeric_gradient(lambda x: x[0]**3, [2.0]) should be 12 to six digits; {said}"
    for x in ([0.1, 0.7], [3.3, 2.2]):
        before, after = ask("numeric_gradient", x, through=KEEPS)
        assert before == after, f"numeric_gradient changes x = {before} to {after}; work on copies"
    for gradient, wrong in (
        ([5.0, 3.0], [1]), ([5.0, 2.0], []), ([-5.0, 2.001], [0, 1]), ([5.0, math.nan], [1]),
    ):  # fmt: skip
        found = ask("wrong_entries", "x[0]*x[1]", gradient, [2.0, 5.0], through=CALL)
        assert found == wrong, (
            f"wrong_entries(lambda x: x[0]*x[1], {gradient}, [2.0, 5.0]) should be {wrong}, as the gradient is [5, 2]; "
            f"it is {found}"
        )


def test_accumulation(ask):
    def since_zero_grad(w, steps):
        """.grad is the slope of all losses since then, added up; of a parabola differences are exact."""
        xs = []
        for name, x in steps:
            xs = [*xs, x] if name == "backward" else []
        slopes = [((w + 0.5) * x) ** 2 - ((w - 0.5) * x) ** 2 for x in xs]
        return [w, sum(slopes) if slopes else None]

    def last_only(w, steps):
        return since_zero_grad(w, steps[-1:])

    def zeros(w, steps):
        cleared = since_zero_grad(w, steps)[1] is None and bool(steps)
        return [w, 0.0] if cleared else since_zero_grad(w, steps)

    backward = st.tuples(st.just("backward"), st.integers(-3, 3).map(float)).map(list)
    steps = st.lists(st.one_of(backward, backward, st.just(["zero_grad", None])), max_size=5)
    beliefs = {"zero-grad-optional": last_only, "zero-grad-writes-zeros": zeros}
    cases = {"w": st.integers(-3, 3).map(float), "steps": steps}
    ask.agrees("after_steps", since_zero_grad, cases, beliefs=beliefs, draws=60)
    for w, taken, wanted, why in (
        (3.0, [["backward", 1.0], ["step", 0.1]], [2.4, 6.0], "a step takes 0.1 x 6 and leaves .grad as it is"),
        (3.0, [["step", 0.1]], [3.0, None], "with .grad None a step does nothing"),
        (3.0, [["backward", 1.0], ["step", 0.5], ["backward", 2.0]], [0.0, 6.0], "the second slope is taken at w = 0"),
        (1.0, [["backward", 1.0], ["step", 0.25], ["step", 0.25]], [0.0, 2.0], "both steps use the same .grad of 2"),
    ):
        said = ask.same(ask("after_steps", w, taken), wanted)
        assert not said, f"after_steps({w}, {taken}) should be {wanted}, as {why}; {said}"


def test_history(ask):
    for w, steps, wanted, why in (
        (3.0, [["detached", 2.0]], [3.0, 12.0], "only one of the two factors has a history: 6 x 2, not 2 x 6 x 2"),
        (3.0, [["no_grad", 2.0]], [3.0, 6.0], "y = 6 is a constant, so the slope of y * w is 6"),
        (3.0, [["add", -1.0], ["backward", 1.0]], [2.0, 4.0], "under no_grad values can still change"),
        (1.0, [["backward", 1.0], ["add", 4.0]], [5.0, 2.0], "a change of w does not touch its .grad"),
    ):
        said = ask.same(ask("after_steps", w, steps), wanted)
        assert not said, f"after_steps({w}, {steps}) should be {wanted}, as {why}; {said}"

    def line(requires_grad, is_leaf, has_grad):
        return {"requires_grad": requires_grad, "is_leaf": is_leaf, "has_grad": has_grad}

    parameter, constant, between = line(True, True, True), line(False, True, False), line(True, False, False)
    loss = [["w", "parameter"], ["x", "data"], ["m", "mul", "w", "x"], ["L", "mul", "m", "m"]]
    said = ask.same(ask("flags", loss), {"w": parameter, "x": constant, "m": between, "L": between})
    assert not said, f"flags of L = m * m with m = w * x: {said}; data is a leaf too, and only leaves keep .grad"
    cut = [["w", "parameter"], ["v", "parameter"], ["m", "mul", "w", "w"], ["d", "detach", "m"], ["L", "mul", "d", "v"]]
    wanted = {"w": line(True, True, False), "v": parameter, "m": between, "d": constant, "L": between}
    said = ask.same(ask("flags", cut), wanted)
    assert not said, f"flags of L = d * v with d = (w * w).detach(): {said}; no path leads from L to w"
    off = [["w", "parameter"], ["n", "no_grad", "w", "w"]]
    said = ask.same(ask("flags", off), {"w": line(True, True, False), "n": constant})
    assert not said, f"flags of n = w * w under no_grad: {said}; n has no history, so it is a leaf"
