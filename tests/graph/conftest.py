"""Networks as students write them, carried through the wire once and then compared with their originals."""

from __future__ import annotations

import functools
import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from dlgrade import graph, wire

NETWORKS = Path(__file__).parent / "networks"
SHAPE = (1, 28, 28)


def _loaded(name: str) -> ModuleType:
    path = NETWORKS / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"carried_networks_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@functools.cache
def _classes(name: str) -> dict[str, type[nn.Module]]:
    module = _loaded(name)
    return {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, nn.Module)
        and value.__module__ == module.__name__ and not key.startswith("_")
    }  # fmt: skip


def _corpus() -> dict[str, type[nn.Module]]:
    return {**_classes("convolutional"), **_classes("sequences"), **_classes("unusual")}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "odd" in metafunc.fixturenames:
        metafunc.parametrize("odd", sorted(_corpus()), indirect=True, scope="session")
    if "structure" in metafunc.fixturenames:
        metafunc.parametrize("structure", sorted(_structures().CASES), indirect=True, scope="session")


@functools.cache
def _structures() -> ModuleType:
    return _loaded("structures")


@dataclass(frozen=True)
class Structure:
    """One way from maps to logits, and what it is."""

    name: str
    average: bool
    dense: bool
    network: graph.CarriedNetwork


@pytest.fixture(scope="session")
def structure(request: pytest.FixtureRequest, carry: Callable[..., graph.CarriedNetwork]) -> Structure:
    torch.manual_seed(0)
    _, average, dense = _structures().CASES[request.param]
    return Structure(request.param, average, dense, carry(_structures().network(request.param)))


@dataclass(frozen=True)
class Odd:
    """One network of the corpus."""

    name: str
    cls: type[nn.Module]
    graph: graph.Graph

    def original(self) -> nn.Module:
        """A fresh copy with the parameters that were carried."""
        torch.manual_seed(0)
        network = self.cls()
        if any(nn.parameter.is_lazy(parameter) for parameter in network.parameters()):
            with torch.no_grad():
                network.eval()(torch.zeros(2, *SHAPE))
        return network

    def carried(self) -> graph.Network:
        """The same network as the grader rebuilds it."""
        return graph.Network(self.graph)


def _files() -> list[str]:
    return [str(path) for path in NETWORKS.glob("*.py")]


@functools.cache
def _odd(name: str) -> Odd:
    cls = _corpus()[name]
    torch.manual_seed(0)
    return Odd(name, cls, graph.decode(sent(graph.encode(cls(), SHAPE, _files())), _files()))


@pytest.fixture(scope="session")
def of_corpus() -> Callable[[str], Odd]:
    return _odd


@pytest.fixture(scope="session")
def odd(request: pytest.FixtureRequest) -> Odd:
    return _odd(request.param)


def sent(message: Any) -> Any:
    """What arrives when a message goes through the wire."""
    stream = io.BytesIO()
    wire.send(stream, message)
    stream.seek(0)
    return wire.receive(stream)


@pytest.fixture(scope="session")
def through_the_wire() -> Callable[[Any], Any]:
    return sent


@pytest.fixture(scope="session")
def carry() -> Callable[..., graph.CarriedNetwork]:
    """Encode a module, send it, and look at it as a check does."""

    def carry(
        network: nn.Module, shape: tuple[int, ...] = SHAPE, files: list[str] | None = None
    ) -> graph.CarriedNetwork:
        files = _files() if files is None else files
        return graph.CarriedNetwork(graph.decode(sent(graph.encode(network, shape, files)), files))

    return carry


@pytest.fixture(scope="session")
def refused() -> Callable[[str], graph.NotCarried]:
    """Why the network of that name in networks/refused.py is not carried."""

    def refused(name: str) -> graph.NotCarried:
        with pytest.raises(graph.NotCarried) as caught:
            graph.encode(_classes("refused")[name](), SHAPE, _files())
        return caught.value

    return refused


@pytest.fixture(scope="session")
def refused_class() -> Callable[[str], type[nn.Module]]:
    return _classes("refused").__getitem__


@pytest.fixture(autouse=True)
def _single_thread() -> Iterator[None]:
    torch.set_num_threads(1)
    return
