"""Hidden graders of code7: norms that layers share, other image sizes, images that moved."""

LARGE = (1, 56, 56)


def test_budget(student, network):
    """The count may not depend on the size of the image."""
    assert student.trouble(LARGE) or student.network(LARGE).parameter_count == int(network.parameter_count)


def test_keeps(network):
    """One norm behind two convolutions learns one scale for both, and its running statistics are a mixture."""
    norms = [layer for layer in network.operations if layer.kind == "batch_norm" and layer.weights]
    weights = [layer.weights for layer in norms]
    assert len(weights) == len(set(weights))


def test_accuracy(training, held_out, wanted):
    """Averaged maps hardly care where the digit stands: two pixels cost at most five points."""
    assert training.accuracy_on(held_out.shifted) >= wanted - 0.05
