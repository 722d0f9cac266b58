"""Stand-ins for modules that are not installed where a submission is graded.

Two kinds. Those in `HARMLESS` only print, plot, show progress or track: their stand-in accepts everything
and does nothing, and ``tqdm(x)`` iterates over ``x``. Any other module can be imported, but its first use
raises ImportError, so that a submission which merely imports it is still graded.

Depends on nothing but Python. Neither kind ever loads the real module, even where it is installed.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = ["HARMLESS", "install_stand_ins"]

# With a dot: only that part of the package is replaced.
HARMLESS = (
    "IPython", "altair", "bokeh", "clearml", "comet_ml", "google.colab", "graphviz", "hiddenlayer",
    "ipywidgets", "livelossplot", "matplotlib", "mlflow", "mpl_toolkits", "neptune", "netron", "pandas",
    "plotly", "prettytable", "progressbar", "pylab", "pytorch_model_summary", "pytorch_summary", "rich",
    "seaborn", "sklearn", "tabulate", "tensorboard", "tensorboardX", "tensorboard_logger", "termcolor",
    "thop", "torch.utils.tensorboard", "torchinfo", "torchsummary", "torchsummaryX", "torchview",
    "torchviz", "tqdm", "visdom", "wandb",
)  # fmt: skip


def install_stand_ins(names: Iterable[str]) -> None:
    """Make every module in `names`, with all its submodules, importable as a stand-in.

    To be called in the worker before the submission is executed. A name in `HARMLESS` gets a stand-in that
    accepts everything; any other name one whose first use raises ImportError.
    """
    wanted = tuple(names)
    if not wanted:
        return
    for loaded in list(sys.modules):
        if any(loaded == name or loaded.startswith(f"{name}.") for name in wanted):
            del sys.modules[loaded]
    sys.meta_path.insert(0, _Finder(wanted))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Serve the modules asked for, what is below them, and missing packages above them."""
        below = any(fullname == name or fullname.startswith(f"{name}.") for name in self._names)
        above = any(name.startswith(f"{fullname}.") for name in self._names)
        if below or (above and importlib.machinery.PathFinder.find_spec(fullname, path) is None):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Make the module."""
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing is executed."""


class _Module(types.ModuleType):
    """A module with every attribute."""

    def __getattr__(self, name: str) -> Any:
        return _made(self.__name__, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _made(self.__name__, "")(*args, **kwargs)


def _made(parent: str, name: str) -> Any:
    if name.startswith("__") and name.endswith("__"):
        # Python and torch ask for such names to learn what an object can do; it can nothing.
        raise AttributeError(f"{parent} has no attribute {name}")
    full = f"{parent}.{name}" if name else parent
    harmless = any(full == known or full.startswith(f"{known}.") for known in HARMLESS)
    return _Harmless(full) if harmless else _Absent(full)


class _Harmless:
    """Accepts everything, does nothing; given something to iterate over, iterates over that."""

    def __init__(self, name: str, items: Any = ()) -> None:
        self.__dict__.update(_name=name, _items=items)

    def __getattr__(self, name: str) -> Any:
        if name == "_name":  # a copy under construction has none yet
            raise AttributeError(name)
        return _made(self._name, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        last = self._name.rpartition(".")[2]
        if len(args) == 1 and not kwargs and isinstance(args[0], types.FunctionType | type):
            return args[0]  # used as a decorator
        if last in {"trange", "tnrange"}:
            return _Harmless(self._name, range(*args))
        if last == "subplots":  # the one call whose result nearly everybody unpacks
            return _Harmless(self._name), _Harmless(self._name)
        items = args[0] if args and hasattr(args[0], "__iter__") else kwargs.get("iterable", ())
        return _Harmless(self._name, () if isinstance(items, str) else items)

    def __repr__(self) -> str:
        return f"<stand-in for {self._name}>"

    def __str__(self) -> str:
        return ""

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items) if hasattr(self._items, "__len__") else 0

    def __bool__(self) -> bool:
        return False

    def __float__(self) -> float:
        return 0.0

    def __int__(self) -> int:
        return 0

    def __getitem__(self, key: Any) -> Any:
        return self

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def __setattr__(self, name: str, value: Any) -> None: ...

    def __contains__(self, item: Any) -> bool:
        return False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None: ...

    def __instancecheck__(self, instance: Any) -> bool:
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        return False

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return ()


class _Absent:
    """Can be imported and passed on; any use raises ImportError."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name == "_name":  # a copy under construction has none yet
            raise AttributeError(name)
        return _made(self._name, name)

    def __repr__(self) -> str:
        return f"<{self._name}, not installed>"

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        top = self._name.partition(".")[0]
        raise ImportError(f"{self._name} is used, but {top} is neither installed here nor among the files handed in")

    __call__ = __iter__ = __len__ = __getitem__ = __setitem__ = __contains__ = _refuse
    __enter__ = __exit__ = __mro_entries__ = __instancecheck__ = __subclasscheck__ = _refuse
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __truediv__ = __matmul__ = _refuse
    __float__ = __int__ = __bool__ = _refuse
