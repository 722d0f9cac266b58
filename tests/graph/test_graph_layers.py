"""The layer table: what a student reads about each layer, counted by hand and by torch's own counter."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode


def table(network) -> list[tuple]:
    return [(row.name, row.input_shape, row.output_shape, row.parameters, row.macs) for row in network.layers]


def test_every_layer_is_named_with_its_shapes_parameters_and_multiplications(carry) -> None:
    layers = [
        nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.1),
        nn.Conv2d(8, 16, 5, stride=2, groups=4), nn.Conv2d(16, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(4, 10), nn.LogSoftmax(1),
    ]  # fmt: skip
    assert table(carry(nn.Sequential(*layers))) == [
        ("Conv2d 1 -> 8, 3x3, padding 1", (1, 28, 28), (8, 28, 28), 72, 72 * 784),
        ("BatchNorm 8", (8, 28, 28), (8, 28, 28), 16, 0),
        ("ReLU", (8, 28, 28), (8, 28, 28), 0, 0),
        ("MaxPool 2x2", (8, 28, 28), (8, 14, 14), 0, 0),
        ("Dropout 0.1", (8, 14, 14), (8, 14, 14), 0, 0),
        ("Conv2d 8 -> 16, 5x5, stride 2, 4 groups", (8, 14, 14), (16, 5, 5), 816, 800 * 25),
        ("Conv2d 16 -> 4, 1x1", (16, 5, 5), (4, 5, 5), 68, 64 * 25),
        ("Global average of 5x5", (4, 5, 5), (4, 1, 1), 0, 0),
        ("Linear 4 -> 10", (4,), (10,), 50, 40),
        ("LogSoftmax", (10,), (10,), 0, 0),
    ]


LABELS = {
    "Conv2d 4 -> 6, 3x5, stride 2x1, padding 1x2": nn.Conv2d(4, 6, (3, 5), (2, 1), (1, 2)),
    "Conv2d 4 -> 4, 3x3, dilation 2, 4 groups": nn.Conv2d(4, 4, 3, dilation=2, groups=4),
    "Conv2d 4 -> 4, 3x3, padding same": nn.Conv2d(4, 4, 3, padding="same"),
    "ConvTranspose2d 4 -> 3, 2x2, stride 2": nn.ConvTranspose2d(4, 3, 2, 2),
    "AvgPool 3x3, stride 2": nn.AvgPool2d(3, 2),
    "Global average of 26x26": nn.AvgPool2d(26),
    "Global max of 26x26": nn.AdaptiveMaxPool2d(1),
    "AdaptiveAvgPool to 3x2": nn.AdaptiveAvgPool2d((3, 2)),
    "MaxPool 2x2": nn.MaxPool2d((2, 2)),
    "MaxPool 3x3, stride 1": nn.MaxPool2d(3, 1),
    "GroupNorm 4": nn.GroupNorm(2, 4),
    "LayerNorm 4": nn.LayerNorm([4, 26, 26]),
    "InstanceNorm 4": nn.InstanceNorm2d(4),
    "Dropout2d 0.25": nn.Dropout2d(0.25),
    "LeakyReLU": nn.LeakyReLU(0.1, inplace=True),
    "GELU": nn.GELU(),
    "PReLU": nn.PReLU(),
    "SiLU": nn.SiLU(inplace=True),
    "Softmax": nn.Softmax(1),
}


@pytest.mark.parametrize("words", LABELS)
def test_a_layer_is_called_in_the_fields_words(carry, words) -> None:
    rows = carry(nn.Sequential(nn.Conv2d(1, 4, 3), LABELS[words])).layers
    assert rows[1].name == words


def test_recurrent_layers_embeddings_and_attention_have_names(carry, of_corpus) -> None:
    from dlgrade.graph import CarriedNetwork

    names = {row.name for name in ("LstmOverRows", "CellsInALoop", "EmbeddedPositions", "ScaledDotProduct", "PlainRnn")
             for row in CarriedNetwork(of_corpus(name).graph).layers}  # fmt: skip
    assert {
        "LSTM 28 -> 12",
        "GRU cell 8 -> 8",
        "RNN cell 8 -> 10",
        "Embedding 28 -> 28",
        "Attention",
        "RNN 28 -> 10",
    } <= names


COUNTED = [
    "DepthwiseGroupedDilatedTransposed", "PaddingSame", "PaddingModes", "ManyPools", "PixelShuffle", "Residual",
    "DenselyConnected", "SqueezeAndExcite", "ConvolutionByUnfold", "ConvolutionByTensorUnfold", "SpatialTransformer",
    "OneDimensional", "ThreeDimensional", "LayerNormChannelsLast", "UpsampleBothWays", "MultiheadAttention",
    "MultiheadAttentionWithWeights", "AttentionByHand", "MixerOverTokens", "TransformerEncoder", "TiedWeights", "Einsum",
    "ParameterListAndDict", "SeveralHeads", "MixtureOfExperts", "SameLayerTwice", "WholeNetworkInDouble",
]  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
def test_multiplications_are_those_that_torch_counts(of_corpus, name) -> None:
    odd = of_corpus(name)
    original = odd.original().train()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad(), torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        original(torch.rand(4, 1, 28, 28))
        four = counter.get_total_flops()
        original(torch.rand(2, 1, 28, 28))
    # Twice two less four: what is done to the weights alone does not grow with the batch.
    two = counter.get_total_flops() - four
    from dlgrade.graph import CarriedNetwork

    assert CarriedNetwork(odd.graph).summary().macs == pytest.approx(two / 4, rel=1e-3)


def test_multiplications_of_a_recurrent_layer_are_those_of_its_gates(carry) -> None:
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.LSTM(28, 12, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.rnn(x.squeeze(1))[0][:, -1]

    assert carry(Rows()).summary().macs == 28 * 4 * 12 * (28 + 12)


def test_products_that_torch_does_not_count_are_counted(carry) -> None:
    class Products(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pair, self.vector = nn.Bilinear(4, 5, 3), nn.Parameter(torch.rand(784))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = x.flatten(1)
            return self.pair(x[:, :4], x[:, :5]) + (x @ self.vector)[:, None]

    assert carry(Products()).summary().macs == 4 * 5 * 3 + 784


def test_a_layer_used_twice_has_its_parameters_where_it_is_met_first(carry, of_corpus) -> None:
    from dlgrade.graph import CarriedNetwork

    network = CarriedNetwork(of_corpus("SameLayerTwice").graph)
    again = [row for row in network.layers if row.module == "again"]
    assert [row.parameters for row in again] == [6 * 6 * 9 + 6, 0, 0]
    assert sum(row.parameters for row in network.layers) == network.parameter_count


def test_a_parameter_used_outside_of_any_layer_has_a_row(carry) -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale, self.head = nn.Parameter(torch.ones(28)), nn.Linear(784, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head((x * self.scale).flatten(1))

    rows = carry(Scaled()).layers
    assert [(row.name, row.parameters) for row in rows] == [("mul", 28), ("Linear 784 -> 10", 7850)]


def test_the_heaviest_layer_is_named_with_its_line(of_corpus) -> None:
    from dlgrade.graph import CarriedNetwork

    line = CarriedNetwork(of_corpus("ViewBySize").graph).heaviest()
    assert line.startswith("1,970 of them are one layer: ")
    assert "unusual.py:" in line
    assert line.endswith("  Linear 196 -> 10")


def test_places_are_shown_as_the_caller_locates_them(of_corpus) -> None:
    from dlgrade.graph import CarriedNetwork

    network = CarriedNetwork(of_corpus("ViewBySize").graph, locate=lambda name, line: f"cell 3, line {line % 7}")
    assert all(row.where.startswith("cell 3, line ") for row in network.layers)
    assert str(network.dense_read()).startswith("cell 3, line ")


def test_a_summary_holds_what_the_report_shows(carry) -> None:
    summary = carry(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2704, 10))).summary()
    assert (summary.parameters, summary.input_shape, summary.output_shape) == (27_090, (1, 28, 28), (10,))
    assert summary.macs == 36 * 676 + 27_040
    assert summary.memory_bytes == 4 * (27_090 + 2 * 2704 + 10)
    assert (summary.unused, summary.extra_numbers, len(summary.layers)) == ((), 0, 3)
    assert F is not None
