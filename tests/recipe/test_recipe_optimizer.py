"""A student's optimiser and schedule, carried as data, train a network number by number as the real ones do."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade.course import TrainingRecipe
from dlgrade.recipe import (
    BadRecipe,
    Group,
    NotDescribed,
    Optimizer,
    Plateau,
    Recipe,
    Schedule,
    describe_optimizer,
    describe_schedule,
    from_assignment,
    read_optimizer,
    read_schedule,
)
from dlgrade.recipe._nouns import OPTIMIZERS
from dlgrade.trainer import Images
from dlgrade.trainer._loop import _Run, make_optimizer
from dlgrade.wire import RawTensor

EPOCHS, PER_EPOCH = 4, 3
STEPS = EPOCHS * PER_EPOCH


class Net(nn.Module):
    """Knows its parameters by name, as a carried network does; two names for one tied parameter."""

    def __init__(self, dims: int = 4) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(dims, dims)
        self.norm = nn.LayerNorm(dims)
        self.second = nn.Linear(dims, dims)
        self.head = nn.Linear(dims, 3)
        self.second.weight = self.first.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.second(self.norm(self.first(x)).relu()).tanh())

    def named(self, name: str) -> nn.Parameter:
        return self.get_parameter(name)


class Flat(Net):
    """Nothing but matrices, which is all that Muon takes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
        self.norm = nn.Identity()
        self.head = nn.Linear(4, 3, bias=False)


BATCH = torch.randn(8, 4, generator=torch.Generator().manual_seed(1)), torch.arange(8) % 3


def descend(
    network: nn.Module, optimizer: Any, before: Callable[[int], None], after: Callable[[int, float], None]
) -> None:
    for step in range(STEPS):
        before(step)
        optimizer.zero_grad()
        loss = F.cross_entropy(network(BATCH[0]), BATCH[1])
        loss.backward()
        optimizer.step()
        after(step, loss.item())


def train_with_the_real_one(network: nn.Module, optimizer: Any, scheduler: Any = None, per: str = "batch") -> None:
    def after(step: int, loss: float) -> None:
        if scheduler is None or step == STEPS - 1:
            return
        if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            if (step + 1) % PER_EPOCH == 0:
                scheduler.step(loss)
        elif per == "batch" or (step + 1) % PER_EPOCH == 0:
            scheduler.step()

    descend(network, optimizer, lambda step: None, after)


def train_with_the_carried_one(network: nn.Module, wanted: Optimizer, schedule: Schedule | Plateau | None) -> None:
    optimizer = make_optimizer(network, wanted, torch.device("cpu"))
    # The trainer's own way of applying a schedule, without the rest of a training.
    run = _Run.__new__(_Run)
    run.optimizer = optimizer
    run.recipe = Recipe(wanted, EPOCHS, schedule=schedule)
    plateau = None
    if isinstance(schedule, Plateau):
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **schedule.settings)

    def before(step: int) -> None:
        run.steps = step
        run._set_rates()

    def after(step: int, loss: float) -> None:
        if plateau is not None and (step + 1) % PER_EPOCH == 0:
            plateau.step(loss)

    descend(network, optimizer, before, after)


def names_of(network: nn.Module) -> dict[int, str]:
    return {id(p): name for name, p in network.named_parameters()}


def all_names(network: nn.Module) -> set[str]:
    return {name for name, _ in network.named_parameters(remove_duplicate=False)}


def check_same_training(
    carried: Any, make: Callable[[nn.Module], Any], schedule: Callable[[Any], Any] | None = None, *, per: str = "batch",
    net: type[nn.Module] = Net,
) -> tuple[Optimizer, Schedule | Plateau | None]:  # fmt: skip
    """Describe on one network, train another with the real thing and a third with what arrived."""
    theirs, ours, described = net(), net(), net()
    optimizer = make(described)
    stated = {"optimizer": describe_optimizer(optimizer, names_of(described)), "schedule": None}
    if schedule is not None:
        scheduler = schedule(optimizer)
        stated["schedule"] = describe_schedule(optimizer, scheduler, per, EPOCHS, PER_EPOCH)
    arrived = carried(stated)
    wanted = read_optimizer(arrived["optimizer"], all_names(ours))
    trace = read_schedule(arrived["schedule"], STEPS, len(wanted.groups)) if schedule is not None else None

    real = make(theirs)
    train_with_the_real_one(theirs, real, schedule(real) if schedule is not None else None, per)
    train_with_the_carried_one(ours, wanted, trace)
    start = net().state_dict()
    moved = 0.0
    for (name, a), (_, b) in zip(theirs.named_parameters(), ours.named_parameters(), strict=True):
        assert torch.equal(a, b), name
        moved = max(moved, (a - start[name]).abs().max().item())
    assert moved > 0, "the training changed nothing, so that it shows nothing"
    for name, value in described.state_dict().items():
        assert torch.equal(value, start[name]), "describing changed the network"
    return wanted, trace


