"""What can be asked of a worker: load the submission, call its functions, carry its network and its recipe.

Nothing here imports torch before a question needs it, so that assignments in plain Python start at once.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.abc
import importlib.machinery
import inspect
import linecache
import os
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from dlgrade.worker._problems import Problem

_IMPORTS_TORCH = re.compile(r"^\s*(from|import)\s+(.*,\s*)?torch", re.MULTILINE)


class _Siblings(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the files of a submission from memory: the worker sees no folder of the student."""

    def __init__(self, files: list[dict[str, Any]]) -> None:
        self._files = {entry["module"]: entry for entry in files}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        entry = self._files.get(name)
        if entry is None:
            return None
        package = entry["name"].endswith("__init__.py") or any(other.startswith(name + ".") for other in self._files)
        return importlib.machinery.ModuleSpec(name, self, origin=entry["name"], is_package=package)

    def exec_module(self, module: types.ModuleType) -> None:
        entry = self._files[module.__name__]
        source = entry["source"]
        linecache.cache[entry["name"]] = (
            len(source),
            None,
            entry["original"].splitlines(True),
            entry["name"],
        )
        module.__file__ = entry["name"]
        if entry["prelude"]:
            exec(compile(entry["prelude"], "<supplied>", "exec"), module.__dict__)  # noqa: S102 - the worker's purpose
        exec(compile(source, entry["name"], "exec"), module.__dict__)  # noqa: S102


class _Allowed(importlib.abc.MetaPathFinder):
    """Refuses what the submission's own code imports beside the allowed packages; they may import what they need."""

    def __init__(self, names: list[str], own: list[str]) -> None:
        self._names = {*names, *(name.partition(".")[0] for name in own)} | sys.stdlib_module_names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        root = name.partition(".")[0]
        if root not in self._names and _asked_by_the_submission():
            raise Problem("crashed", f"it imports {root}, which this assignment is to be solved without")


