"""Gradients by hand, and what autograd does with them.

Read README.md first; check with ``dlgrade check f-autograd``. Everything here is plain Python: numbers, lists, dicts.
"""

from collections.abc import Callable


def neuron(w: float, x: float, b: float, t: float) -> dict[str, float]:
    """Gradient of L by every node of one neuron with a squared loss.

    m = w * x,  s = m + b,  p = tanh(s),  e = p - t,  L = e ** 2

    Returns:
        the gradient of L by "w", "x", "b", "t", "m", "s", "p", "e" and "L".

    >>> neuron(2.0, 1.0, -2.0, 1.0)["w"]
    -2.0
    """
    raise NotImplementedError


def two_paths(x: float, y: float) -> dict[str, float]:
    """Gradient of L by every node; x, a and b are used twice.

    a = x * y,  b = x + a,  c = a * b,  d = b ** 2,  L = c - d

    Returns:
        the gradient of L by "x", "y", "a", "b", "c", "d" and "L".

    >>> two_paths(2.0, 3.0)["b"]
    -10.0
    """
    raise NotImplementedError


def numeric_gradient(f: Callable[[list[float]], float], x: list[float], h: float = 1e-5) -> list[float]:
    """Central differences of f by each entry of x, which is as before when this returns.

    The checks name the function as text: f='x[0]**3' stands for ``lambda x: x[0]**3``.

    >>> numeric_gradient(lambda x: x[0] ** 3, [2.0], 0.5)
    [12.25]
    """
    raise NotImplementedError


def wrong_entries(f: Callable[[list[float]], float], gradient: list[float], x: list[float]) -> list[int]:
    """Which entries of a gradient are wrong: the places, in rising order.

    An entry g is right if it differs from the central difference n (with h = 1e-5) by at most 1e-6 times the larger
    of 1 and |n|. NaN is wrong.

    >>> wrong_entries(lambda x: x[0] * x[1], [5.0, 3.0], [2.0, 5.0])
    [1]
    """
    raise NotImplementedError


def after_steps(w: float, steps: list[list]) -> list[float | None]:
    """Value and .grad of one weight after some steps, as PyTorch would leave them.

    It begins with ``w = torch.tensor(w, requires_grad=True)`` and an optimiser SGD without momentum. Each step is
    [name, number], the number being None where there is none to give:

    ["backward", x]      loss = (w * x) ** 2; loss.backward()
    ["zero_grad", None]  optimizer.zero_grad()
    ["step", rate]       optimizer.step() with this learning rate; where .grad is None it does nothing
    ["detached", x]      y = w * x; loss = y * y.detach(); loss.backward()
    ["no_grad", x]       with torch.no_grad(): y = w * x; then, outside, loss = y * w; loss.backward()
    ["add", number]      with torch.no_grad(): w += number

    Returns:
        [value, grad]; grad is None where PyTorch's would be.

    >>> after_steps(3.0, [["backward", 1.0], ["step", 0.1]])
    [2.4, 6.0]
    """
    raise NotImplementedError


def flags(program: list[list[str]]) -> dict[str, dict[str, bool]]:
    """What PyTorch says of each tensor of a program after ``backward()`` on the last one.

    Each line is [name, operation, names of its inputs...]:

    ["w", "parameter"]           w = torch.tensor(1.0, requires_grad=True)
    ["x", "data"]                x = torch.tensor(1.0)
    ["m", "mul", "w", "x"]       m = w * x
    ["d", "detach", "m"]         d = m.detach()
    ["n", "no_grad", "w", "x"]   with torch.no_grad(): n = w * x

    Returns:
        for each name {"requires_grad": ..., "is_leaf": ..., "has_grad": ...}; has_grad says whether .grad is not None
        at the end. Where the last tensor does not require a gradient, backward is not called.

    >>> flags([["w", "parameter"], ["x", "data"], ["m", "mul", "w", "x"]])["x"]
    {'requires_grad': False, 'is_leaf': True, 'has_grad': False}
    """
    raise NotImplementedError
