"""What code7 asks, in code that you may read: `dlgrade check code7` runs these on your carried network."""

from dlgrade.quantity import Count

REACH = 20


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"
    assert network.same_twice(), "two evaluations of one image differ: dropout is still active"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def test_deeper(network, earlier):
    found = [layer for layer in network.operations if layer.kind == "convolution"]
    before = int(earlier["convolutions"])
    how = f"{earlier.whose('convolutions')} has {before}; of both, all are counted that the scores depend on, 1x1 too"
    assert Count(len(found), "convolutions") > before, how


def test_reach(network):
    """Of the convolutions that leave a map, the one that sees most; behind the average there is no map."""
    found = [layer for layer in network.operations if layer.kind == "convolution" and max(layer.shape[1:]) > 1]
    assert found, "no convolution leaves a map"
    widest = max(found, key=lambda layer: layer.field or 0)
    said = f"{widest} sees {widest.field}x{widest.field} pixels, and no convolution before the average sees more"
    assert Count(widest.field or 0, "pixels") >= REACH, said


def test_average(network):
    read = network.dense_read()
    assert read is None, f"{read} reads a {read.shape} map flattened; average each map first"
    average = network.global_average()
    assert average is not None, "a map with the same average and other numbers gives other scores"
    assert min(average.sides[1:]) >= 3, f"{average}: only {average.shape} is left to average; pool less before it"


def without_norm(network):
    """Convolutions with a window from which a way leads to the next layer with weights without a batch norm."""
    for layer in network.operations:
        if layer.kind == "convolution" and max(layer.kernel) > 1:
            for way in network.ways(layer, "convolution", "dense", "average"):
                kinds = [step.kind for step in way]
                if kinds and kinds[-1] in {"convolution", "dense"} and "batch_norm" not in kinds:
                    yield layer


def test_keeps(network):
    bare = next(without_norm(network), None)
    assert bare is None, f"{bare}: no batch norm before the next layer"
    drops = [layer for layer in network.operations if layer.kind == "dropout"]
    active = [layer for layer in drops if layer.settings.get("p", 0.5) > 0 and layer.settings.get("train", True)]
    assert active, "no dropout is active in training"


def test_ledger(ask, network):
    rows = ask("ledger")
    assert isinstance(rows, dict), f"it answers {rows!r}, not a dict of names and numbers"
    wrong = [f"{name!r}: {number!r}" for name, number in rows.items() if type(number) is not int]
    assert not wrong, f"{wrong[0]} is no whole number"
    left = list(rows.values())
    for layer in network.layers:
        if layer.parameters:
            assert layer.parameters in left, f"no row has the {layer.parameters:,} of {layer.where}  {layer.name}"
            left.remove(layer.parameters)
    assert not any(left), f"no layer has the {max(left):,} of one row"
    total = Count(sum(rows.values()), "parameters")
    assert total == int(network.parameter_count), f"never called in forward: {', '.join(network.unused)}"


def test_learns(overfit, wanted):
    assert overfit >= wanted


def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
