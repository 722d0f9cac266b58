"""Hidden graders of code5: what is dropped between two layers altogether, and batches of other sizes."""

import math

import torch

WEIGHTED = ("convolution", "dense")


def test_rate(network, assignment):
    """Two dropouts of 0.1 in a row drop 0.19."""
    wanted = assignment.variant["rate"]
    for layer in network.operations:
        if layer.kind in WEIGHTED:
            for way in network.ways(layer, *WEIGHTED):
                kept = math.prod(1 - part.settings["p"] for part in way if part.kind == "dropout")
                assert kept == 1 or abs(1 - kept - wanted) < 0.02


def test_evaluation(network, oracle_rng):
    """One image, two, three: as in the batch of seventeen."""
    images = torch.from_numpy(oracle_rng.normal(size=(17, *network.input_shape)).astype("float32"))
    together = network.logits(images)
    for count in (1, 2, 3):
        assert torch.allclose(network.logits(images[:count]), together[:count], atol=1e-4)
