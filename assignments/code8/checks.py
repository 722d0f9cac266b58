"""What code8 asks, in code that you may read: `dlgrade check code8` runs these on your carried network."""

from dlgrade.quantity import Count


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"
    assert network.same_twice(), "two evaluations of one image differ: dropout is still active"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def stride(layer):
    """By how many positions the window moves; a pool that is not told moves by its own width."""
    given = layer.settings.get("stride")
    given = given[0] if isinstance(given, list) and given else given
    return given or (1 if layer.kind == "convolution" else max(layer.kernel, default=1))


def on_maps(network):
    """Convolutions and pools that leave a map; a global average and what is behind it leave none."""
    kinds = {"convolution", "max_pool", "average"}
    return [layer for layer in network.operations if layer.kind in kinds and max(layer.shape[1:], default=1) > 1]


def smaller(network):
    """Those that move by more than one position, so that the map behind them has half the side or less."""
    return [layer for layer in on_maps(network) if stride(layer) > 1]


def test_first_pool(network, assignment):
    least = assignment.variant["field"]
    found = smaller(network)
    assert found, "nothing makes the map smaller by pooling"
    first = found[0]
    assert first.kind == "max_pool", f"{first} makes the map smaller first, and is no max-pool"
    seen = Count(first.field_before or 0, "pixels")
    said = f"{first} reads positions that see {int(seen)}x{int(seen)} pixels"
    assert seen >= least, f"{said}: it stands too early"
    assert seen <= least + 1, f"{said}: it stands too late"


def windows(layers):
    """How many convolutions with a window work on maps there."""
    return sum(layer.kind == "convolution" and max(layer.kernel) > 1 and max(layer.reads[1:]) > 1 for layer in layers)


def test_room(network):
    for pool in smaller(network):
        left = Count(min(windows(way) for way in network.ways(pool)), "convolutions")
        assert left >= 2, f"{pool}: before the average only {int(left)} more with a window"


def test_depth(network, earlier):
    found = sum(layer.kind == "convolution" for layer in network.operations)
    before = int(earlier["convolutions"])
    how = f"{earlier.whose('convolutions')} has {before}; of both, all are counted that the scores depend on, 1x1 too"
    assert Count(found, "convolutions") >= before, how


def test_reach(network, assignment):
    """Of the convolutions that leave a map, the one that sees most; behind the average there is no map."""
    found = [layer for layer in on_maps(network) if layer.kind == "convolution"]
    assert found, "no convolution leaves a map"
    widest = max(found, key=lambda layer: layer.field or 0)
    said = f"{widest} sees {widest.field}x{widest.field} pixels, and no convolution before the average sees more"
    assert Count(widest.field or 0, "pixels") >= assignment.variant["reach"], said


def without_norm(network):
    """Convolutions with a window from which a way leads to the next layer with weights without a batch norm."""
    for layer in network.operations:
        if layer.kind == "convolution" and max(layer.kernel) > 1:
            for way in network.ways(layer, "convolution", "dense", "average"):
                kinds = [step.kind for step in way]
                if kinds and kinds[-1] in {"convolution", "dense"} and "batch_norm" not in kinds:
                    yield layer


def test_keeps(network):
    read = network.dense_read()
    assert read is None, f"{read} reads a {read.shape} map flattened; average each map first"
    average = network.global_average()
    assert average is not None, "a map with the same average and other numbers gives other scores"
    assert min(average.sides[1:]) >= 3, f"{average}: only {average.shape} is left to average; pool less before it"
    bare = next(without_norm(network), None)
    assert bare is None, f"{bare}: no batch norm before the next layer"


def test_dropout(network):
    drops = [layer for layer in network.operations if layer.kind == "dropout"]
    active = [layer for layer in drops if layer.settings.get("p", 0.5) > 0 and layer.settings.get("train", True)]
    assert active, "no dropout is active in training"
    first = next(iter(smaller(network)), None)
    if first is not None:
        assert active[0].index < first.index, f"none before {first}"
        assert active[-1].index > first.index, f"none behind {first}"


def rows_of(network):
    """Each convolution and pool before the average, with its size, jump and field; the field is measured."""
    jumps, rows = {}, []
    for layer in network.operations:
        before = [jumps[other.index] for other in network.operations if layer.index in other.feeds]
        jumps[layer.index] = max(before, default=1) * (stride(layer) if layer in on_maps(network) else 1)
    for layer in on_maps(network):
        rows.append((layer, [layer.shape[-1], jumps[layer.index], layer.field]))
    return rows


def test_table(ask, network):
    table, rows = ask("rf_table"), rows_of(network)
    assert isinstance(table, list), f"it answers {table!r}, not a list of rows"
    odd = [row for row in table if not isinstance(row, list) or len(row) != 4]
    assert not odd, f"{odd[0]!r} is no row of name, size, jump and field"
    for row, (layer, numbers) in zip(table, rows, strict=False):
        said = "size {}, jump {}, field {}"
        assert row[1:] == numbers, f"{layer}: {said.format(*numbers)} wanted, your row says {said.format(*row[1:])}"
    assert len(table) == len(rows), f"{len(table)} rows for {len(rows)} convolutions and pools before the average"


def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
