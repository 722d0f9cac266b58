"""What the capstone asks, in code that you may read: `dlgrade check capstone` runs these on your network and recipe."""

import itertools

import numpy as np

from dlgrade.quantity import Count
from dlgrade.recipe import Plateau, filled, units_at


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"


def test_budget_10k(network, wanted):
    assert network.parameter_count <= wanted, network.heaviest()


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def test_evaluation(network):
    assert network.same_twice(), "two evaluations of one image differ: dropout is still active"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


# -- one forward pass, one set of weights ------------------------------------------------------------------------------


def weights_read(graph, program):
    """The parameters that the steps of a program read."""
    read = {ref.index for step in program.steps for ref in step.reads if ref.kind == "t"}
    return {graph.tensors[index].names[0] for index in read if graph.tensors[index].kind == "parameter"}


def used_side_by_side(network):
    """Two layers with the same weights of which none feeds the other, or nothing."""
    layers = {layer.index: layer for layer in network.operations}
    behind = {}  # of each layer: those that it feeds, over others too
    for index in reversed(layers):
        behind[index] = set().union(*({one} | behind[one] for one in layers[index].feeds))
    for one, other in itertools.combinations(layers.values(), 2):
        if set(one.weights) & set(other.weights) and other.index not in behind[one.index]:
            return one, other
    return None


def test_one_pass(network):
    graph = network.graph
    other = weights_read(graph, graph.train) ^ weights_read(graph, graph.eval)
    assert not other, f"{min(other)} is used in one of the modes only: training and evaluation are two networks"
    trained, evaluated = sum(graph.train_trace.macs), sum(graph.eval_trace.macs)
    times = f"evaluation multiplies {evaluated / max(trained, 1):.3g} times as often as training"
    assert trained == evaluated, f"{times}: what it computes in training is the network"
    pair = used_side_by_side(network)
    assert pair is None, f"{pair[0]} is applied twice side by side (again at {pair[1].where}): that is two passes"


# -- augmentation ------------------------------------------------------------------------------------------------------


def is_geometric(step):
    return step.name in {"RandomRotation", "RandomAffine"} or bool(step.arguments.get("padding"))


def test_background(recipe, assignment):
    if not any(map(is_geometric, recipe.transforms)):
        return  # nothing is moved, nothing is filled
    paper = 255 if assignment.images.inverted else 0
    grey, units = filled(recipe.transforms)
    if units == "normalised":
        place = next(i for i, step in enumerate(recipe.transforms) if step.name == "Normalize")
        mean, std = (np.ravel(recipe.transforms[place].arguments[name])[0] for name in ("mean", "std"))
        grey = (grey * std + mean) * (1 if units_at(recipe.transforms, place) == "pixels" else 255)
    assert abs(grey - paper) <= 13, f"corners are filled with grey {grey:.0f} of 255; your background is {paper}"


def changes_images(step):
    """Whether it makes another image of the same digit; a mirrored 2 is no 2."""
    given = step.arguments
    if step.name in {"RandomRotation", "RandomAffine"}:
        turns = any(given.get("degrees") or [])
        return turns or any(given.get("translate") or []) or bool(given.get("scale") or given.get("shear"))
    if step.name == "RandomErasing":
        return given.get("p", 0.5) > 0
    if step.name == "ColorJitter":
        return any(given.get(name) not in (None, [1.0, 1.0]) for name in ("brightness", "contrast"))
    return step.name == "RandomCrop" and bool(given.get("padding"))


# -- the ideas of the course: each answers what it is, or why it is not there -----------------------------------------


def batch_norm(network, recipe):
    """Behind at least half of the convolutions, before the next layer with weights."""
    bare = []
    hidden = [layer for layer in network.operations if layer.kind == "convolution" and max(layer.kernel) > 1]
    for layer in hidden:
        ways = network.ways(layer, "batch_norm", "convolution", "dense")
        if any(way and way[-1].kind in {"convolution", "dense"} for way in ways):
            bare.append(f"{layer}")
    known = any(layer.kind == "batch_norm" for layer in network.operations)
    if not known or 2 * len(bare) > len(hidden):
        return f"no batch norm behind {bare[0] if bare else 'a convolution'}, and {len(bare)} of {len(hidden)} are so"
    return ""


def dropout(network, recipe):
    rates = [layer.settings.get("p", 0) for layer in network.operations if layer.kind == "dropout"]
    return "" if any(0.005 <= rate <= 0.5 for rate in rates) else "no dropout with a rate from 0.005 to 0.5"


def global_average(network, recipe):
    average = network.global_average()
    if average is None:
        return "no global average: the scores hang on more than the averages of the last maps"
    return "" if min(average.sides[1:]) >= 3 else f"{average} averages {average.shape} only"


def augmentation(network, recipe):
    return "" if any(map(changes_images, recipe.transforms)) else "no augmentation"


def schedule(network, recipe):
    if isinstance(recipe.schedule, Plateau):
        return ""
    rates = [row[0] for row in recipe.schedule.rates] if recipe.schedule else [1.0]
    falls = rates[-1] <= max(rates) / 10
    return "" if falls else f"no schedule: the rate ends at {rates[-1] / max(rates):.2f} of its highest, wanted 0.1"


def pool_place(network, recipe):
    pools = [layer for layer in network.operations if layer.kind == "max_pool"]
    if not pools:
        return "no max-pooling"
    seen = pools[0].field_before
    return "" if seen and 5 <= seen <= 7 else f"{pools[0]} comes where {seen} pixels are seen, wanted 5 to 7"


IDEAS = (batch_norm, dropout, global_average, augmentation, schedule, pool_place)


def test_ideas(network, recipe):
    missing = [found for idea in IDEAS if (found := idea(network, recipe))]
    assert Count(len(IDEAS) - len(missing), "ideas") >= 4, "\n".join(missing)


# -- what it learns ----------------------------------------------------------------------------------------------------


def test_learns(overfit, wanted):
    assert overfit >= wanted


def test_on_course(training, wanted):
    assert training.final_accuracy >= wanted


def test_steady_9930(training, wanted):
    assert training.worst_of_last(3) >= wanted


def test_steady_9940(training, wanted):
    assert training.worst_of_last(3) >= wanted