# -- optimisers


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_carried_optimizer_trains_exactly_as_the_real_one(carried: Any, name: str) -> None:
    net = Flat if name == "Muon" else Net
    wanted, _ = check_same_training(carried, lambda n: getattr(torch.optim, name)(n.parameters(), lr=0.01), net=net)
    assert wanted.name == name


UNUSUAL = {
    "SGD": {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    "Adam": {"lr": 0.01, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1, "amsgrad": True},
    "AdamW": {"lr": 0.01, "weight_decay": 0.5, "maximize": True},
    "Adagrad": {"lr": 0.05, "lr_decay": 0.1, "initial_accumulator_value": 0.2},
    "Adadelta": {"lr": 0.5, "rho": 0.5, "eps": 1e-3},
    "Adamax": {"lr": 0.01, "betas": (0.5, 0.6)},
    "NAdam": {"lr": 0.01, "momentum_decay": 0.1, "decoupled_weight_decay": True, "weight_decay": 0.1},
    "RAdam": {"lr": 0.01, "betas": (0.5, 0.6), "weight_decay": 0.1},
    "RMSprop": {"lr": 0.01, "alpha": 0.5, "momentum": 0.5, "centered": True},
    "Rprop": {"lr": 0.01, "etas": (0.3, 1.5), "step_sizes": (1e-4, 0.5)},
    "ASGD": {"lr": 0.05, "lambd": 0.1, "alpha": 0.5, "t0": 2},
    "Adafactor": {"lr": 0.05, "beta2_decay": -0.5, "eps": (1e-8, 0.1), "d": 2.0},
    "Muon": {"lr": 0.05, "momentum": 0.5, "nesterov": False, "ns_steps": 3, "adjust_lr_fn": "match_rms_adamw"},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_options_that_are_not_the_usual_ones_are_carried(carried: Any, name: str) -> None:
    net = Flat if name == "Muon" else Net
    options = UNUSUAL[name]
    wanted, _ = check_same_training(carried, lambda n: getattr(torch.optim, name)(n.parameters(), **options), net=net)
    for key, value in options.items():
        assert wanted.groups[0].options[key] == value


def by_kind(network: nn.Module, weights: dict[str, Any], others: dict[str, Any]) -> list[dict[str, Any]]:
    matrices = [p for p in network.parameters() if p.dim() > 1]
    vectors = [p for p in network.parameters() if p.dim() == 1]
    return [{"params": matrices, **weights}, {"params": vectors, **others}]


def test_groups_keep_their_own_rates_and_decays(carried: Any) -> None:
    def make(network: nn.Module) -> Any:
        groups = by_kind(network, {"lr": 0.1, "weight_decay": 0.05}, {"lr": 0.01, "weight_decay": 0.0, "momentum": 0.5})
        return torch.optim.SGD(groups, lr=1.0, momentum=0.9)

    wanted, _ = check_same_training(carried, make)
    assert [group.options["lr"] for group in wanted.groups] == [0.1, 0.01]
    assert [group.options["momentum"] for group in wanted.groups] == [0.9, 0.5]


def test_a_tied_parameter_is_trained_once_by_its_first_name(carried: Any) -> None:
    wanted, _ = check_same_training(carried, lambda n: torch.optim.SGD(n.parameters(), lr=0.1))
    assert "first.weight" in wanted.groups[0].parameters
    assert "second.weight" not in wanted.groups[0].parameters


def test_parameters_that_the_student_left_out_stay_as_they_are(carried: Any) -> None:
    wanted, _ = check_same_training(carried, lambda n: torch.optim.SGD(n.head.parameters(), lr=0.1))
    assert wanted.groups[0].parameters == ("head.weight", "head.bias")


def test_a_group_without_parameters_is_left_out_with_its_rates(carried: Any) -> None:
    def make(network: nn.Module) -> Any:
        return torch.optim.SGD([{"params": [], "lr": 9.0}, {"params": list(network.parameters())}], lr=0.1)

    wanted, trace = check_same_training(carried, make, lambda o: torch.optim.lr_scheduler.StepLR(o, 2, gamma=0.1))
    assert len(wanted.groups) == 1
    assert isinstance(trace, Schedule)
    assert trace.rates[0] == (0.1,)
    check_same_training(carried, make, lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, min_lr=[1.0, 0.01]))


@pytest.mark.parametrize("rate", [torch.tensor(0.125), np.float64(0.125), np.float32(0.125), 1, np.int64(1)])
def test_a_rate_may_be_a_number_of_torch_or_numpy(carried: Any, rate: Any) -> None:
    wanted, _ = check_same_training(carried, lambda n: torch.optim.SGD(n.parameters(), lr=rate))
    assert wanted.groups[0].options["lr"] == float(rate)


def test_named_parameters_and_keys_of_ones_own_in_a_group_do_not_matter(carried: Any) -> None:
    check_same_training(carried, lambda n: torch.optim.SGD(list(n.named_parameters()), lr=0.1))
    check_same_training(
        carried, lambda n: torch.optim.SGD([{"params": list(n.parameters()), "name": "all", "why": object()}], lr=0.1)
    )


def test_speed_switches_of_the_students_machine_are_not_carried(carried: Any) -> None:
    wanted, _ = check_same_training(carried, lambda n: torch.optim.Adam(n.parameters(), lr=0.1, foreach=False))
    assert not {"foreach", "fused", "capturable", "differentiable"} & set(wanted.groups[0].options)


# -- schedules

Lr = torch.optim.lr_scheduler
SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "StepLR": lambda o: Lr.StepLR(o, 2, gamma=0.5),
    "MultiStepLR": lambda o: Lr.MultiStepLR(o, [1, 4], gamma=0.3),
    "ExponentialLR": lambda o: Lr.ExponentialLR(o, 0.7),
    "CosineAnnealingLR": lambda o: Lr.CosineAnnealingLR(o, STEPS, eta_min=0.001),
    "CosineAnnealingWarmRestarts": lambda o: Lr.CosineAnnealingWarmRestarts(o, 2, T_mult=2),
    "LinearLR": lambda o: Lr.LinearLR(o, 0.1, total_iters=4),
    "PolynomialLR": lambda o: Lr.PolynomialLR(o, total_iters=STEPS, power=2.0),
    "LambdaLR": lambda o: Lr.LambdaLR(o, lambda step: 1 / (1 + step)),
    "MultiplicativeLR": lambda o: Lr.MultiplicativeLR(o, lambda step: 0.9),
    "OneCycleLR": lambda o: Lr.OneCycleLR(o, max_lr=0.2, total_steps=STEPS),
    "CyclicLR": lambda o: Lr.CyclicLR(o, 0.01, 0.2, step_size_up=2, mode="triangular2"),
    "SequentialLR": lambda o: Lr.SequentialLR(o, [Lr.ConstantLR(o, 0.1, 2), Lr.ExponentialLR(o, 0.5)], [2]),
    "ChainedScheduler": lambda o: Lr.ChainedScheduler([Lr.ConstantLR(o, 0.1, 2), Lr.ExponentialLR(o, 0.5)]),
}


