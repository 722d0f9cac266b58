"""The other files that a submission imports from, in an order in which they can be executed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from dlgrade.errors import SubmissionError
from dlgrade.submission._clean import Cleaned, clean
from dlgrade.submission._draft import Draft, read_draft
from dlgrade.submission._imports import INSTALLED, Imported, imported, stand_in_for
from dlgrade.submission._nouns import Note
from dlgrade.submission._stand_ins import HARMLESS
from dlgrade.submission._text import listed, printable

__all__ = ["Lookup", "Siblings", "collect"]

Lookup = Callable[[str], bytes | None]
"""Content of the file at this path inside the submission, or None where there is none."""

_LIMIT = 100


class Siblings:
    """Everything that one main file brings along."""

    def __init__(self, main: Draft, lookup: Lookup, path: str) -> None:
        self.main = clean(main)
        self.others: dict[str, Cleaned] = {}
        self.imports: dict[str, list[Imported]] = {}
        self._lookup = lookup
        self._path = path
        folder = path.rpartition("/")[0]
        self._roots = [f"{folder}/", ""] if folder else [""]
        self._shadowed: dict[str, str] = {}

    def gather(self) -> None:
        """Read what `main` imports, what that imports, and so on."""
        todo = [self.main]
        while todo:
            cleaned = todo.pop()
            found = imported(cleaned.kept.statements, cleaned.draft.package, cleaned.kept.gone)
            self.imports[cleaned.draft.module] = found
            for item in found:
                todo += [self.others[module] for module in self._added(item)]

    def _added(self, item: Imported) -> list[str]:
        new: list[str] = []
        for module in _with_parents(item.modules):
            if module in self.others or module == self.main.draft.module:
                continue
            draft = self._found(module)
            if draft is None:
                continue
            if len(self.others) >= _LIMIT:
                raise SubmissionError(f"{self.main.draft.name}: imports more than {_LIMIT} files of its own")
            for parent in _with_parents([module])[:-1]:
                if parent not in self.others and parent not in new:
                    empty = read_draft(b"", f"{parent.replace('.', '/')}/__init__.py", parent)
                    self.others[parent] = clean(empty)
            self.others[module] = clean(draft)
            new.append(module)
        return new

    def _found(self, module: str) -> Draft | None:
        inner = module.replace(".", "/")
        for root in self._roots:
            for path in (f"{root}{inner}/__init__.py", f"{root}{inner}.py"):
                data = self._lookup(path) if path != self._path else None
                if data is None:
                    continue
                if module.partition(".")[0] in INSTALLED:
                    self._shadowed[module] = path
                    return None
                return read_draft(data, path, module)
        return None

    # -- results ----------------------------------------------------------------------------------------

    def ordered(self) -> list[Cleaned]:
        """The siblings, each after those that it imports where there is no circle."""
        done: list[str] = []
        entered: set[str] = set()
        todo: list[tuple[str, bool]] = [(self.main.draft.module, False)]
        while todo:
            module, leaving = todo.pop()
            if leaving:
                done.append(module)
            elif module not in entered:
                entered.add(module)
                todo.append((module, True))
                todo += [(name, False) for name in reversed(self._needs(module))]
        return [self.others[name] for name in done if name in self.others]

    def _needs(self, module: str) -> list[str]:
        names = [name for item in self.imports.get(module, ()) for name in _with_parents(item.modules)]
        return [name for name in dict.fromkeys(names) if name in self.others]

    def stand_ins(self, needed: Collection[str] = ()) -> tuple[list[str], list[Note]]:
        """Modules to be replaced, but those that are needed, and what to say about them."""
        harmless: set[str] = set()
        absent: dict[str, Note] = {}
        for cleaned in (self.main, *self.ordered()):
            for item in self.imports.get(cleaned.draft.module, ()):
                if item.guarded or any(name in self.others for name in _with_parents(item.modules)):
                    continue
                name = stand_in_for(item)
                if not name or name in needed or item.module.partition(".")[0] == self.main.draft.module:
                    continue
                if name in HARMLESS:
                    harmless.add(name)
                else:
                    absent.setdefault(name, _absent(cleaned.draft.where(item.line), name))
        notes = list(absent.values())
        if harmless:
            verb = "is not needed here: a stand-in that does nothing replaces it"
            if len(harmless) > 1:
                verb = "are not needed here: stand-ins that do nothing replace them"
            notes.append(Note(self.main.draft.name, f"{listed(sorted(harmless))} {verb}"))
        notes += [
            Note(
                path,
                f"has the name of a module of Python or torch: 'import {module}' gets that. Rename it",
            )
            for module, path in self._shadowed.items()
        ]
        return sorted(harmless | absent.keys()), notes


def collect(main: Draft, lookup: Lookup, path: str) -> Siblings:
    """Clean `main`, which lies at `path`, and everything it imports that `lookup` knows.

    Raises:
        SubmissionError: one of them cannot be read.
    """

    def with_written(name: str) -> bytes | None:
        text = main.written.get(name)
        return text.encode("utf-8") if text is not None else lookup(name)

    siblings = Siblings(main, with_written, path)
    siblings.gather()
    return siblings


def _absent(where: str, name: str) -> Note:
    shown = printable(name, 40)
    reason = "which is neither installed where this is graded nor among the files handed in"
    return Note(where, f"imports {shown}, {reason}; using it will fail")


def _with_parents(modules: Iterable[str]) -> list[str]:
    """Each module after the packages above it, without repetition."""
    found: dict[str, None] = {}
    for module in modules:
        parts = module.split(".")
        found.update({".".join(parts[: n + 1]): None for n in range(len(parts))})
    return [name for name in found if name]
