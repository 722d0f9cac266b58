"""What code4 asks, in code that you may read: `dlgrade check code4` runs these on your carried network."""

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


def tensors(network, layer):
    """The parameters and buffers that a layer reads."""
    return {ref.index for ref in network.graph.train.steps[layer.index].reads if ref.kind == "t"}


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


def test_own_norms(network):
    seen = {}
    for layer in network.operations:
        if layer.kind == "batch_norm":
            for tensor in tensors(network, layer):
                other = seen.setdefault(tensor, layer)
                assert other is layer, (
                    f"{other} is called again at {layer.where or 'another place'}: its running "
                    "statistics are a blend of both maps and fit neither"
                )


def test_free_scores(network):
    for layer in last(network):
        for way in network.ways(layer, *WEIGHTED):
            found = [other for other in way if other.kind not in {"softmax", "average"}]
            assert not found or found[-1].kind in WEIGHTED, f"{found[0]} stands behind {layer}, which makes the scores"


def test_evaluation(network):
    assert network.same_twice(), "two evaluations of one image differ"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_no_bias(network):
    for layer in hidden(network):
        biases = [
            network.graph.tensors[index].value.numel() for index in tensors(network, layer)
            if network.graph.tensors[index].value.dim() == 1
        ]  # fmt: skip
        for way in network.ways(layer, "batch_norm", *WEIGHTED):
            at_once = (
                way and way[-1].kind == "batch_norm" and all(part.kind in {"max_pool", "average"} for part in way[:-1])
            )
            assert not (biases and at_once), (
                f"{layer} has {sum(biases)} biases, which {way[-1]} behind it takes out again"
            )


def test_one_change(network):
    found = [layer for layer in network.operations if layer.kind == "dropout"]
    assert not found, f"{found[0]} comes in the next step"


def test_learns(overfit, wanted):
    assert overfit >= wanted


def test_first_epoch(training, earlier):
    assert training.first_accuracy > earlier["first_accuracy"], f"compared with {earlier.whose('first_accuracy')}"


def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