@pytest.mark.parametrize("per", ["batch", "epoch"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_trains_exactly_as_the_real_one(carried: Any, name: str, per: str) -> None:
    make = lambda n: torch.optim.SGD(by_kind(n, {"lr": 0.1}, {"lr": 0.05}), momentum=0.9)  # noqa: E731
    _, trace = check_same_training(carried, make, SCHEDULES[name], per=per)
    assert isinstance(trace, Schedule)
    assert trace.name == name
    assert len(trace.rates) == STEPS
    changes = {i for i in range(1, STEPS) if trace.rates[i] != trace.rates[i - 1]}
    assert changes, "a schedule that never moves shows nothing"
    if per == "epoch":
        assert changes <= {PER_EPOCH, 2 * PER_EPOCH, 3 * PER_EPOCH}


def test_one_cycle_moves_the_momentum_of_sgd_and_the_first_beta_of_adam(carried: Any) -> None:
    for make in (
        lambda n: torch.optim.SGD(n.parameters(), lr=0.1, momentum=0.9),
        lambda n: torch.optim.Adam(n.parameters(), lr=0.1, betas=(0.8, 0.9)),
        lambda n: torch.optim.RMSprop(n.parameters(), lr=0.1, momentum=0.9),
    ):
        _, trace = check_same_training(carried, make, SCHEDULES["OneCycleLR"])
        assert isinstance(trace, Schedule)
        assert trace.momenta[0] == (0.95,)
        assert min(trace.momenta) == pytest.approx((0.85,), abs=1e-3)


def test_cyclic_moves_the_momentum_in_each_group(carried: Any) -> None:
    make = lambda n: torch.optim.SGD(by_kind(n, {"lr": 0.1}, {"lr": 0.05}), momentum=0.9)  # noqa: E731
    schedule = lambda o: Lr.CyclicLR(o, 0.01, 0.2, step_size_up=2, base_momentum=[0.5, 0.6], max_momentum=[0.8, 0.9])  # noqa: E731
    _, trace = check_same_training(carried, make, schedule)
    assert isinstance(trace, Schedule)
    assert trace.momenta[0] == (0.8, 0.9)
    assert trace.momenta[2] == (0.5, 0.6)


def test_a_momentum_that_the_scheduler_sets_once_is_carried(carried: Any) -> None:
    make = lambda n: torch.optim.SGD(n.parameters(), lr=0.1, momentum=0.5)  # noqa: E731
    schedule = lambda o: Lr.OneCycleLR(o, 0.2, total_steps=STEPS, base_momentum=0.9, max_momentum=0.9)  # noqa: E731
    check_same_training(carried, make, schedule)


def test_an_optimizer_without_momentum_gets_no_trace_of_it(carried: Any) -> None:
    make = lambda n: torch.optim.Adagrad(n.parameters(), lr=0.1)  # noqa: E731
    _, trace = check_same_training(carried, make, SCHEDULES["StepLR"])
    assert isinstance(trace, Schedule)
    assert trace.momenta == ()


@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_plateau_rule_is_carried_by_its_settings(carried: Any, mode: str) -> None:
    make = lambda n: torch.optim.SGD(by_kind(n, {"lr": 0.1}, {"lr": 0.05}))  # noqa: E731
    schedule = lambda o: Lr.ReduceLROnPlateau(o, mode, factor=0.3, patience=0, threshold=0.5, min_lr=[0.02, 0.04])  # noqa: E731
    _, rule = check_same_training(carried, make, schedule)
    assert isinstance(rule, Plateau)
    assert rule.settings["factor"] == 0.3
    assert rule.settings["min_lr"] == [0.02, 0.04]


def test_a_schedule_written_by_the_student_is_carried_by_what_it_does(carried: Any) -> None:
    class Halving:
        def __init__(self, optimizer: Any) -> None:
            self.optimizer = optimizer

        def step(self) -> None:
            for group in self.optimizer.param_groups:
                group["lr"] /= 2

    _, trace = check_same_training(carried, lambda n: torch.optim.SGD(n.parameters(), lr=0.5), Halving)
    assert isinstance(trace, Schedule)
    assert [row[0] for row in trace.rates] == [0.5 / 2**i for i in range(STEPS)]


def test_describing_a_schedule_gives_no_warning_of_torch() -> None:
    network = Net()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
        describe_schedule(optimizer, Lr.StepLR(optimizer, 1), "epoch", EPOCHS, PER_EPOCH)


# -- what has no data form, in the student's process


class Own(torch.optim.SGD):
    pass


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda n: Own(n.parameters(), lr=0.1), "the optimiser is a Own, not one of torch.optim"),
        (lambda n: torch.optim.LBFGS(n.parameters()), "the optimiser LBFGS is not carried; use one of"),
        (lambda n: torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1), "parameters that are not the network's"),
        (lambda n: None, "the optimiser is a NoneType, not one of torch.optim"),
        (lambda n: n, "the optimiser is a Net, not one of torch.optim"),
    ],
)
def test_an_optimizer_without_data_form_is_refused_with_a_sentence(make: Any, sentence: str) -> None:
    network = Net()
    with pytest.raises(NotDescribed) as caught:
        describe_optimizer(make(network), names_of(network))
    assert sentence in str(caught.value)


