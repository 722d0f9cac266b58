"""What code10 asks, in code that you may read: `dlgrade check code10` runs these on what your file defines."""

import math
import statistics

from dlgrade.quantity import Share

NOISE = 0.002  # of the difference between two accuracies


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"
    assert network.same_twice(), "two evaluations of one image differ: dropout is still active"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


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


# -- the schedule --------------------------------------------------------------------------------------------------


def test_optimizer(network, recipe):
    groups = [group.parameters for group in recipe.optimizer.groups]
    moved = {name for members in groups for name in members}
    left = [name for name in sorted(network.parameters_read) if name not in moved]
    assert not left or () in groups, f"{len(left)} parameters are never moved, {left[0]} among them"


def asked(variant, epochs, steps_per_epoch):
    """The rate of every step under the policy, by its formula."""
    policy, peak, share = variant["policy"], variant["peak"], variant["share"]
    steps = epochs * steps_per_epoch
    if policy == "step":
        length = math.ceil(epochs / 3) * steps_per_epoch
        return [peak * share ** (step // length) for step in range(steps)]
    if policy == "cosine":
        return [between(peak, peak * share**2, step / steps) for step in range(steps)]
    top = share * steps - 1  # the step at which the rate is highest; it need not be whole
    low = peak / 25
    return [
        between(low, peak, step / top) if step <= top else between(peak, low / 1e4, (step - top) / (steps - 1 - top))
        for step in range(steps)
    ]


def between(first, last, share):
    """Along half a cosine from first to last."""
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2


def rates_of(recipe):
    """The rate of each step, for each group of parameters."""
    rates = getattr(recipe.schedule, "rates", None)
    assert recipe.schedule is not None, "there is no schedule: define make_optimizer and make_scheduler"
    assert rates, "its rates depend on the accuracy; use a schedule whose rates are known beforehand"
    return list(zip(*rates, strict=True))


def same(one, other):
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-12)


def test_range(recipe, assignment):
    for rates in rates_of(recipe):
        wanted = asked(assignment.variant, recipe.epochs, len(rates) // recipe.epochs)
        peak = assignment.variant["peak"]
        assert math.isclose(max(rates), peak, rel_tol=0.01), f"the largest rate is {max(rates):g}, wanted {peak:g}"
        assert same(rates[-1], wanted[-1]), f"the last rate is {rates[-1]:.3g}, wanted {wanted[-1]:.3g}"


def test_unit(recipe, assignment):
    by_epoch = assignment.variant["policy"] == "step"
    for rates in rates_of(recipe):
        length = len(rates) // recipe.epochs
        changes = [step for step in range(1, len(rates)) if not same(rates[step], rates[step - 1])]
        assert changes, f"the rate is {rates[0]:g} in each of {len(rates):,} steps"
        inside = [step for step in changes if step % length]
        said = f"it changes {len(changes):,} times in {recipe.epochs} epochs of {length:,} steps"
        if by_epoch:
            assert not inside, f"{said}, first after step {inside[0]:,}: in the middle of an epoch"
        else:
            assert len(changes) > 0.9 * (len(rates) - 1), f"{said}, wanted after each step"


def test_policy(recipe, assignment):
    for rates in rates_of(recipe):
        length = len(rates) // recipe.epochs
        wanted = asked(assignment.variant, recipe.epochs, length)
        for step, (rate, right) in enumerate(zip(rates, wanted, strict=True)):
            where = f"step {step % length + 1:,} of {length:,} in epoch {step // length + 1} of {recipe.epochs}"
            assert same(rate, right), f"{where} uses {rate:.6g}, wanted {right:.6g}"


# The calls that the loop makes, in their order, and the rates that the optimiser saw.
CALLS = """
import torch

def probe(walk, name, options, epochs, steps_per_epoch, per):
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.ones(1)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **options)
    calls, used, forward = [], [], scheduler.step
    optimizer.register_step_pre_hook(
        lambda *_: calls.append("optimizer") or used.append(float(optimizer.param_groups[0]["lr"]))
    )
    scheduler.step = lambda *args: calls.append("scheduler") or forward(*args)
    answer = walk(optimizer, scheduler, epochs, steps_per_epoch, per)
    return [answer, used, calls]
"""


def test_order(ask):
    for per, options in (("epoch", {"step_size": 1, "gamma": 0.5}), ("batch", {"step_size": 3, "gamma": 0.5})):
        said = f'walk(..., epochs=3, steps_per_epoch=4, per="{per}")'
        answer, used, calls = ask("walk", "StepLR", options, 3, 4, per, through=CALLS)
        counts = calls.count("optimizer"), calls.count("scheduler")
        assert calls, f"{said} calls neither optimizer.step() nor scheduler.step()"
        assert calls[0] == "optimizer", f"{said} begins with scheduler.step(): the first rate is never used"
        assert counts[0] == 12, f"{said} calls optimizer.step() {counts[0]} times, wanted 12"
        turns = 3 if per == "epoch" else 12
        assert counts[1] in {turns - 1, turns}, f"{said} calls scheduler.step() {counts[1]} times, wanted {turns}"
        one = ["optimizer"] * (12 // turns) + ["scheduler"]
        assert calls in (one * turns, (one * turns)[:-1]), f"{said} calls the two in another order: {calls[:6]} ..."
        assert isinstance(answer, list), f"{said} gives {answer!r}, not a list of rates"
        assert answer == used, f"{said} gives {answer}, the steps used {used}"


# -- the training --------------------------------------------------------------------------------------------------


def test_better(training, earlier):
    before = earlier["final_accuracy"]
    said = f"{earlier.whose('final_accuracy')} has {100 * before:.2f} %"
    assert training.final_accuracy >= before - NOISE, said


def test_steady(training, wanted):
    last = [row.test_accuracy for row in training.summary.curve[-3:]]
    said = "the last epochs read " + ", ".join(f"{100 * accuracy:.2f}" for accuracy in last) + " %"
    assert Share(statistics.pstdev(last)) <= wanted, said


def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
