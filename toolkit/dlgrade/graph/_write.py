"""Student's side: write an exported graph as plain nodes. Runs in the worker only.

What ``torch.export`` wraps is unwrapped here, so that the grader needs to know operators only: a block under
``torch.no_grad()`` is written in line, reading detached copies of what it takes from outside; an ``out=`` is
written as an operator and a copy.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection
from typing import Any

import torch

from dlgrade.graph._export import NotCarried
from dlgrade.graph._operators import DROPPED, PYTHON_OPERATORS, SIZES, packet_of, resolve

_FRAME = re.compile(r'File "([^"\n]+)", line (\d+), in (\S+)')
_PYTHON_NAMES = {getattr(operator, name): name for name in PYTHON_OPERATORS if hasattr(operator, name)}
_PYTHON_NAMES |= {operator.and_: "and", operator.or_: "or", round: "round"}
_PYTHON_NAMES |= {PYTHON_OPERATORS[name]: name for name in ("floor", "ceil", "trunc", "sqrt")}
_PYTHON_NAMES |= {torch.sym_max: "sym_max", torch.sym_min: "sym_min", torch.sym_float: "sym_float",
                  torch.sym_int: "sym_int", torch._sym_sqrt: "sqrt"}  # type: ignore[attr-defined]  # fmt: skip

Place = Callable[[torch.Tensor, str, str], int]


class Writer:
    """Writes one graph; `place` puts a tensor into the message and says its index."""

    def __init__(self, place: Place, files: Collection[str]) -> None:
        self._place = place
        self._files = files
        self._nodes: list[dict[str, Any]] = []
        self._line: tuple[str, int] | None = None

    def program(self, exported: Any) -> dict[str, Any]:
        """The nodes and the output of an ``ExportedProgram``."""
        signature = exported.graph_signature
        values: dict[torch.fx.Node, Any] = {}
        self._inputs(exported, values)
        if not exported.call_spec.out_spec.is_leaf():
            raise NotCarried(f"forward returns a {exported.call_spec.out_spec.type.__name__}; return the logits alone")
        output = self._graph(exported.graph_module, values, recording=True)
        # Mutations come before what forward returns.
        mutated = len(signature.buffers_to_mutate) + len(getattr(signature, "user_inputs_to_mutate", {}))
        return {"nodes": self._nodes, "output": output[mutated:]}

    def _inputs(self, exported: Any, values: dict[torch.fx.Node, Any]) -> None:
        places = {node.name: node for node in exported.graph.nodes if node.op == "placeholder"}
        for spec in exported.graph_signature.input_specs:
            kind = spec.kind.name
            if kind == "USER_INPUT":
                values[places[spec.arg.name]] = {"x": 0}
            elif kind in {"PARAMETER", "BUFFER", "CONSTANT_TENSOR"}:
                held = exported.state_dict.get(spec.target)
                tensor = exported.constants[spec.target] if held is None else held
                name = {"PARAMETER": "parameter", "BUFFER": "buffer", "CONSTANT_TENSOR": "constant"}[kind]
                values[places[spec.arg.name]] = {"t": self._place(tensor, name, spec.target)}
            else:
                raise NotCarried(f"its graph takes a {kind.lower().replace('_', ' ')}, which has no data form")

    def _graph(self, module: torch.fx.GraphModule, values: dict[torch.fx.Node, Any], recording: bool) -> list[Any]:
        needed = _needed(module.graph)
        for node in module.graph.nodes:
            if node.op == "output":
                returned = node.args[0]
                return [
                    _value(item, values) for item in (returned if isinstance(returned, list | tuple) else [returned])
                ]
            if node.op == "placeholder" or node not in needed:
                continue
            self._line = _line(node, self._files) or self._line
            if node.op == "get_attr":
                values[node] = getattr(module, str(node.target))
            elif node.op != "call_function":
                raise NotCarried(f"it uses a {node.op} node, which has no data form", self._line)
            elif isinstance(node.target, torch._ops.HigherOrderOperator):
                values[node] = self._block(node, values, recording)
            elif node.target is operator.getitem and isinstance(_value(node.args[0], values), list):
                values[node] = _value(node.args[0], values)[node.args[1]]
            else:
                values[node] = self._call(node, values)
        raise NotCarried("its graph has no end")

    def _block(self, node: torch.fx.Node, values: dict[torch.fx.Node, Any], recording: bool) -> list[Any]:
        """A block that runs with gradients switched on or off, written in line."""
        name = str(getattr(node.target, "_name", node.target))
        if name != "wrap_with_set_grad_enabled":
            raise NotCarried(_BLOCKS.get(name, f"it uses {name}, which has no data form"), self._line)
        enabled, block, *outside = node.args
        if enabled and not recording:
            raise NotCarried("forward switches gradients on inside a block without gradients", self._line)
        inner: dict[torch.fx.Node, Any] = {}
        module = _value(block, values)
        places = [place for place in module.graph.nodes if place.op == "placeholder"]
        for place, item in zip(places, outside, strict=True):
            given = _value(item, values)
            if not enabled and isinstance(item, torch.fx.Node) and isinstance(item.meta.get("val"), torch.Tensor):
                # Shares the memory, so that writing in place reaches what was given, and records nothing.
                given = self._emit("aten.detach.default", [given], {}, node)
            inner[place] = given
        return self._graph(module, inner, recording=bool(enabled))

    def _call(self, node: torch.fx.Node, values: dict[torch.fx.Node, Any]) -> Any:
        args = [_value(item, values) for item in node.args]
        kwargs = {key: _value(item, values) for key, item in node.kwargs.items()}
        target, copied_to = _without_out(node.target, kwargs)
        name = _operator_name(target)
        if name is None or resolve(name) is None:
            raise NotCarried(_refusal(target, name), self._line)
        result = self._emit(name, args, kwargs, node)
        return result if copied_to is None else self._emit("aten.copy_.default", [copied_to, result], {}, node)

    def _emit(self, name: str, args: list[Any], kwargs: dict[str, Any], node: torch.fx.Node) -> dict[str, int]:
        line = _line(node, self._files)
        self._nodes.append({
            "op": name, "args": args, "kwargs": kwargs, "at": list(line) if line else None, "module": _module(node),
        })  # fmt: skip
        return {"n": len(self._nodes) - 1}


_BLOCKS = {
    "wrap_with_autocast": "forward uses autocast; leave the precision to whoever trains it",
    "cond": "forward decides by the values of a tensor (torch.cond), so it has no fixed graph",
    "while_loop": "forward loops by the values of a tensor (torch.while_loop), so it has no fixed graph",
}


def _needed(graph: torch.fx.Graph) -> set[torch.fx.Node]:
    """Nodes that compute or change something; the tracer also leaves sizes that only its own checks read."""
    needed: set[torch.fx.Node] = set()
    for node in reversed(graph.nodes):
        overload = isinstance(node.target, torch._ops.OpOverload)
        packet = packet_of(_operator_name(node.target) or "") if overload else ""
        acts = node.op in {"placeholder", "output"} or isinstance(node.target, torch._ops.HigherOrderOperator)
        acts = acts or (overload and packet not in DROPPED | SIZES)
        if acts or any(user in needed for user in node.users):
            needed.add(node)
    return needed


def _without_out(target: Any, kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """The operator that returns what `target` writes into its ``out=``, and where that is written."""
    if not isinstance(target, torch._ops.OpOverload):
        return target, None
    out = [argument.name for argument in target._schema.arguments if argument.is_out]
    if len(out) != 1 or out[0] not in kwargs:
        return target, None
    wanted = [(a.name, str(a.type)) for a in target._schema.arguments if not a.is_out]
    packet = target.overloadpacket
    for overload in map(packet.__getattr__, packet.overloads()):
        if [(a.name, str(a.type)) for a in overload._schema.arguments] == wanted and not overload._schema.is_mutable:
            return overload, kwargs.pop(out[0])
    return target, None


def _operator_name(target: Any) -> str | None:
    if isinstance(target, torch._ops.OpOverload):
        family, _, packet = target._schema.name.partition("::")
        return f"{family}.{packet}.{target._overloadname}"
    python = _PYTHON_NAMES.get(target)
    return f"python.{python}" if python else None


def _refusal(target: Any, name: str | None) -> str:
    packet = packet_of(name or "") or (name or "").removesuffix(".default") or getattr(target, "__name__", str(target))
    if packet in {"item", "_local_scalar_dense"}:
        return "forward turns a tensor into a Python number (.item(), int() or float() on it), so it has no fixed graph"
    if packet in {"nonzero", "masked_select", "unique", "_unique2", "unique_dim"}:
        return f"forward uses {packet}, whose result has a size that depends on the values of a tensor"
    if packet.endswith("_backward"):
        return "forward computes gradients itself, and those are not among the operators that are carried"
    return f"it uses {packet}, which is not among the operators that are carried"


def _value(item: Any, values: dict[torch.fx.Node, Any]) -> Any:
    if isinstance(item, torch.fx.Node):
        return values[item]
    if item is None or type(item) in (bool, int, float, str):
        return item
    if isinstance(item, list | tuple):
        return [_value(part, values) for part in item]
    if isinstance(item, torch.dtype):
        return {"dtype": str(item).removeprefix("torch.")}
    if isinstance(item, torch.device):
        return {"device": True}
    if isinstance(item, torch.memory_format):
        return {"memory_format": str(item).removeprefix("torch.")}
    if isinstance(item, torch.layout):
        return {"layout": True}
    raise NotCarried(f"an operator takes a {type(item).__name__}, which has no data form")


def _line(node: torch.fx.Node, files: Collection[str]) -> tuple[str, int] | None:
    frames = _FRAME.findall(node.meta.get("stack_trace") or "")
    mine = [(name, int(number)) for name, number, _ in frames if name in files]
    return mine[-1] if mine else None


def _module(node: torch.fx.Node) -> str:
    stack = node.meta.get("nn_module_stack") or {}
    names = [path for path, _ in stack.values() if isinstance(path, str)]
    return names[-1].removeprefix("L['self'].") if names else ""
