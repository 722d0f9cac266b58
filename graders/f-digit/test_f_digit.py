"""Hidden graders of f-digit: dense in fact and not by name, and every pixel read with a weight of its own."""

import torch

ELSEWHERE = {"unfold", "im2col", "as_strided", "fold", "col2im", "roll", "grid_sampler_2d", "cumsum"}


def test_scores(network, oracle_rng):
    """One image, two, three: as in the batch of seventeen."""
    images = torch.from_numpy(oracle_rng.normal(size=(17, 1, 28, 28)).astype("float32"))
    together = network.logits(images)
    for count in (1, 2, 3):
        some = network.logits(images[:count])
        assert some.shape == (count, *together.shape[1:])
        assert torch.allclose(some, together[:count], atol=1e-4)


def test_feed_forward(network):
    """A dense layer over patches shares its weights between them, as a convolution does."""
    for row in network.layers:
        if row.name.startswith("Linear"):
            assert len(row.input_shape) == 1
    for program in (network.graph.train, network.graph.eval):
        assert not [step for step in program.steps if step.packet in ELSEWHERE]
