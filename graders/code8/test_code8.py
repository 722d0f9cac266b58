"""Hidden graders of code8: tables for other images, norms that layers share, images that moved."""

import pytest

LARGE = (1, 48, 48)
WINDOWS = {"convolution", "max_pool", "average"}


def test_budget(student, network):
    """The count may not depend on the size of the image."""
    assert student.trouble(LARGE) or student.network(LARGE).parameter_count == int(network.parameter_count)


def test_keeps(network):
    """One norm behind two convolutions learns one scale for both, and its running statistics are a mixture."""
    weights = [layer.weights for layer in network.operations if layer.kind == "batch_norm" and layer.weights]
    assert len(weights) == len(set(weights))


@pytest.mark.parametrize("side", [33, 48])
def test_table(ask, student, side):
    """A network that runs at 28x28 only is asked for no other table."""
    if not student.trouble((1, side, side)):
        layers = student.network((1, side, side)).operations
        wanted = [
            [layer.shape[-1], layer.field]
            for layer in layers
            if layer.kind in WINDOWS and max(layer.shape[1:], default=1) > 1
        ]
        table = ask("rf_table", side)
        assert isinstance(table, list)
        assert [row[1::2] if isinstance(row, list) else row for row in table] == wanted


def test_accuracy(training, held_out, wanted):
    """Averaged maps hardly care where the digit stands: two pixels cost at most five points."""
    assert training.accuracy_on(held_out.shifted) >= wanted - 0.05
