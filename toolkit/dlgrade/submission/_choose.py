"""Which of the classes is the one to grade."""

from __future__ import annotations

import difflib

from dlgrade.errors import SubmissionError
from dlgrade.submission._nouns import ClassFound, Submission
from dlgrade.submission._text import listed, printable

__all__ = ["choose_class"]


def choose_class(submission: Submission, wanted: str, given: str | None = None) -> ClassFound:
    """The class to grade.

    Tried in turn: the name itself, the name in other capitals, the only network that is not a part of another
    class, the only network of all. Nothing is guessed between several.

    Args:
        wanted: the name that the assignment asks for.
        given: the name that the user chose with ``--class``; only this one is looked for then.

    Raises:
        SubmissionError: there is none, or there are several and it lists them with their lines; or the one
            class of that name cannot be executed.
    """
    name = given or wanted
    found = _by_name(submission.classes, name)
    if found is None and not given:
        found = _only_network(submission.classes)
    if found is None:
        raise _not_found(submission, name, bool(given))
    if found.broken:
        raise SubmissionError(f"{found.where}: class {printable(found.name, 40)} cannot be built: {found.broken}")
    return found


def _by_name(classes: tuple[ClassFound, ...], name: str) -> ClassFound | None:
    exact = [c for c in classes if c.name == name]
    if exact:
        return exact[0]  # the main file comes first
    folded = [c for c in classes if c.name.casefold() == name.casefold()]
    return folded[0] if len(folded) == 1 else None


def _only_network(classes: tuple[ClassFound, ...]) -> ClassFound | None:
    networks = [c for c in classes if c.looks_like_network and not c.alias_of]
    whole = [c for c in networks if not c.part_of]
    for candidates in (whole, networks):
        if len(candidates) == 1:
            return candidates[0]
    return None


def _not_found(submission: Submission, name: str, given: bool) -> SubmissionError:
    own = [c for c in submission.classes if not c.alias_of]
    networks = [c for c in own if c.looks_like_network]
    whole = [c for c in networks if not c.part_of] or networks
    file = submission.main.name
    if given:
        near = difflib.get_close_matches(name, [c.name for c in own], n=1)
        options = _options(networks or own, file)
        mend = f"Did you mean {near[0]}?" if near else f"There is: {options}." if options else ""
        return SubmissionError(f"{file}: there is no class {printable(name, 40)}", mend)
    if not whole:
        other = f" Its classes are: {_options(own, file)}." if own else ""
        return SubmissionError(f"{file}: no network is defined here", f"Write class {name}(nn.Module).{other}")
    return SubmissionError(
        f"{file}: {len(whole)} networks and none is called {printable(name, 40)}; which one is to be graded?",
        f"--class NAME, one of: {_options(whole, file)}",
    )


def _options(classes: list[ClassFound], file: str) -> str:
    return listed([f"{printable(c.name, 40)} ({_short(c.where, file)})" for c in classes])


def _short(where: str, file: str) -> str:
    """``line 10`` or ``cell 3 line 5`` in the main file, the whole place in others."""
    if where.startswith(f"{file}:"):
        return f"line {where.removeprefix(f'{file}:')}"
    return where.removeprefix(f"{file} ")
