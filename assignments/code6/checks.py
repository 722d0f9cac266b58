"""What code6 asks, in code that you may read: `dlgrade check code6` runs these on your carried network."""


def test_shape(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"


def test_logits(network):
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def test_no_dense(network):
    read = network.dense_read()
    assert read is None, f"{read} reads a {read.shape} map flattened"


def test_global_average(network):
    average = network.global_average()
    assert average is not None, "a map with the same average and other numbers gives other scores"
    assert min(average.sides[1:]) >= 3, f"{average}: only {average.shape} is left to average; pool less before it"


def test_any_size(student, network):
    assert not student.trouble((1, 40, 40)), f"40x40 images: {student.trouble((1, 40, 40))}"
    other = network.parameters_read ^ student.network((1, 40, 40)).parameters_read
    assert not other, f"{min(other)} is used at one size only"


def test_evaluation(network):
    assert network.same_twice(), "two evaluations of one image differ: dropout is still active"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_learns(overfit, wanted):
    assert overfit >= wanted


def test_accuracy_980(training, wanted):
    assert training.final_accuracy >= wanted
