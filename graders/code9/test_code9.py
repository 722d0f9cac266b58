"""Hidden graders of code9: the test transform after the other one was made, on digits; images that moved."""

import numpy as np

# As a program does that makes both: the training transform first, and more than once.
AFTERWARDS = """
import sys

import numpy as np
from PIL import Image

def probe(test_transform, images, times):
    train_transform = vars(sys.modules[test_transform.__module__])["train_transform"]
    for _ in range(2):
        train_transform()(Image.fromarray(images[0]))
    transform = test_transform()
    return [[np.asarray(transform(Image.fromarray(image))) for _ in range(times)] for image in images]
"""


def test_untouched(ask, recipe, held_out, oracle_rng):
    """Every value is a line in the grey value, and the same each time; the line is that of the training."""
    images = held_out.test.pixels.numpy().reshape(-1, 28, 28)
    chosen = images[oracle_rng.choice(len(images), 24, replace=False)]
    normalise = [step for step in recipe.transforms if step.name == "Normalize"]
    assert normalise
    mean, std = (float(np.ravel(normalise[0].arguments[key])[0]) for key in ("mean", "std"))
    for image, answers in zip(chosen, ask("test_transform", chosen, 3, through=AFTERWARDS), strict=True):
        for answer in answers:
            assert isinstance(answer, np.ndarray)
            assert answer.shape == (1, 28, 28)
            assert np.abs(answer[0] - (image / 255 - mean) / std).max() < 1e-3


def test_keeps(network):
    """One norm behind two convolutions learns one scale for both, and its running statistics are a mixture."""
    weights = [layer.weights for layer in network.operations if layer.kind == "batch_norm" and layer.weights]
    assert len(weights) == len(set(weights))


def test_accuracy(training, held_out, wanted):
    """Averaged maps hardly care where the digit stands: two pixels cost at most five points."""
    assert training.accuracy_on(held_out.shifted) >= wanted - 0.05
