"""How much a module-level statement may do, from its syntax tree alone.

`ALWAYS` definitions and imports. `PLAIN` computes a constant and cannot do anything. `NEEDED` builds
something with torch, numpy or the standard library that has no effect but takes time or may fail; it is
kept where a definition needs the name. `NEVER` is everything else: what would train, print, read or write.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from enum import IntEnum

from dlgrade.submission._imports import SUPPLIED, dotted

__all__ = ["Rank", "Ranker"]


class Rank(IntEnum):
    """What may be done with a statement; the worst part decides."""

    ALWAYS = 0
    PLAIN = 1
    NEEDED = 2
    NEVER = 3


# Calls that cannot do anything but give back a value.
_PLAIN_BUILTINS = (
    "abs bool bytes complex dict divmod enumerate float frozenset int len list max min object pow range "
    "reversed round set slice sorted str sum tuple type zip"
)
_PLAIN_CALLS = frozenset(f"builtins.{name}" for name in _PLAIN_BUILTINS.split()) | {
    "argparse.Namespace", "collections.OrderedDict", "functools.partial", "logging.getLogger", "os.path.join",
    "torch.Size", "torch.backends.mps.is_available", "torch.backends.mps.is_built",
    "torch.cuda.device_count", "torch.cuda.is_available", "torch.device", "types.SimpleNamespace",
    "typing.NewType", "typing.TypeVar", "typing.cast",
}  # fmt: skip
_BUILDERS = (
    "collections", "copy", "dataclasses", "enum", "functools", "itertools", "math", "numpy", "torch",
    "torchvision.transforms", "typing", "typing_extensions",
)  # fmt: skip
# Below the builders, what reads files, the network or other processes, or changes torch for everybody.
_NOT_BUILDERS = (
    "numpy.ctypeslib", "numpy.f2py", "numpy.fromfile", "numpy.genfromtxt", "numpy.load", "numpy.loadtxt",
    "numpy.memmap", "numpy.save", "numpy.savetxt", "numpy.savez", "numpy.savez_compressed", "numpy.testing",
    "torch.autograd.set_detect_anomaly", "torch.autograd.set_grad_enabled", "torch.compile", "torch.cuda",
    "torch.distributed", "torch.export", "torch.from_file", "torch.hub", "torch.jit", "torch.load",
    "torch.manual_seed", "torch.multiprocessing", "torch.ops", "torch.package", "torch.profiler",
    "torch.random", "torch.save", "torch.seed", "torch.utils", "torch.xpu",
)  # fmt: skip
_SETTERS = ("torch.set_", "torch.use_", "numpy.random.seed", "numpy.set", "torch.backends.")


# What these are, depends on how the file is run.
_OF_THE_RUN = frozenset({"__builtins__", "__file__", "__loader__", "__spec__"})


class Ranker:
    """Ranks the statements of one file.

    Args:
        known: which names stand for modules, as `import_map` tells.
        set_here: names that the file sets by other statements than imports.
        records: classes of the file that can be instantiated without any effect.
    """

    def __init__(self, known: dict[str, str], set_here: set[str], records: set[str]) -> None:
        plain = {name: f"builtins.{name}" for name in dir(builtins)}
        supplied = {name: module for name, (module, _) in SUPPLIED.items()}
        free = {name: path for name, path in {**plain, **supplied}.items() if name not in set_here}
        self._known = {**free, **{name: path for name, path in known.items() if name not in set_here}}
        self._imports = known
        self._records = records

    def statement(self, node: ast.stmt) -> Rank:
        """The rank of one statement; of a compound one, of its worst part."""
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                return Rank.ALWAYS
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return Rank.ALWAYS
            case ast.Expr(value=ast.Constant(value=str() | None) | ast.Constant(value=builtins.Ellipsis)):
                return Rank.ALWAYS
            case ast.Assign(targets=targets, value=value):
                return max([self._target(t) for t in targets] + [self._value(value)])
            case ast.AnnAssign(target=target, value=given):
                return max(self._target(target), self._value(given) if given else Rank.PLAIN)
            case ast.AugAssign(target=target, value=value):
                return max(self._target(target), self._value(value))
            case ast.If(test=test):
                if any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(test)):
                    return Rank.NEVER
                return max(self._value(test), self._block(node.body), self._block(node.orelse))
            case ast.Try() | ast.TryStar():
                handlers = [self._block(h.body) for h in node.handlers]
                blocks = (self._block(b) for b in (node.body, node.orelse, node.finalbody))
                return max([*handlers, *blocks])
        return Rank.ALWAYS if type(node).__name__ == "TypeAlias" else Rank.NEVER

    def _block(self, body: list[ast.stmt]) -> Rank:
        return max((self.statement(s) for s in body), default=Rank.ALWAYS)

    def _target(self, node: ast.expr) -> Rank:
        match node:
            case ast.Name(id=name):
                return Rank.NEVER if name in {"__name__", *_OF_THE_RUN} else Rank.PLAIN
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return max((self._target(p) for p in parts), default=Rank.PLAIN)
            case ast.Starred(value=value):
                return self._target(value)
            case ast.Attribute(value=value) | ast.Subscript(value=value):
                root = value
                while isinstance(root, ast.Attribute | ast.Subscript):
                    root = root.value
                # Of an imported module it would change something that others use, too.
                if not isinstance(root, ast.Name) or root.id in self._imports:
                    return Rank.NEVER
                inner = node.slice if isinstance(node, ast.Subscript) else value
                return max(self._value(value), self._value(inner))
        return Rank.NEVER

    def _value(self, node: ast.expr) -> Rank:
        match node:
            case ast.Constant():
                return Rank.PLAIN
            case ast.Name(id=name):
                return Rank.NEVER if name in _OF_THE_RUN else Rank.PLAIN
            case ast.Lambda(args=args):
                return self._values(d for d in (*args.defaults, *args.kw_defaults) if d is not None)
            case ast.Call():
                return self._call(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return max(Rank.NEEDED, self._values(n for n in ast.walk(node) if _is_call_or_odd(n)))
            case ast.Subscript(value=value, slice=index):
                if dotted(value, self._known) in {"os.environ", "sys.argv"}:
                    return Rank.NEVER
                return max(self._value(value), self._value(index))
            case (
                ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Starred() | ast.Attribute()
                | ast.Slice() | ast.BinOp() | ast.UnaryOp() | ast.BoolOp() | ast.Compare() | ast.IfExp()
                | ast.JoinedStr() | ast.FormattedValue()
            ):  # fmt: skip
                return self._values(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        return Rank.NEVER

    def _values(self, nodes: Iterable[ast.AST]) -> Rank:
        return max((self._value(n) for n in nodes if isinstance(n, ast.expr)), default=Rank.PLAIN)

    def _call(self, node: ast.Call) -> Rank:
        inside = self._values([*node.args, *(k.value for k in node.keywords)])
        path = dotted(node.func, self._known)
        if path in _PLAIN_CALLS:
            return inside
        if _builds(path) or (isinstance(node.func, ast.Name) and node.func.id in self._records):
            return max(Rank.NEEDED, inside)
        if isinstance(node.func, ast.Attribute):
            of = node.func.value
            if isinstance(of, ast.Constant) and isinstance(of.value, str):
                return inside  # "plane car bird".split()
            if isinstance(of, ast.Call):
                return max(self._call(of), Rank.NEEDED, inside)  # torch.ones(3).float()
        return Rank.NEVER


def _builds(path: str) -> bool:
    return (
        any(path.startswith(f"{root}.") for root in _BUILDERS)
        and not any(path == p or path.startswith(f"{p}.") for p in _NOT_BUILDERS)
        and not path.startswith(_SETTERS)
        and not path.endswith("_")  # torch.nn.init.zeros_ changes its argument
    )


def _is_call_or_odd(node: ast.AST) -> bool:
    return isinstance(node, ast.Call | ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr)
