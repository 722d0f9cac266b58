"""Whatever arrives as a graph is either run within bounds or refused with BadGraph: nothing else ever happens."""

from __future__ import annotations

import contextlib
import copy
import resource
import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from dlgrade import graph
from dlgrade.graph import _operators as operators
from dlgrade.wire import RawTensor


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 10)
        self.register_buffer("weights", torch.arange(4.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one, other = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2).chunk(2, 1)
        x = F.dropout(torch.cat([other, one], 1), 0.1, self.training).view(x.size(0), 4, -1).mean(2)
        return self.head(x + self.weights * torch.ones(x.size(0), 1))


MESSAGE = graph.encode(Small(), (1, 12, 12), [])
TENSORS = MESSAGE["tensors"]
X, WEIGHT, BIAS = {"x": 0}, {"t": 0}, {"t": 1}


def held(name: str) -> dict[str, int]:
    """A reference to one of the small network's tensors."""
    return {"t": next(index for index, tensor in enumerate(TENSORS) if name in tensor["names"])}


def node(op: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return {
        "op": op if "." in op else f"aten.{op}.default",
        "args": list(args),
        "kwargs": kwargs,
        "at": None,
        "module": "",
    }


def message(*nodes: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A network whose both programs are `nodes`, the last of which is its output."""
    program = {"nodes": list(nodes), "output": [{"n": len(nodes) - 1}]}
    return {"input_shape": [1, 12, 12], "tensors": TENSORS, "train": program, "eval": program, **changed}


LOGITS = node("aten.mean.dim", X, [2, 3])


def used(received: Any) -> None:
    """All that a grader does with a message."""
    network = graph.CarriedNetwork(graph.decode(received))
    _ = network.parameter_count, network.layers, network.unused, network.output_shape, network.keeps_batch
    network.heaviest(), network.finite(), network.same_twice(), network.same_alone(), network.output_kind()
    network.dense_read(), network.global_average(), network.summary()
    for count in (1, 3):
        for training in (True, False):
            network.module().train(training)(torch.randn(count, *network.input_shape))


@contextlib.contextmanager
def within(seconds: float, megabytes: int) -> Iterator[None]:
    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.process_time() - start < seconds
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < megabytes


def refused(received: Any) -> str:
    with within(3, 200), pytest.raises(graph.BadGraph) as caught:
        graph.decode(received)
    return str(caught.value)


def test_the_honest_message_works() -> None:
    used(copy.deepcopy(MESSAGE))
    used(message(LOGITS))


BILLION = 10**9
HUGE = {
    "zeros": [node("zeros", [BILLION, BILLION])],
    "zeros without a device": [node("zeros", [BILLION])],
    "empty": [node("aten.empty.memory_format", [BILLION, 4])],
    "full": [node("full", [BILLION], 0.5)],
    "arange": [node("arange", BILLION * 1000)],
    "arange in tiny steps": [node("aten.arange.start_step", 0.0, 1.0, 1e-18)],
    "arange for ever": [node("arange", float("inf"))],
    "linspace": [node("linspace", 0, 1, 10**12)],
    "eye": [node("eye", 10**6)],
    "randperm": [node("randperm", BILLION)],
    "triangle": [node("tril_indices", 10**6, 10**6)],
    "expand": [node("expand", X, [2, BILLION, 12, 12])],
    "expand twice": [node("aten.sum.default", X), node("expand", {"n": 0}, [10**10])],
    "repeat": [node("repeat", X, [1, BILLION, 1, 1])],
    "repeat interleaved": [node("aten.repeat_interleave.self_int", X, BILLION, 1)],
    "tile": [node("tile", X, [BILLION, BILLION])],
    "repeat of a plain number": [node("repeat", 1.0, [BILLION])],
    "view": [node("view", X, [BILLION, -1])],
    "pad": [node("pad", X, [BILLION, BILLION])],
    "convolution": [node("conv2d", X, WEIGHT, None, [1, 1], [BILLION, BILLION])],
    "transposed convolution": [node("aten.conv_transpose2d.input", X, WEIGHT, None, [BILLION, BILLION])],
    "kernel as text": [node("max_pool2d", X, "3")],
    "upsample": [node("aten.upsample_nearest2d.vec", X, [10**6, 10**6], None)],
    "upsample by a factor": [node("aten.upsample_nearest2d.vec", X, None, [1e9, 1e9])],
    "upsample from nothing": [node("upsample_nearest2d", X, [4, 4], 1e-300, 1e-300)],
    "one hot": [node("argmax", X, 1), node("one_hot", {"n": 0}, 10**12)],
    "outer product": [node("aten.sum.dim_IntList", X, [0, 1, 2]), node("expand", {"n": 0}, [100_000, 12]),
                      node("aten.flatten.using_ints", {"n": 1}), node("outer", {"n": 2}, {"n": 2})],
    "pieces": [node("aten.sum.default", X), node("expand", {"n": 0}, [10**8]), node("aten.unbind.int", {"n": 1})],
    "chunks": [node("aten.tensor_split.sections", X, BILLION)],
    "long recurrence": [node("aten.sum.default", X), node("expand", {"n": 0}, [10**8, 1, 1]),
                        node("zeros", [1, 1, 1]), node("ones", [1, 1]),
                        node("aten.rnn_tanh.input", {"n": 1}, {"n": 2}, [{"n": 3}, {"n": 3}], False, 1, 0.0, False, False, False)],
    "fourier transform": [node("fft_fft", X, BILLION)],
    "windows": [node("aten.unfold.default", X, 2, 10**12, 1)],
    "range of whole numbers": [node("python.mul", 10**12, 10**12), node("zeros", [{"n": 0}])],
}  # fmt: skip


@pytest.mark.parametrize("what", HUGE)
def test_a_size_beyond_reason_is_refused_before_anything_is_allocated(what) -> None:
    refused(message(*HUGE[what], LOGITS))


def test_growth_over_many_steps_is_refused() -> None:
    doubled = [node("aten.cat.default", [X, X], 1)]
    doubled += [node("aten.cat.default", [{"n": i}, {"n": i}], 1) for i in range(40)]
    assert "numbers" in refused(message(*doubled)) or "memory" in refused(message(*doubled))


def test_memory_counts_over_all_steps_together() -> None:
    wide = [node("repeat", X, [1, 3_000, 1, 1])]  # 3.5 MB for two images
    wide += [node("aten.add.Tensor", {"n": 0}, float(i)) for i in range(1_000)]
    wide += [node("aten.cat.default", [{"n": 0}, {"n": 900}], 1)]
    assert "memory" in refused(message(*wide))


def test_a_short_graph_cannot_run_for_hours() -> None:
    square = [node("repeat", X, [1, 1, 300, 300]), node("aten.select.int", {"n": 0}, 1, 0)]
    square += [node("bmm", {"n": 1 + i}, {"n": 1 + i}) for i in range(2)]
    assert "multiplications" in refused(message(*square))


def test_a_pool_with_a_giant_window_costs_what_its_window_holds() -> None:
    wide = [node("repeat", X, [1, 1, 170, 170]), node("avg_pool2d", {"n": 0}, [1_000, 1_000], [1, 1], [500, 500])]
    assert "multiplications" in refused(message(*wide))


def test_what_a_pass_costs_depends_on_the_batch_and_is_asked_for_every_batch() -> None:
    """A graph that is small for the batches tried at first, and grows with the power of the batch size."""
    nodes = [node("aten.sym_size.int", X, 0), node("python.pow", {"n": 0}, 3), node("python.floordiv", {"n": 1}, 300),
             node("python.add", {"n": 2}, 1), node("ones", [{"n": 3}, 64]), node("aten.sum.default", {"n": 4}),
             node("aten.mean.dim", X, [2, 3]), node("aten.add.Tensor", {"n": 6}, {"n": 5})]  # fmt: skip
    network = graph.Network(graph.decode(message(*nodes)))
    network(torch.randn(4, 1, 12, 12))
    with within(2, 200), pytest.raises(graph.BadGraph):
        network(torch.randn(3_000, 1, 12, 12))


def test_decode_alone_makes_a_graph_safe_to_run() -> None:
    """Nothing needs to be asked of `CarriedNetwork` before a `Network` runs."""
    refused(message(node("zeros", [BILLION, BILLION]), LOGITS))
    with pytest.raises(graph.BadGraph):
        graph.Network(graph.decode(message(LOGITS)))(torch.randn(2, 7))


WRITES = {
    "in place": [node("aten.mul_.Scalar", WEIGHT, 2.0)],
    "by copying": [node("zeros_like", WEIGHT), node("copy_", WEIGHT, {"n": 0})],
    "through a view": [node("view", WEIGHT, [-1]), node("aten.fill_.Scalar", {"n": 0}, 0.0)],
    "through a detached copy": [node("detach", WEIGHT), node("zero_", {"n": 0})],
    "through a slice": [node("aten.select.int", WEIGHT, 0, 0), node("aten.add_.Tensor", {"n": 0}, 1.0)],
    "as batch statistics": [node("repeat", X, [1, 4, 1, 1]),
                            node("batch_norm", {"n": 0}, None, None, BIAS, BIAS, True, 0.1, 1e-5, False)],
    "as instance statistics": [node("repeat", X, [1, 4, 1, 1]),
                               node("instance_norm", {"n": 0}, None, None, BIAS, BIAS, True, 0.1, 1e-5, False)],
    "by taking it out of training": [node("detach_", WEIGHT)],
    "by drawing": [node("normal_", WEIGHT)],
    "by scattering": [node("argmax", BIAS, 0, True), node("aten.index_fill_.int_Scalar", BIAS, 0, {"n": 0}, 9.0)],
}  # fmt: skip


@pytest.mark.parametrize("how", WRITES)
def test_forward_may_not_write_into_a_parameter(how) -> None:
    assert refused(message(*WRITES[how], LOGITS)) == (
        f"forward writes into the parameter {'conv.bias' if 'statistics' in how or 'scatter' in how else 'conv.weight'}; "
        "only the optimiser may change it"
    )


def test_forward_may_write_into_a_buffer_but_not_change_its_shape() -> None:
    buffer = held("weights")
    used(message(node("aten.add_.Tensor", buffer, 1), LOGITS))
    assert "shape" in refused(message(node("unsqueeze_", buffer, 0), LOGITS))


def test_an_input_that_is_written_stays_as_it_was() -> None:
    network = graph.Network(graph.decode(message(node("aten.mul_.Scalar", X, 3.0), LOGITS)))
    x = torch.ones(2, 1, 12, 12)
    assert torch.equal(network(x), torch.full((2, 1), 3.0))
    assert torch.equal(x, torch.ones(2, 1, 12, 12))


NOT_OPERATORS = ["os.system", "python.eval", "python.__import__", "aten.as_strided.default", "aten.set_.source_Storage",
                 "aten.resize_.default", "aten.nonzero.default", "aten.mul.left_t", "aten.add.str", "aten.add.t",
                 "aten.sort.any", "aten.mul.int", "aten.add.__call__", "aten.add._schema", "aten.add", "aten", "", "aten..",
                 "aten.add.out", "aten.zeros.out", "aten.conv2d.default.x", "prims.add.default", "aten.view.dtype",
                 "aten.from_file.default", "aten.native_batch_norm.default", "aten.lstm.data", "python.", "aten.add.\u00e9",
                 "aten.index.Tensor_hacked_twin", "aten.item.default", "aten._weight_norm_interface.default"]  # fmt: skip


@pytest.mark.parametrize("name", NOT_OPERATORS)
def test_only_named_operators_on_tensors_are_run(name) -> None:
    assert "not among those that are carried" in refused(message({**node("relu", X), "op": name}))


UNFIT = {
    "too many arguments": node("relu", X, 1, 2),
    "a missing argument": node("conv2d", X),
    "an unknown argument": node("relu", X, out=X),
    "one given twice": node("relu", X, self=X),
    "a text for a device": node("zeros", [2], device="cuda:7"),
    "a whole number for a number type": node("zeros", [2], dtype=12),
    "a text for a tensor": node("relu", "x"),
    "nothing for a tensor": node("relu", None),
    "a list for a tensor": node("relu", [X]),
    "a number for a flag": node("dropout", X, 0.5, 3),
    "locked memory": node("zeros", [2], pin_memory=True),
    "a list for arithmetic": node("python.mul", [1, 2], 10**12),
    "a text for arithmetic": node("python.mul", "x", 10**12),
    "a tensor for arithmetic": node("python.add", X, 1),
    "an item of a tensor": node("python.getitem", X, 0),
    "a huge power": node("python.pow", 9, 10**9),
    "division by nought": node("python.floordiv", 1, 0),
    "an endless whole number": node("relu", X, 10**400),
    "nested lists": node("cat", [[[[[X]]]]]),
    "a layout that does not exist": node("zeros", [2], layout={"layout": "sparse"}),
    "an interpolation that does not exist": node("grid_sampler", X, X, 7, 9, True),
    "truncation of whole numbers": node(
        "aten.div.Scalar_mode", held("norm.num_batches_tracked"), -1, rounding_mode="trunc"
    ),
    "lengths that fit no weight": node("_weight_norm", WEIGHT, held("head.bias"), 0),
}


@pytest.mark.parametrize("what", UNFIT)
def test_arguments_that_do_not_fit_the_operator_are_refused(what) -> None:
    refused(message(UNFIT[what], LOGITS))


def test_a_reference_may_only_point_backwards_and_inside() -> None:
    for bad in ({"n": 0}, {"n": 5}, {"n": -1}, {"n": True}, {"n": 1.0}, {"n": "0"}, {"t": 99}, {"t": -1}, {"x": 1},
                {"y": 0}, {"n": 0, "t": 0}, {}, {"n": None}, {"n": [0]}, {"dtype": ["float32"]}, {"dtype": "qint8"},
                {"memory_format": {}}, {"slice": [0, 1, 1]}, {"device": "cuda"}):  # fmt: skip
        refused(message(node("relu", bad)))


def test_deep_nesting_is_refused_and_not_followed() -> None:
    deep: Any = []
    for _ in range(1_000):
        deep = [deep]
    refused(message(node("cat", deep)))
    refused(message(node("relu", X), input_shape=deep))
    refused({**MESSAGE, "tensors": deep})


def test_twenty_thousand_steps_are_carried_and_one_more_is_not() -> None:
    nodes = [node("relu", X)] * 20_001
    assert "20,001 steps" in refused(message(*nodes))


@pytest.mark.parametrize(
    "changed",
    [
        {"input_shape": "1x28x28"}, {"input_shape": [1, 0, 28]}, {"input_shape": [1, True, 28]}, {"input_shape": [1, -3, 3]},
        {"input_shape": [60_000, 60_000]}, {"input_shape": [1] * 9}, {"tensors": {}}, {"tensors": [1]}, {"train": None},
        {"train": {"nodes": {}, "output": [X]}}, {"train": {"nodes": [], "output": []}}, {"train": {"nodes": [], "output": X}},
        {"train": {"nodes": [], "output": [1]}}, {"train": {"nodes": [], "output": [[X]]}}, {"eval": {"nodes": []}},
        {"extra": 1},
    ],
    ids=str,
)  # fmt: skip
def test_anything_but_the_agreed_form_is_refused(changed) -> None:
    refused(message(LOGITS, **changed))


@pytest.mark.parametrize(
    "received", [None, 1, "x", [], {}, [MESSAGE], {"input_shape": [1]}], ids=lambda value: repr(value)[:24]
)
def test_what_is_no_network_at_all_is_refused(received) -> None:
    refused(received)


def tensor(**changed: Any) -> dict[str, Any]:
    return {
        "kind": "parameter",
        "names": ["w"],
        "tensor": RawTensor("float32", (2,), bytes(8)),
        "trained": True,
        **changed,
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "weight"}, {"kind": ["parameter"]}, {"names": []}, {"names": "w"}, {"names": [1]}, {"names": ["w" * 400]},
        {"names": ["w"] * 1000}, {"tensor": [1.0]}, {"tensor": None}, {"trained": 1}, {"grad": None},
        {"tensor": RawTensor("int64", (1,), bytes(8))}, {"tensor": RawTensor("complex64", (1,), bytes(8))},
    ],
    ids=str,
)  # fmt: skip
def test_a_tensor_that_is_not_as_agreed_is_refused(changed) -> None:
    refused(message(LOGITS, tensors=[tensor(**changed)]))


def test_a_name_means_one_tensor() -> None:
    assert refused(message(LOGITS, tensors=[tensor(), tensor()])) == "two tensors go by one name"


def test_a_flag_made_of_other_bytes_is_a_flag() -> None:
    flags = graph.tensor_of(RawTensor("bool", (4,), bytes([0, 1, 2, 255])))
    assert flags.tolist() == [False, True, True, True]
    assert int(flags.sum()) == 3


def test_an_output_that_is_no_answer_is_refused() -> None:
    assert "int64" in refused(message(node("argmax", X, 1)))
    assert "complex64" in refused(message(node("fft_fft", X)))
    assert "no numbers" in refused(message(node("aten.slice.Tensor", X, 1, 0, 0)))
    assert "tensor" in refused(message(node("aten.sym_size.int", X, 0)))
    assert "tensor" in refused(message(node("aten.unbind.int", X, 1)))


def test_an_operator_that_fails_on_values_is_refused_when_it_runs() -> None:
    indices = [
        node("argmax", X, 1),
        node("aten.add.Tensor", {"n": 0}, 50),
        node("embedding", {"t": 0}, {"n": 1}),
        LOGITS,
    ]
    received = graph.decode(message(*indices, tensors=[tensor(tensor=RawTensor("float32", (2, 1), bytes(8)))]))
    with pytest.raises(graph.BadGraph, match="does not run"):
        graph.Network(received)(torch.randn(2, 1, 12, 12))


# -- by chance -----------------------------------------------------------------------------------------------

SCALARS: list[Any] = [
    0, 1, -1, 2, 3, 7, 12, 10**5, BILLION, 2**31, 2**62, -(2**63), 2**63, 10**30, True, False, None, 0.5, float("nan"),
    float("inf"), -1e308, "", "same", "cuda:7", "n", [], [[]], [BILLION], [2, 2], {}, {"n": 0}, {"n": 1}, {"n": 9}, {"t": 0},
    {"t": 3}, {"x": 0}, {"n": True}, {"dtype": "int64"}, {"dtype": "complex64"}, {"dtype": [1]}, {"device": True},
]  # fmt: skip
OVERLOADS = [f"aten.{name}.{overload}" for name in sorted(operators.ALLOWED)
             for overload in getattr(torch.ops.aten, name).overloads()]  # fmt: skip
OVERLOADS += [f"python.{name}" for name in operators.PYTHON_OPERATORS]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


PLACES = list(places(MESSAGE))


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """The honest message with a few things exchanged, added or left out."""
    received = copy.deepcopy(MESSAGE)
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            nodes = received["train" if draw(st.booleans()) else "eval"]["nodes"]
            chosen = nodes[draw(st.integers(0, len(nodes) - 1))]
            chosen["op"] = draw(st.sampled_from(OVERLOADS))
            if draw(st.booleans()):
                chosen["args"] = draw(st.lists(st.sampled_from(SCALARS), max_size=5))
            continue
        *path, last = draw(st.sampled_from(PLACES))
        holder: Any = received
        with contextlib.suppress(KeyError, IndexError, TypeError):  # an earlier change took the place away
            for key in path:
                holder = holder[key]
            holder[last] = copy.deepcopy(draw(st.sampled_from(SCALARS)))
        if not isinstance(received, dict):
            break
        if any(
            not isinstance(received.get(mode), dict) or not received[mode].get("nodes") for mode in ("train", "eval")
        ):
            break
        if any(not isinstance(received[mode]["nodes"], list) for mode in ("train", "eval")):
            break
        if any(not isinstance(item, dict) for mode in ("train", "eval") for item in received[mode]["nodes"]):
            break
    return received


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_a_damaged_message_works_or_is_refused(received) -> None:
    with within(20, 1_000), contextlib.suppress(graph.BadGraph):
        used(received)


@st.composite
def programs(draw: st.DrawFn) -> Any:
    """Short programs of operators that take tensors alone: many of them run."""
    nodes = [node("conv2d", X, WEIGHT)]
    for _ in range(draw(st.integers(1, 5))):
        name = draw(st.sampled_from(OVERLOADS))
        refs = st.integers(0, len(nodes) - 1).map(lambda index: {"n": index})
        args = draw(
            st.lists(refs | st.sampled_from([X, WEIGHT, BIAS, 1, 2, [2, 3], [1], 0.5, -1]), min_size=1, max_size=3)
        )
        nodes.append({**node("relu"), "op": name, "args": args})
        try:
            graph.decode(message(*nodes, LOGITS))
        except graph.BadGraph:
            nodes.pop()
    return nodes


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_a_program_that_is_admitted_is_run_and_inspected_without_surprise(nodes) -> None:
    with within(20, 1_000):
        for received in (message(*nodes), message(*nodes, LOGITS)):
            with contextlib.suppress(graph.BadGraph):
                used(received)
