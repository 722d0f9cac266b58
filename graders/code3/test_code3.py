"""Hidden graders of code3: batches of other sizes, and plans for other images."""

import runpy
from pathlib import Path

import torch

PUBLIC = Path(__file__).parents[2] / "assignments" / "code3" / "checks.py"


def test_scores(network, oracle_rng):
    """One image, two, three: as in the batch of seventeen."""
    images = torch.from_numpy(oracle_rng.normal(size=(17, *network.input_shape)).astype("float32"))
    together = network.logits(images)
    for count in (1, 2, 3):
        some = network.logits(images[:count])
        assert some.shape == (count, *together.shape[1:])
        assert torch.allclose(some, together[:count], atol=1e-4)


def test_plan(ask, network, oracle_rng):
    """Even and odd sides: a pool leaves out the last row of an odd one."""
    public = runpy.run_path(str(PUBLIC))
    for side in (29, 30, 31, int(oracle_rng.integers(33, 100))):
        assert not public["compared"](ask("plan", side), public["measured"](network, side), side)