def test_a_schedule_that_is_none_is_refused_with_a_sentence() -> None:
    first, second = (torch.optim.SGD(Net().parameters(), lr=0.1) for _ in range(2))
    with pytest.raises(NotDescribed, match=r"make_scheduler returns a int without step\(\)"):
        describe_schedule(first, 5, "batch", EPOCHS, PER_EPOCH)
    for other in (Lr.StepLR(second, 1), Lr.ReduceLROnPlateau(second)):
        with pytest.raises(NotDescribed, match="moves another optimiser"):
            describe_schedule(first, other, "batch", EPOCHS, PER_EPOCH)


# -- lies, in the grader's process

NAMES = {"a", "b"}
HONEST = {"name": "SGD", "groups": [{"parameters": ["a", "b"], "options": {"lr": 0.1}}]}


def lie(options: Any = None, **changed: Any) -> dict[str, Any]:
    group = HONEST["groups"][0]  # type: ignore[index]
    return {**HONEST, "groups": [{**group, "options": {"lr": 0.1} if options is None else options}], **changed}  # type: ignore[dict-item]


def test_what_an_honest_worker_sends_is_read() -> None:
    assert read_optimizer(HONEST, NAMES) == Optimizer("SGD", (Group(("a", "b"), {"lr": 0.1}),))


