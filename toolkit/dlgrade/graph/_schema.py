"""Check the arguments of a step against the operator's own signature, before it is ever called.

Torch converts freely when it is called from Python: a text becomes a device, a whole number a number type, a
float a tensor. Here an argument is of the kind that its operator names, or the graph is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from dlgrade.graph._nouns import BadGraph, Device, Ref, Step

_NUMBERS = (bool, int, float)


def _is_ref(value: Any) -> bool:
    return isinstance(value, Ref)


# Sizes, flags and scalars may be computed from the batch size, so a `Ref` stands for any of them; a plain number
# may stand where a tensor is wanted, as in ``aten.add.Tensor(x, 0.5)``, which is what torch.export writes.
_FITS: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda value: _is_ref(value) or type(value) in _NUMBERS,
    "int": lambda value: _is_ref(value) or type(value) in (bool, int),
    "float": lambda value: _is_ref(value) or type(value) in _NUMBERS,
    "number": lambda value: _is_ref(value) or type(value) in _NUMBERS,
    "bool": lambda value: _is_ref(value) or type(value) is bool,
    "str": lambda value: type(value) is str,
    "ScalarType": lambda value: isinstance(value, torch.dtype),
    "Layout": lambda value: value is torch.strided,
    "Device": lambda value: isinstance(value, Device),
    "MemoryFormat": lambda value: isinstance(value, torch.memory_format),
    "Generator": lambda _: False,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument that an operator takes: `kind` is a key of the table above."""

    name: str
    kind: str
    optional: bool
    many: bool
    optional_items: bool
    fixed_length: bool
    required: bool
    keyword_only: bool

    def accepts(self, value: Any) -> bool:
        """Whether `value` is of the kind that the operator names."""
        if value is None:
            return self.optional
        if self.name == "pin_memory":  # memory that the system cannot swap out
            return value is False
        fits = _FITS.get(self.kind)
        if fits is None:
            return False
        if not self.many:
            return fits(value)
        if isinstance(value, list):
            return all(fits(item) or (item is None and self.optional_items) for item in value)
        # `kernel_size=2` for a list of two; a list made by another step.
        return _is_ref(value) or (self.fixed_length and fits(value))


@lru_cache(maxsize=2_000)
def parameters(overload: torch._ops.OpOverload) -> tuple[Parameter, ...]:
    """The arguments that an operator takes, in order."""
    return tuple(_parameter(argument) for argument in overload._schema.arguments)


def _parameter(argument: Any) -> Parameter:
    text = str(argument.real_type)
    text, optional = _unwrapped(text, "Optional")
    text, many = _unwrapped(text, "List")
    text, optional_items = _unwrapped(text, "Optional")
    return Parameter(argument.name, text, optional, many, optional_items, argument.N is not None,
                     not argument.has_default_value(), argument.kwarg_only)  # fmt: skip


def _unwrapped(text: str, word: str) -> tuple[str, bool]:
    if text.startswith(word + "[") and text.endswith("]"):
        return text[len(word) + 1 : -1], True
    return text, False


def check_arguments(name: str, overload: torch._ops.OpOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Raise BadGraph where the arguments are not those of the operator's signature."""
    wanted = parameters(overload)
    positional = [parameter for parameter in wanted if not parameter.keyword_only]
    if len(args) > len(positional):
        raise BadGraph(f"{name} takes {len(positional)} arguments and is given {len(args)}")
    given = dict(zip((parameter.name for parameter in positional), args, strict=False))
    if set(given) & set(kwargs):
        raise BadGraph(f"{name} is given an argument twice")
    given.update(kwargs)
    for parameter in wanted:
        if parameter.name not in given:
            if parameter.required:
                raise BadGraph(f"{name} lacks its argument {parameter.name}")
        elif not parameter.accepts(given.pop(parameter.name)):
            raise BadGraph(f"the argument {parameter.name} of {name} is not {parameter.kind}")
    if given:
        raise BadGraph(f"{name} takes no argument {min(given)[:40]}")


def takes_device(overload: torch._ops.OpOverload) -> bool:
    """Whether an operator makes a tensor from nothing, on a device that it must be told."""
    wanted = parameters(overload)
    return any(p.name == "device" for p in wanted) and not any(p.kind == "Tensor" for p in wanted)


def named_arguments(step: Step, resolve: Callable[[Any], Any]) -> dict[str, Any]:
    """The arguments of a step by the operator's own names for them."""
    names = (parameter.name for parameter in parameters(step.call))
    given = {name: resolve(item) for name, item in zip(names, step.args, strict=False)}
    return given | {name: resolve(item) for name, item in step.kwargs.items()}
