"""What code2 asks, in code that you may read: `dlgrade check code2` runs these on your carried network."""

WEIGHTED = ("convolution", "dense")


def wide(layer):
    """A convolution that reads neighbours."""
    return layer.kind == "convolution" and max(layer.kernel) > 1


def last(network):
    """The layers with weights behind which no other one stands: they make the scores."""
    layers = [layer for layer in network.operations if layer.kind in WEIGHTED]
    return [
        layer for layer in layers
        if any(not way or way[-1].kind not in WEIGHTED for way in network.ways(layer, *WEIGHTED))
    ]  # fmt: skip


def behind(network, start):
    """Everything that what a layer puts out can reach."""
    layers = {layer.index: layer for layer in network.operations}
    reached, todo = set(), list(start.feeds)
    while todo:
        index = todo.pop()
        if index not in reached:
            reached.add(index)
            todo += layers[index].feeds
    return [layer for layer in network.operations if layer.index in reached]


def pools(network):
    """Each pool over windows, with the blocks before and behind it: convolutions larger than 1x1, without the head."""
    hidden = [layer for layer in network.operations if wide(layer) and layer not in last(network)]
    for pool in network.operations:
        if pool.kind in {"max_pool", "average"} and pool.kernel and max(pool.shape[1:]) > 1:
            after = [layer for layer in hidden if layer in behind(network, pool)]
            yield pool, [layer for layer in hidden if pool in behind(network, layer)], after


def unbent(network, start):
    """The next layer larger than 1x1, or dense, that is reached without an activation on the way; else None."""
    for way in network.ways(start, "activation", *WEIGHTED):
        end = way[-1] if way else None
        if end is None or end.kind not in WEIGHTED:
            continue
        found = end if wide(end) or end.kind == "dense" else unbent(network, end)
        if found is not None:
            return found
    return None


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def test_blocks(network):
    found = list(pools(network))
    assert found, "there is no pool to part two blocks"
    pool, before, after = max(found, key=lambda one: min(len(one[1]), len(one[2])))
    assert min(len(before), len(after)) >= 2, (
        f"{pool} has {len(before)} convolutions larger than 1x1 before it and {len(after)} behind it (the head is not "
        "counted); there should be two or more on each side"
    )
    for layer in (*before, *after):
        end = unbent(network, layer)
        assert end is None, f"{layer} runs into {end} without an activation between: the two are one linear layer"


def test_transition(network):
    between = [pool for pool, before, after in pools(network) if before and after]
    assert between, "no pool has a block before it and another behind it"
    beside = [
        layer for layer in network.operations if layer.kind == "convolution" and not wide(layer)
        for pool in between
        if any(layer in way for way in network.ways(pool, *WEIGHTED))
        or any(pool in way for way in network.ways(layer, *WEIGHTED))
    ]  # fmt: skip
    assert beside, f"no 1x1 convolution stands next to {between[0]}"
    assert any(layer.shape[0] < layer.reads[0] for layer in beside), (
        f"{beside[0]} should have fewer channels out than in"
    )


def test_head(network):
    read = network.dense_read()
    whole = read is None or any(wide(layer) and str(layer) == str(read) for layer in network.operations)
    assert whole, f"{read} reads a {read.shape} map flattened"


def test_free_scores(network):
    for layer in last(network):
        for way in network.ways(layer, *WEIGHTED):
            found = [other for other in way if other.kind not in {"softmax", "average"}]
            assert not found or found[-1].kind in WEIGHTED, f"{found[0]} stands behind {layer}, which makes the scores"


def test_learns(overfit, wanted):
    assert overfit >= wanted


def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
