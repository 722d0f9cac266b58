"""What has no fixed graph is refused in one plain sentence that names the student's line where it is known."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn

from dlgrade import graph

BATCH = "forward fixes the batch size to a number; take it from the input, as in x.view(x.size(0), -1)"
VALUES = "forward decides by the values of a tensor (an if, .item() or int() on it), so it has no fixed graph"
DATA = "forward reads or writes .data, which cannot be traced; write .detach() instead"

# Name in networks/refused.py: the sentence, and what stands on the line it names.
SENTENCES = {
    "BranchOnValues": (VALUES, "if x.sum() > 0:"),
    "LoopWhile": (VALUES, "while x.abs().max() > 1:"),
    "ItemOfATensor": (
        "forward turns a tensor into a Python number (.item(), int() or float() on it), so it has no fixed graph",
        "x.max().item()",
    ),
    "FixedBatch": (BATCH, ".view(64, 6, 64)"),
    "FixedBatchByExpand": (BATCH, None),
    "FixedBatchByInt": (BATCH, None),
    "OtherPathForLargeBatches": (
        "forward takes another path for some batch sizes; let it do the same for every batch size", None,
    ),
    "NumpyInForward": ("forward leaves torch for numpy; write it with torch operators", "np.tanh"),
    "DataOfATensor": (DATA, None),
    "WritesItsParameters": (DATA, None),
    "WritesItsParametersUnderNoGrad": (
        "forward writes into the parameter head.weight; only the optimiser may change it", "self.head.weight.mul_(0.99)",
    ),
    "MaskedSelection": (
        "forward selects by a mask, so a size depends on the values of a tensor; torch.where keeps the size", "x[x > 0]",
    ),
    "Nonzero": ("forward uses nonzero, whose result has a size that depends on the values of a tensor", "x.nonzero()"),
    "Autocast": ("forward uses autocast; leave the precision to whoever trains it", None),
    "ReturnsTwo": ("forward returns a tuple; return the logits alone", None),
    "ReturnsADict": ("forward returns a dict; return the logits alone", None),
    "ReturnsClasses": ("forward returns int64 numbers, not real ones", None),
    "CumulativeBatchNorm": (
        "norm averages with momentum=None, which reads a counter; give it a momentum such as 0.1", None,
    ),
    "Inverse": ("it uses linalg_inv, which is not among the operators that are carried", "torch.linalg.inv"),
    "QuantisedWeights": (
        "it uses fake_quantize_per_tensor_affine, which is not among the operators that are carried", "fake_quantize",
    ),
    "GradientInForward": (
        "forward computes gradients itself, and those are not among the operators that are carried", "torch.autograd.grad",
    ),
    "SharedMemory": (
        "head.bias and head.weight are two views of one memory; compute one from the other in forward", None,
    ),
    "ParameterAsBuffer": ("head.weight and copy are one memory, once trained and once not; detach in forward", None),
    "VmapInForward": (BATCH, None),  # true, though not in the student's words: vmap needs to know how many there are
    "Scripted": ("body was made by torch.jit.script; leave the module as it is", None),
}  # fmt: skip


@pytest.mark.parametrize("name", SENTENCES)
def test_the_reason_is_one_sentence_and_the_line_is_the_students(refused, name) -> None:
    sentence, there = SENTENCES[name]
    found = refused(name)
    assert found.reason == sentence
    assert str(found) == sentence
    if there is not None:
        assert found.line is not None
        assert there in linecache.getline(*found.line)


CARRIED_AFTER_ALL = [
    "NumpyOfAConstant", "MaskedAssignment", "KeepsItsMaps", "CountsItsCalls", "Compiled", "MaskedTransformer",
    "DistancesByCdist", "SquareOfTheBatch",
]  # fmt: skip


@pytest.mark.parametrize("name", CARRIED_AFTER_ALL)
def test_what_looks_risky_but_has_a_graph_is_carried(refused_class, carry, name) -> None:
    torch.manual_seed(0)
    original = refused_class(name)()
    carried = carry(original).module()
    x = torch.rand(5, 1, 28, 28)
    for training in (True, False):
        torch.manual_seed(1)
        expected = original.train(training)(x)
        torch.manual_seed(1)
        torch.testing.assert_close(carried.train(training)(x), expected, rtol=1e-4, atol=1e-5)


def test_a_custom_autograd_function_is_carried_with_its_answers_but_not_its_gradients(refused_class, carry) -> None:
    """Its backward is code and does not travel: whoever compares gradients sees the difference."""
    original = refused_class("CustomAutogradFunction")()
    carried = carry(original).module()
    x = torch.rand(4, 1, 28, 28)
    one, other = original.train()(x), carried.train()(x)
    torch.testing.assert_close(one, other)
    one.sum().backward()
    other.sum().backward()
    ratio = original.conv.weight.grad / carried.named("conv.weight").grad
    torch.testing.assert_close(ratio, torch.full_like(ratio, 50.0), rtol=1e-3, atol=1e-3)


def test_chance_from_outside_torch_is_frozen_into_the_graph(refused_class, carry) -> None:
    """`random.choice` is drawn once, while tracing: the comparison with the original is what finds it."""
    carried = carry(refused_class("RandomOfPython")()).module().eval()
    x = torch.rand(2, 1, 28, 28)
    assert torch.equal(carried(x), carried(x))


def test_a_refusal_leaves_the_network_in_its_mode(refused_class) -> None:
    network = refused_class("BranchOnValues")().train()
    network.conv.eval()
    with pytest.raises(graph.NotCarried):
        graph.encode(network, (1, 28, 28), [])
    assert (network.training, network.conv.training, network.head.training) == (True, False, True)


def test_a_line_is_that_of_the_helper_or_hook_that_made_the_step(carry, of_corpus) -> None:
    odd = of_corpus("ForwardHooks")
    lines = {step.packet: linecache.getline(*step.at) for step in odd.graph.eval.steps if step.at}
    assert "clamp(min=0.1)" in lines["clamp"]
    assert "args[0] * 2" in lines["mul"]


def test_lines_of_other_files_are_not_kept(refused_class) -> None:
    network = refused_class("KeepsItsMaps")()
    nodes = graph.encode(network, (1, 28, 28), [])["eval"]["nodes"]
    assert all(node["at"] is None for node in nodes)
    message = graph.encode(network, (1, 28, 28), [__file__])
    message["eval"]["nodes"][0]["at"] = ["/etc/passwd", 3]
    assert graph.decode(message, [__file__]).eval.steps[0].at is None


def test_a_network_too_large_for_the_wire_is_refused_before_it_is_copied() -> None:
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1).expand(10**9), requires_grad=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.weight[0]

    with pytest.raises(graph.NotCarried, match=r"4\.0 GB"):
        graph.encode(Wide(), (1, 28, 28), [])


def test_a_type_without_a_data_form_is_refused() -> None:
    with pytest.raises(graph.NotCarried, match="cannot be carried"):
        graph.raw(torch.zeros(3).to_sparse())
    with pytest.raises(graph.NotCarried, match="float8"):
        graph.raw(torch.zeros(3).to(torch.float8_e4m3fn))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32",
                                   "float64", "complex64", "complex128"])  # fmt: skip
def test_every_number_type_that_travels_comes_back_as_it_was(through_the_wire, dtype) -> None:
    value = (torch.randn(3, 5) * 9).to(getattr(torch, dtype)).t()
    arrived = graph.tensor_of(through_the_wire({"it": graph.raw(value)})["it"])
    assert arrived.dtype is value.dtype
    assert torch.equal(arrived, value)
    assert graph.tensor_of(through_the_wire([graph.raw(value[:0])])[0]).shape == (0, 3)