def _asked_by_the_submission() -> bool:
    """Whether the import that is going on stands in code that is no file of an installed package."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is None or not os.path.isabs(frame.f_code.co_filename)


class Desk:
    """State of one worker: the loaded module and the network asked for last."""

    def __init__(self, exchange: Callable[[Any], Any]) -> None:
        """`exchange` asks the grader for something in the middle of a question."""
        self.files: list[str] = []
        self._exchange = exchange
        self._module: types.ModuleType | None = None
        self._network: Any = None
        self._state: dict[str, Any] = {}
        self._optimizer: Any = None

    def asked(self, do: str, ask: dict[str, Any]) -> Any:
        """Answer one question; raises whatever the student's code raises."""
        answer = getattr(self, f"_do_{do}", None)
        if answer is None:
            raise Problem("unsupported", f"this worker does not know how to {do}")
        return answer(**ask)

    def _do_prepare(self, torch: bool) -> None:
        """Import ahead what a submission will need, and use it once: the first export takes seconds."""
        if not torch:
            return
        import random

        from torch import nn

        from dlgrade import graph
        from dlgrade.worker import _explain  # noqa: F401 - imported ahead

        _quiet_torch(0)
        state = random.getstate()
        graph.encode(nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()), (1, 8, 8), [])
        random.setstate(state)

    def _do_load(
        self, files: list[dict[str, Any]], stand_ins: list[str], seed: int, imports: list[str] | None = None
    ) -> Any:
        """Run the cleaned source of the main file (the last one); the others are there to be imported.

        Args:
            stand_ins: modules that only print or plot, or are not here, and what to put in their place.
            seed: for Python's and torch's generators, before anything runs.
            imports: packages that may be imported beside the standard library; None: any.
        """
        import random

        from dlgrade.submission import install_stand_ins

        random.seed(seed)
        install_stand_ins(stand_ins)
        asked = any(_IMPORTS_TORCH.search(part) for entry in files for part in (entry["source"], entry["prelude"]))
        if asked or "torch" in sys.modules:  # of a worker that was prepared
            _quiet_torch(seed)
            if any("torchvision" in entry["source"] for entry in files):
                from dlgrade.recipe import ensure_torchvision

                ensure_torchvision()
        self.files = [f["name"] for f in files]
        if imports is not None:
            sys.meta_path.insert(0, _Allowed(imports, [entry["module"] for entry in files]))
        sys.meta_path.insert(0, _Siblings(files))
        with _on_cpu():
            self._module = importlib.import_module(files[-1]["module"])

    def _do_names(self) -> Any:
        """Public functions and classes of the main module."""
        return sorted(
            name for name, item in vars(self._loaded()).items() if callable(item) and not name.startswith("_")
        )

    def _do_call(
        self, name: str, args: list[Any], kwargs: dict[str, Any], arrays: str = "torch", watched: bool = False,
        through: str = "",
    ) -> Any:  # fmt: skip
        """Call a function; tensors come and go as `RawTensor`.

        Args:
            arrays: what they are in between, ``torch`` or ``numpy``.
            watched: also send back the arguments as they are after the call.
            through: code of the grader that defines ``probe(function, *args)``, called instead, for arguments and
                answers that cannot travel (a model, a generator, a figure).
        """
        from dlgrade.worker._values import inward, outward

        function = self._function(name)
        given = [inward(value, arrays) for value in args]
        named = {key: inward(value, arrays) for key, value in kwargs.items()}
        call = functools.partial(_probe(through), function) if through else function
        with _on_cpu():
            answer = outward(call(*given, **named))
        if not watched:
            return answer
        return {"answer": answer, "arguments": [outward(value) for value in (*given, *named.values())]}

    def _do_network(self, name: str, module: str, input_shape: list[int], seed: int) -> Any:
        """Build the class and carry it; the network stays for the questions that follow."""
        import torch

        from dlgrade import graph
        from dlgrade.worker._explain import dry_run

        shape = tuple(input_shape)
        with _on_cpu():
            network = self._built(name, module, seed)
            dry_run(network, shape, self.files)
            try:
                message = graph.encode(network, shape, self.files)
            except graph.NotCarried as error:
                raise Problem("not_carried", error.reason, error.line) from error
        # Batch-norm statistics moved in the dry run would make two questions differ.
        self._network = network
        self._state = {name: value.clone() for name, value in network.state_dict().items()}
        torch.manual_seed(seed)
        return message

    def _do_claims(self, name: str, module: str, input_shape: list[int], seed: int) -> Any:
        """Parameters and the shape of an answer, of a network that cannot be carried."""
        import torch

        with _on_cpu(), torch.no_grad():
            network = self._built(name, module, seed)
            output = network.eval()(torch.zeros(2, *input_shape))
            return {"parameters": sum(p.numel() for p in network.parameters()), "output": list(output.shape[1:])}

    def _built(self, name: str, module: str, seed: int) -> Any:
        import torch
        from torch import nn

        cls = getattr(sys.modules.get(module, self._loaded()), name, None)
        if cls is None:
            raise Problem(
                "missing",
                f"the class {name} is not defined",
                mend=f"Call your network {name}, or name yours with --class.",
            )
        if not isinstance(cls, type):
            raise Problem("missing", f"{name} is not a class")
        needed = _required_arguments(cls)
        if needed:
            raise Problem(
                "crashed",
                f"{name}() cannot be built without arguments: __init__ asks for {', '.join(needed)}",
                _definition_line(cls, self.files),
                f"Give each a default value, such as {needed[0]}=0.05.",
            )
        torch.manual_seed(seed)
        network = cls()
        if not isinstance(network, nn.Module):
            raise Problem(
                "crashed",
                f"{name} is not an nn.Module",
                _definition_line(cls, self.files),
                f"Write class {name}(nn.Module).",
            )
        return network.float().cpu()

    def _do_probe(self, x: Any, labels: Any, seed: int) -> Any:
        """Logits in both modes and gradients of the cross-entropy, by the student's own network.

        `seed` fixes dropout, so that the rebuilt network must agree number by number.
        """
        import torch

        from dlgrade import graph

        network, batch = self._network, graph.tensor_of(x)
        network.load_state_dict(self._state)
        with _on_cpu():
            network.eval()
            torch.manual_seed(seed)
            with torch.no_grad():
                evaluated = network(batch)
            network.train()
            network.zero_grad(set_to_none=True)
            torch.manual_seed(seed)
            logits = network(batch)
            targets = graph.tensor_of(labels)
            loss = torch.nn.functional.cross_entropy(logits, targets) if logits.dim() > 1 else logits.sum()
            if loss.requires_grad:
                loss.backward()
        gradients = {
            name: graph.raw(parameter.grad)
            for name, parameter in network.named_parameters()
            if parameter.grad is not None
        }
        network.load_state_dict(self._state)
        return {"eval": graph.raw(evaluated), "train": graph.raw(logits), "gradients": gradients}

    def _do_recipe(self, wanted: list[str], epochs: int, steps_per_epoch: int) -> Any:
        """What the submission says of optimiser, schedule and augmentation; None for what it does not define."""
        from dlgrade.worker import _recipes

        with _on_cpu():
            return _recipes.carried(self._loaded(), self._network, wanted, epochs, steps_per_epoch)

    def _do_run(self, name: str, args: list[Any]) -> Any:
        """Call a function that trains or tests; its loaders ask the grader for every batch."""
        import torch

        from dlgrade.worker._values import outward

        function = self._function(name)
        given = [self._given(item) for item in args]
        with _on_cpu():
            returned = outward(function(*given))
        training = self._network is not None and bool(self._network.training)
        gradients = torch.is_grad_enabled()
        torch.set_grad_enabled(True)
        return {"returned": returned, "training": training, "gradients": gradients}

    def _given(self, item: Any) -> Any:
        from dlgrade.worker import _loops

        if not (isinstance(item, dict) and item.get("$given") == "optimizer"):
            return _loops.given(item, self._network, self._exchange)
        # One optimiser from call to call, with its momentum, until the network begins again.
        if self._optimizer is None:
            self._optimizer = _loops.given(item, self._network, self._exchange)
        return self._optimizer

    def _do_place(self, values: dict[str, Any]) -> None:
        """Begin again from the state that was carried, with these values in it."""
        from dlgrade.worker import _loops

        self._optimizer = None
        self._network.load_state_dict(self._state)
        self._network.train()
        self._network.zero_grad(set_to_none=True)
        _loops.place(self._network, values)

    def _do_observe(self, optimizer: Any, seed: int) -> None:
        """Make the recipe's optimiser for the steps that follow."""
        import torch

        from dlgrade.worker import _loops

        self._optimizer = _loops.observed_optimizer(self._network, optimizer)
        torch.manual_seed(seed)

    def _do_step(self, x: Any, labels: Any, groups: list[dict[str, Any]]) -> Any:
        from dlgrade.worker import _loops

        with _on_cpu():
            return _loops.step(self._network, self._optimizer, x, labels, groups)

    def _do_weights(self) -> Any:
        """Parameters and buffers as they are now."""
        from dlgrade.worker import _loops

        return _loops.weights(self._network)

    def _function(self, name: str) -> Any:
        function = getattr(self._loaded(), name, None)
        if not callable(function):
            raise Problem("missing", f"{name} is not defined", mend=f"Define a function called {name}.")
        return function

    def _loaded(self) -> types.ModuleType:
        if self._module is None:
            raise Problem("unsupported", "nothing is loaded")
        return self._module


def _probe(source: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(compile(source, "<probe>", "exec"), names)  # noqa: S102 - it is the grader's own
    probe: Callable[..., Any] = names["probe"]
    return probe


def _quiet_torch(seed: int) -> None:
    import logging

    import torch

    from dlgrade.worker._explain import keep_modules_here

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    logging.getLogger("torch").setLevel(logging.ERROR)
    keep_modules_here()


@contextlib.contextmanager
def _on_cpu() -> Iterator[None]:
    """Where torch is loaded, `.to("cuda")` and ``device="cuda"`` stay on the CPU, with which the worker must do."""
    if "torch" not in sys.modules:
        yield
        return
    from dlgrade.worker._explain import OnCpu

    with OnCpu():
        yield


def _required_arguments(cls: type) -> list[str]:
    try:
        parameters = list(inspect.signature(cls).parameters.values())
    except (TypeError, ValueError):
        return []
    named = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    )
    return [p.name for p in parameters if p.default is p.empty and p.kind in named]


def _definition_line(cls: type, files: list[str]) -> tuple[str, int] | None:
    code = getattr(getattr(cls, "__init__", None), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None and code.co_filename in files else None
