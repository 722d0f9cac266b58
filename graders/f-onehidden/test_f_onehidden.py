"""Hidden graders of f-onehidden: other weights, both modes, other widths, other batches."""

import numpy as np
import pytest
import torch
from hypothesis import strategies as st

from dlgrade.graph import BadGraph

BUILT = """
def probe(Net, inputs, hidden, classes):
    import torch
    try:
        net = Net(inputs, hidden, classes)
        scores = net(torch.zeros(3, inputs))
    except NotImplementedError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return [sorted(p.numel() for p in net.parameters()), list(scores.shape)]
"""


def by_units(x, w, b, v, c):
    """Unit by unit: what each hidden one is worth, and what it adds to the scores."""
    scores = np.tile(np.asarray(c, "float64"), (len(x), 1))
    for unit in range(len(w)):
        drive = (np.asarray(x, "float64") * w[unit]).sum(1) + b[unit]
        scores += np.outer(np.where(drive > 0, drive, 0.0), v[:, unit])
    return scores


@pytest.mark.parametrize("training", [False, True])
def test_formula(network, oracle_rng, training):
    """Weights of any size and sign, biases that are not near 0, in training mode as in evaluation."""
    shapes = [(32, 784), (32,), (10, 32), (10,)]
    for _ in range(20):
        module = network.module().train(training)
        values = {shape: oracle_rng.normal(size=shape).astype("float32") for shape in shapes}
        with torch.no_grad():
            for held in module.parameters():
                if tuple(held.shape) in shapes:
                    held.copy_(torch.from_numpy(values[tuple(held.shape)]))
        held = {tuple(held.shape) for held in module.parameters()}
        values |= {shape: np.zeros(shape, "float32") for shape in [(32,), (10,)] if shape not in held}  # a missing bias
        x = oracle_rng.normal(size=(10, 784)).astype("float32")
        with torch.no_grad():
            scores = module(torch.from_numpy(x.reshape(10, 1, 28, 28))).numpy()
        wanted = by_units(x, *(values[shape] for shape in shapes))
        assert scores.shape == wanted.shape
        assert np.abs(scores - wanted).max() < 1e-4 * np.abs(wanted).max()


def test_logits(network, oracle_rng):
    """A score grows beyond any bound with its bias, below 0 too."""
    for value in oracle_rng.uniform(50, 500, size=10):
        for shift in (value, -value):
            module = network.module().eval()
            last = [held for held in module.parameters() if tuple(held.shape) == (10,)]
            if not last:
                return  # without a bias: another criterion's matter
            images = torch.zeros(3, 1, 28, 28)
            with torch.no_grad():
                before = module(images)
                last[0] += float(shift)
                after = module(images)
            if bool((before >= 0).all()):
                return  # a ReLU at the end is one_relu's matter
            assert torch.allclose(after - before, torch.full_like(after, float(shift)), rtol=1e-3)


@pytest.mark.parametrize("training", [False, True])
def test_any_batch(network, oracle_rng, training):
    """One, two, three or sixty-five of the same images, in either mode."""
    images = torch.from_numpy(oracle_rng.normal(size=(65, 1, 28, 28)).astype("float32") * 2 + 1)
    module = network.module().train(training)
    with torch.no_grad():
        together = module(images)
        for count in (1, 2, 3, 64):
            for start in (0, 65 - count):
                try:
                    some = module(images[start : start + count])
                except BadGraph as error:  # a norm over the batch does not take one image in training
                    raise AssertionError(str(error)) from None
                assert some.shape == (count, *together.shape[1:])
                assert torch.allclose(some, together[start : start + count], atol=1e-4)


def test_any_width(ask):
    """Widths that no table holds: what the layers hold, and what comes out."""

    def built(inputs, hidden, classes):
        return [sorted([inputs * hidden, hidden, hidden * classes, classes]), [3, classes]]

    widths = st.integers(2, 80)
    ask.agrees("Net", built, {"inputs": widths, "hidden": widths, "classes": widths}, through=BUILT, draws=200)
