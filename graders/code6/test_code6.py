"""Hidden graders of code6: other sizes, other images of the held-out set."""

LARGE = (1, 56, 56)


def test_budget(student, network):
    """The count may not depend on the size of the image."""
    assert student.trouble(LARGE) or student.network(LARGE).parameter_count == int(network.parameter_count)


def test_global_average(student):
    """Also in larger images; a network that does not run there fails any_size and not this."""
    trouble = student.trouble(LARGE) or student.network(LARGE).dense_read()
    assert trouble or student.network(LARGE).global_average()


def test_any_size(student, network, oracle_rng):
    """AvgPool2d(7) survives 40 pixels by rounding down, and leaves 2x2 positions of 56; one size is drawn."""
    assert not student.trouble(LARGE)
    assert student.network(LARGE).output_shape == tuple(network.output_shape)
    assert student.network(LARGE).dense_read() is None
    assert student.network(LARGE).parameters_read == network.parameters_read
    side = int(oracle_rng.integers(41, 72))
    assert not student.trouble((1, side, side))


def test_accuracy_980(training, held_out, wanted):
    """Averaged maps hardly care where the digit stands: two pixels cost at most five points."""
    assert training.accuracy_on(held_out.shifted) >= wanted - 0.05