@pytest.mark.parametrize(
    "stated",
    [
        None, 1, "SGD", [], {}, {"name": "SGD"}, lie(name="LBFGS"), lie(name="Optimizer"), lie(name="lr_scheduler"),
        lie(name=["SGD"]), lie(name={"a": 1}), lie(name=None), lie(name="__class__"), lie(groups=None), lie(groups=[]),
        lie(groups={}), lie(groups=[None]), lie(groups=[{}]), lie(groups=[{"parameters": ["a"]}]),
        lie(groups=[{"parameters": [], "options": {}}]), lie(groups=[{"parameters": None, "options": {}}]),
        lie(groups=[{"parameters": "ab", "options": {}}]), lie(groups=[{"parameters": ["c"], "options": {}}]),
        lie(groups=[{"parameters": [["a"]], "options": {}}]), lie(groups=[{"parameters": [1], "options": {}}]),
        lie(groups=[{"parameters": ["a", "b"], "options": {}}, {"parameters": ["b"], "options": {}}]),
        lie(groups=[{"parameters": ["a"], "options": None}]), lie(options=[]), lie(options="lr"),
    ],
)  # fmt: skip
def test_an_optimizer_that_is_not_described_as_agreed_is_a_bad_recipe(stated: Any) -> None:
    with pytest.raises(BadRecipe):
        read_optimizer(stated, NAMES)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"lr": math.nan}), ("SGD", {"lr": math.inf}), ("SGD", {"lr": -0.1}), ("SGD", {"lr": "0.1"}),
        ("SGD", {"lr": None}), ("SGD", {"lr": [0.1]}), ("SGD", {"lr": {"a": 1}}), ("SGD", {"lr": 10**400}),
        ("SGD", {"lr": RawTensor("float32", (), bytes(4))}), ("SGD", {"momentum": -1}), ("SGD", {"momentum": "x" * 99}),
        ("SGD", {"nesterov": True}), ("Adam", {"betas": [0.9]}), ("Adam", {"betas": [0.9, 0.9, 0.9]}),
        ("Adam", {"betas": ["a", "b"]}), ("Adam", {"betas": [0.9, 1.5]}), ("Adam", {"betas": 0.9}),
        ("Adam", {"betas": [0.9, math.nan]}), ("Adam", {"betas": [[0.9], 0.9]}), ("Adam", {"eps": None}),
        ("Rprop", {"etas": [0.5]}), ("Rprop", {"step_sizes": None}), ("Muon", {"ns_steps": 10**9}),
        ("Muon", {"ns_coefficients": [1.0]}), ("Adafactor", {"eps": [None, None]}), ("Adafactor", {"d": 0.0}),
        ("RMSprop", {"alpha": "a"}), ("SGD", {"weight_decay": [0.1] * 1000}),
    ],
)  # fmt: skip
def test_options_that_torch_does_not_take_are_a_bad_recipe(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(BadRecipe):
        read_optimizer(lie(name=name, options=options), NAMES)


def test_keys_that_the_class_does_not_know_are_dropped() -> None:
    read = read_optimizer(lie(options={"lr": 0.1, "params": 1, "foreach": True, "new_in_torch_9": "x", "": 0}), NAMES)
    assert read.groups[0].options == {"lr": 0.1}


def trace(values: Any, shape: tuple[int, ...] = (3, 1), dtype: torch.dtype = torch.float64) -> RawTensor:
    tensor = torch.tensor(values, dtype=dtype)
    return RawTensor(str(dtype).removeprefix("torch."), shape, tensor.numpy().tobytes())


PLATEAU: dict[str, Any] = {
    "mode": "min", "factor": 0.1, "patience": 10, "threshold": 1e-4, "threshold_mode": "rel", "cooldown": 0,
    "min_lr": [0.0], "eps": 1e-8,
}  # fmt: skip


@pytest.mark.parametrize(
    "stated",
    [
        None, 1, [], {}, {"name": "StepLR"}, {"name": 1, "rates": trace([0.1] * 3)}, {"name": "S", "rates": [0.1] * 3},
        {"name": "S", "rates": trace([0.1] * 3, (3,))}, {"name": "S", "rates": trace([0.1] * 3, (1, 3))},
        {"name": "S", "rates": trace([0.1] * 4, (4, 1))}, {"name": "S", "rates": trace([0.1] * 6, (3, 2))},
        {"name": "S", "rates": trace([0.1] * 3, dtype=torch.float32)}, {"name": "S", "rates": trace([], (0, 1))},
        {"name": "S", "rates": trace([0.1, math.nan, 0.1])}, {"name": "S", "rates": trace([0.1, math.inf, 0.1])},
        {"name": "S", "rates": trace([0.1, -0.1, 0.1])}, {"name": "S", "rates": None},
        {"name": "S", "rates": trace([0.1] * 3), "momenta": trace([0.1] * 2, (2, 1))},
        {"name": "S", "rates": trace([0.1] * 3), "momenta": trace([1.0] * 3)},
        {"name": "S", "rates": trace([0.1] * 3), "momenta": trace([math.nan] * 3)},
        {"name": "S", "rates": trace([0.1] * 3), "momenta": 0.9},
        {"plateau": None}, {"plateau": {}}, {"plateau": [1]}, {"plateau": PLATEAU | {"mode": "mean"}},
        {"plateau": PLATEAU | {"mode": ["min"]}}, {"plateau": PLATEAU | {"factor": 1.0}},
        {"plateau": PLATEAU | {"factor": -0.1}}, {"plateau": PLATEAU | {"factor": math.nan}},
        {"plateau": PLATEAU | {"patience": 0.5}}, {"plateau": PLATEAU | {"patience": "10"}},
        {"plateau": PLATEAU | {"patience": True}}, {"plateau": PLATEAU | {"min_lr": 0.0}},
        {"plateau": PLATEAU | {"min_lr": [0.0, 0.0]}}, {"plateau": PLATEAU | {"min_lr": ["a"]}},
        {"plateau": PLATEAU | {"threshold_mode": None}}, {"plateau": PLATEAU | {"more": 1}},
    ],
)  # fmt: skip
def test_a_schedule_that_is_not_described_as_agreed_is_a_bad_recipe(stated: Any) -> None:
    with pytest.raises(BadRecipe):
        read_schedule(stated, 3, 1)


def test_what_an_honest_worker_sends_of_a_schedule_is_read() -> None:
    read = read_schedule({"name": "StepLR", "rates": trace([0.1, 0.2, 0.3]), "momenta": None}, 3, 1)
    assert read == Schedule(((0.1,), (0.2,), (0.3,)), (), "StepLR")
    assert read_schedule({"plateau": PLATEAU}, 3, 1) == Plateau(PLATEAU)


# -- the assignment's own recipe


def test_an_assignment_is_turned_into_the_same_nouns() -> None:
    written = TrainingRecipe(lr=0.05, options={"momentum": 0.9}, rotation=7, translation=1)
    recipe = from_assignment(written, 4, 10)
    assert recipe.optimizer == Optimizer("SGD", (Group((), {"lr": 0.05, "momentum": 0.9}),))
    assert (recipe.epochs, recipe.batch_size, recipe.schedule) == (4, 128, None)
    assert [step.name for step in recipe.transforms] == ["RandomAffine"]
    assert recipe.title == "SGD, learning rate 0.05, momentum 0.9, batch 128, rotation ±7°, shift ±1 px"


@pytest.mark.parametrize("per", ["batch", "epoch"])
@pytest.mark.parametrize(("name", "options"), [("OneCycleLR", {"max_lr": 0.2}), ("CosineAnnealingLR", {})])
def test_the_length_of_a_schedule_is_that_of_the_training(name: str, options: dict[str, Any], per: Any) -> None:
    written = TrainingRecipe(options={"momentum": 0.9}, scheduler=name, scheduler_options=options, schedule_per=per)
    schedule = from_assignment(written, 5, 20).schedule
    assert isinstance(schedule, Schedule)
    rates = [row[0] for row in schedule.rates]
    assert len(rates) == 100
    if name == "OneCycleLR":
        assert max(rates) == pytest.approx(0.2, rel=0.1)
        assert rates[-1] < 1e-4
    else:
        assert rates[0] == 0.05
        assert rates[-1] < 0.01
    assert len(set(rates)) > (50 if per == "batch" else 3)


def test_a_plateau_rule_of_an_assignment_is_read() -> None:
    rule = from_assignment(
        TrainingRecipe(scheduler="ReduceLROnPlateau", scheduler_options={"patience": 2}), 5, 20
    ).schedule
    assert isinstance(rule, Plateau)
    assert rule.settings["patience"] == 2


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (TrainingRecipe(optimizer="Sgd"), "torch.optim has no Sgd; known: ASGD"),
        (TrainingRecipe(optimizer="LBFGS"), "torch.optim has no LBFGS"),
        (TrainingRecipe(options={"betas": (0.9, 0.9)}), "SGD: .*betas"),
        (TrainingRecipe(options={"nesterov": True}), "SGD: Nesterov"),
        (TrainingRecipe(scheduler="StepL"), "lr_scheduler has no StepL"),
        (TrainingRecipe(scheduler="math"), "lr_scheduler has no math"),
        (TrainingRecipe(scheduler="StepLR"), "StepLR: .*step_size"),
        (TrainingRecipe(scheduler="StepLR", scheduler_options={"step_size": 1, "gamma": "x"}), "StepLR: "),
        (
            TrainingRecipe(scheduler="OneCycleLR", scheduler_options={"max_lr": 1.0, "total_steps": 3}),
            "OneCycleLR: .*3",
        ),
    ],
)
def test_a_recipe_that_torch_does_not_take_is_a_bad_recipe_with_its_name(written: TrainingRecipe, message: str) -> None:
    if written.scheduler == "OneCycleLR":
        written = TrainingRecipe(**{**written.__dict__, "options": {"momentum": 0.9}, "schedule_per": "batch"})
    with pytest.raises(BadRecipe, match=message):
        from_assignment(written, 4, 10)


def test_a_schedule_for_another_length_is_refused_before_training() -> None:
    written = TrainingRecipe(scheduler="StepLR", scheduler_options={"step_size": 1}, batch_size=4)
    recipe = from_assignment(written, 2, 3)
    images = Images(torch.zeros(16, 4, 4, dtype=torch.uint8), torch.arange(16) % 3)
    with pytest.raises(BadRecipe, match="the schedule is for 6 steps, the training has 8"):
        _Run(
            nn.Sequential(nn.Flatten(), nn.Linear(16, 3)),
            recipe,
            images.on(torch.device("cpu")),
            images.on(torch.device("cpu")),
            0,
            torch.device("cpu"),
            None,
        )
