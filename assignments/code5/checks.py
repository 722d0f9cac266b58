"""What code5 asks, in code that you may read: `dlgrade check code5` runs these on your carried network."""

from dlgrade.quantity import Share

WEIGHTED = ("convolution", "dense")


def last(network):
    """The layers with weights behind which no other one stands: they make the scores."""
    layers = [layer for layer in network.operations if layer.kind in WEIGHTED]
    return [
        layer for layer in layers
        if any(not way or way[-1].kind not in WEIGHTED for way in network.ways(layer, *WEIGHTED))
    ]  # fmt: skip


def hidden(network):
    """The convolutions that do not make the scores."""
    heads = last(network)
    return [layer for layer in network.operations if layer.kind == "convolution" and layer not in heads]


def drops(layer):
    """A dropout that is active in training."""
    return layer.kind == "dropout" and layer.settings["p"] > 0 and layer.settings["train"]


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def test_norms(network):
    assert hidden(network), "there is no hidden convolution"
    for layer in hidden(network):
        for way in network.ways(layer, "batch_norm", *WEIGHTED):
            end = way[-1].kind if way else "nothing"
            where = way[-1] if end in WEIGHTED else "the scores"
            assert end == "batch_norm", f"{layer} reaches {where} without a batch norm between"


def test_dropout(network):
    dropped = [
        layer for layer in hidden(network)
        if all(any(map(drops, way)) for way in network.ways(layer, *WEIGHTED))
    ]  # fmt: skip
    rest = [layer for layer in hidden(network) if layer not in dropped]
    one = f", {rest[0]} for one is not" if rest else ""
    assert len(dropped) >= 4, (
        f"{len(dropped)} hidden convolutions are followed by a dropout that is active in training{one}"
    )


def test_rate(network, assignment):
    found = [layer for layer in network.operations if layer.kind == "dropout"]
    assert found, "there is no nn.Dropout or nn.Dropout2d"
    wanted = assignment.variant["rate"]
    for layer in found:
        p = layer.settings["p"]
        swapped = ", the share that is kept" if abs(1 - p - wanted) < 1e-4 else ""
        assert abs(p - wanted) < 1e-4, f"{layer} drops {p:g} of the values{swapped}; yours is {wanted:g}"


def test_free_scores(network):
    for layer in last(network):
        for way in network.ways(layer, *WEIGHTED):
            found = [other for other in way if other.kind not in {"softmax", "average"}]
            assert not found or found[-1].kind in WEIGHTED, f"{found[0]} stands behind {layer}, which makes the scores"


def test_evaluation(network):
    assert network.same_twice(), "two evaluations of one image differ: dropout is still active"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_learns(overfit, wanted):
    assert overfit >= wanted


def test_gap(training, earlier):
    """The middle one of three epochs: a single epoch of the test may fall by half a point and rise again."""
    rows = training.summary.curve[-3:]
    gaps = sorted(row.train_accuracy - row.test_accuracy for row in rows)
    said = ", ".join(f"{100 * row.train_accuracy:.2f} and {100 * row.test_accuracy:.2f} %" for row in rows)
    how = f"training and test of the last epochs: {said}; compared with {earlier.whose('gap')}"
    assert Share(gaps[len(gaps) // 2]) < earlier["gap"], how


def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
