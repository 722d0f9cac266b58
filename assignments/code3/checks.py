"""What code3 asks, in code that you may read: `dlgrade check code3` runs these on your network and your plan."""

WEIGHTED = ("convolution", "dense")
PLANNED = ("convolution", "dense", "max_pool", "average")


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


def moved(side, layer):
    """The side of the map behind a convolution or a pool."""
    first = {name: value[0] if isinstance(value, list) else value for name, value in layer.settings.items()}
    reach = first.get("dilation", 1) * (layer.kernel[0] - 1) + 1
    stride = first.get("stride") or (1 if layer.kind == "convolution" else layer.kernel[0])
    room = side + 2 * first.get("padding", 0) - reach
    return (-(-room // stride) if first.get("ceil_mode") else room // stride) + 1


def measured(network, side):
    """Channels, side and parameters behind each layer that a plan has, with the layer."""
    numbers = {tensor.names[0]: tensor.value.numel() for tensor in network.graph.tensors}
    sides, rows = {}, []
    for layer in network.operations:
        before = next((sides[other.index] for other in network.operations if layer.index in other.feeds), side)
        sides[layer.index] = moved(before, layer) if layer.kind in PLANNED and layer.kernel else before
        if layer.kind == "dense" or (layer.kind == "average" and not layer.kernel):
            sides[layer.index] = 1
        if layer.kind in PLANNED:
            rows.append((layer, [layer.shape[0], sides[layer.index], sum(numbers[name] for name in layer.weights)]))
    return rows


def compared(rows, right, side):
    """What is wrong with a plan, in words; empty where nothing is."""
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 3 for row in rows):
        return f"plan({side}) should be a list of rows (channels, side, parameters)"
    for number, (row, (layer, wanted)) in enumerate(zip(rows, right, strict=False), 1):
        if row != wanted or not all(type(value) is int for value in row):
            return f"row {number} of plan({side}) is {tuple(row)}, wanted {tuple(wanted)}: {layer}"
    if len(rows) != len(right):
        return f"plan({side}) has {len(rows)} rows for {len(right)} convolutions, pools and dense layers"
    return ""


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def test_lighter(network, earlier):
    assert network.parameter_count < earlier["parameters"], f"compared with {earlier.whose('parameters')}"


def test_skeleton(network, earlier):
    between = [pool for pool, before, after in pools(network) if len(before) >= 2 and len(after) >= 2]
    assert between, "no pool has two convolutions larger than 1x1 before it and two more, beside the head, behind it"
    for layer in network.operations:
        end = unbent(network, layer) if wide(layer) else None
        assert end is None, f"{layer} runs into {end} without an activation between: the two are one linear layer"
    cuts = [
        layer for layer in network.operations
        if layer.kind == "convolution" and not wide(layer) and layer.shape[0] < layer.reads[0]
        for pool in between
        if any(layer in way for way in network.ways(pool, *WEIGHTED))
        or any(pool in way for way in network.ways(layer, *WEIGHTED))
    ]  # fmt: skip
    assert cuts, f"no 1x1 convolution to fewer channels stands next to {between[0]}"
    read = network.dense_read()
    whole = read is None or any(wide(layer) and str(layer) == str(read) for layer in network.operations)
    assert whole, f"{read} reads a {read.shape} map flattened"
    count = sum(layer.kind == "convolution" for layer in network.operations)
    whose, wanted = earlier.whose("convolutions"), int(earlier["convolutions"])
    assert abs(count - wanted) <= 2, (
        f"{count} convolutions, and {whose} has {wanted}: two more or fewer are the same plan"
    )


def test_one_change(network):
    found = [layer for layer in network.operations if layer.kind in {"batch_norm", "other_norm", "dropout"}]
    assert not found, f"{found[0]} comes in a later step"


def test_plan(ask, network):
    for side in (28, 32):
        said = compared(ask("plan", side), measured(network, side), side)
        assert not said, said


def test_learns(overfit, wanted):
    assert overfit >= wanted


def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
