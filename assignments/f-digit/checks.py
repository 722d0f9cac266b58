"""What f-digit asks, in code that you may read: `dlgrade check f-digit` runs these on your carried network."""

NOT_DENSE = ("Conv", "MaxPool", "AvgPool", "Adaptive", "Global", "Mean", "LSTM", "GRU", "RNN", "Attention", "Embedding")


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"
    assert network.same_twice(), "two evaluations of one image differ: dropout is still active"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_feed_forward(network):
    other = [f"{row.where}  {row.name}".strip() for row in network.layers if row.name.startswith(NOT_DENSE)]
    assert not other, f"{other[0]} is no dense layer"
    dense = [row for row in network.layers if row.name.startswith("Linear")]
    assert dense, "there is no nn.Linear"
    assert dense[0].input_shape[-1] > 1, f"{dense[0].name} should read the pixels of an image"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def test_learns(overfit, wanted):
    assert overfit >= wanted


def test_accuracy_940(training, wanted):
    assert training.final_accuracy >= wanted


def test_accuracy_965(training, wanted):
    assert training.final_accuracy >= wanted
