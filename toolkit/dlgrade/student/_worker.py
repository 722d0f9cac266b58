"""The worker of one submission: started, or taken warm, loaded with the submission, and asked.

Promises: every answer has the outer form that was agreed, or a `StudentError` says in the student's terms why there is
none; a file that cannot be loaded is loaded once. Does not judge what an answer says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dlgrade import sandbox, wire
from dlgrade.course import Problem, Verdict
from dlgrade.dialogue import Broken, Dialogue, started
from dlgrade.student._nouns import Isolation, Patience, StudentError

if TYPE_CHECKING:
    from dlgrade.submission import Submission

_WAITING = 3600.0
"""Seconds that a warm worker may stand before its submission comes, beside the time that it has for that."""


class WarmWorker:
    """A worker that imports what it needs ahead and knows nothing yet; for one submission. Made by `warm`."""

    def __init__(self, patience: Patience, isolation: Isolation, torch: bool) -> None:
        """See `warm`."""
        self._dialogue: Dialogue | None = _process(patience, patience.life + _WAITING, isolation)
        self._asking = threading.Thread(target=self._prepare, args=(torch, patience.load), daemon=True)
        self._asking.start()

    def close(self) -> None:
        """End it, where nobody took it."""
        if self._dialogue is not None:
            self._dialogue.process.close()
            self._asking.join()
            self._dialogue = None

    def taken(self) -> Dialogue | None:
        """The process, ready for a submission, once; None where it is gone."""
        self._asking.join()
        dialogue, self._dialogue = self._dialogue, None
        return dialogue

    def _prepare(self, torch: bool, seconds: float) -> None:
        dialogue = self._dialogue
        try:
            if dialogue is None or dialogue.ask({"do": "prepare", "torch": torch}, seconds) != {"ok": None}:
                self._dialogue = None
        except Broken:
            self._dialogue = None


def warm(*, patience: Patience | None = None, isolation: Isolation = "auto", torch: bool = True) -> WarmWorker:
    """Start a worker before its submission is known; `Student` takes it as its first one.

    It holds no byte of any submission, and serves one.

    Args:
        patience: as that of the `Student`.
        torch: whether to import torch and to warm up what carries networks.

    Raises:
        MachineError: the sandbox is required and does not hold here.
    """
    return WarmWorker(patience or Patience(), isolation, torch)


class Worker:
    """The worker of one submission; started with the first question, and again after one that ended it."""

    def __init__(
        self,
        submission: Submission,
        *,
        seed: int,
        patience: Patience,
        isolation: Isolation,
        imports: Sequence[str] | None,
        refused: Problem | None,
        life: float,
        first: WarmWorker | None = None,
    ) -> None:
        """Starts nothing; `first` serves until a question ends it."""
        self.submission = submission
        self.patience = patience
        self.life = life
        self.isolation = ""
        self.unloadable: StudentError | None = StudentError("failed", "import", refused) if refused else None
        self._seed = seed
        self._isolation: Isolation = isolation
        self._imports = None if imports is None else list(imports)
        self._first = first
        self._dialogue: Dialogue | None = None

    @property
    def running(self) -> bool:
        """Whether the worker is there; after a question that ended it, it is not."""
        return self._dialogue is not None

    def close(self) -> None:
        """End it and everything it started."""
        if self._first is not None:
            self._first.close()
            self._first = None
        if self._dialogue is not None:
            self._dialogue.process.close()
            self._dialogue = None

    def kill(self) -> None:
        """Stop what it does; whoever waits for an answer is told so."""
        if self._dialogue is not None:
            self._dialogue.process.kill()

    def cpu_seconds(self) -> float:
        """Processor seconds so far, as far as they were seen."""
        return self._dialogue.process.usage.cpu_seconds if self._dialogue is not None else 0.0

    def ask(self, seconds: float, need: Callable[[Any], Any] | None = None, **question: Any) -> Any:
        """The answer to a question.

        Raises:
            StudentError: there is none, or it has not the form that was agreed.
        """
        if self.unloadable is not None:
            raise self.unloadable
        return self._exchange(self._dialogue or self.start(), seconds, question, need)

    def start(self) -> Dialogue:
        """Start it and load the submission.

        Raises:
            StudentError: the submission cannot be loaded; no later question tries again.
        """
        first, self._first = self._first, None
        dialogue = first.taken() if first is not None else None
        if dialogue is None:
            dialogue = _process(self.patience, self.life, self._isolation)
        self._dialogue = dialogue
        self.isolation = dialogue.process.isolation
        files = [
            {"name": f.name, "module": f.module, "source": f.source, "prelude": f.prelude, "original": f.original}
            for f in (*self.submission.siblings, self.submission.main)
        ]
        question = {
            "do": "load", "files": files, "stand_ins": list(self.submission.stand_ins), "seed": self._seed,
            "imports": self._imports,
        }  # fmt: skip
        try:
            self._exchange(dialogue, self.patience.load, question)
        except StudentError as error:
            self.close()  # nothing is loaded: a later question must not meet half a module, nor wait again
            self.unloadable = error
            raise
        return dialogue

    def _exchange(
        self, dialogue: Dialogue, seconds: float, question: dict[str, Any], need: Callable[[Any], Any] | None = None
    ) -> Any:
        try:
            answer = dialogue.ask(question, seconds, need=need)
        except wire.TooLarge as error:
            self.close()
            raise self.trouble("review", "too_large", f"the network is too large to be carried: {error}") from None
        except Broken as error:
            self.close()
            raise self._ended(question["do"], seconds, error) from None
        except BaseException:
            self.close()
            raise
        if not isinstance(answer, dict) or len(answer) != 1 or not ({"ok", "problem"} & set(answer)):
            self.close()
            raise self.review("not_carried", "the submission's process gave an answer that is not one")
        if "problem" in answer:
            raise self._explained(answer["problem"])
        return answer["ok"]

    def _ended(self, do: str, seconds: float, error: Broken) -> StudentError:
        doing = {"load": "running the file", "network": "building the network", "probe": "running the network",
                 "recipe": "making the optimiser", "run": "the loop", "observe": "making the optimiser",
                 "step": "a step of the training"}.get(do, "the call")  # fmt: skip
        if error.why == "time":
            return self.trouble("timeout", "timeout", f"{doing} was still not finished after {seconds:g} seconds",
                                   mend="Look for a loop without end.")  # fmt: skip
        if error.why == "memory":
            return self.trouble("crashed", "memory", f"{doing} took more memory than it may "
                                   f"({self.patience.memory_bytes >> 30} GB)")  # fmt: skip
        return self.trouble("crashed", "crashed", f"the process ended while {doing}")

    def _explained(self, stated: Any) -> StudentError:
        fields = {"kind": str, "what": str, "file": str, "line": int, "mend": str, "detail": str}
        if not isinstance(stated, dict) or any(type(stated.get(k)) is not t for k, t in fields.items()):
            return self.review("not_carried", "the submission's process gave an answer that is not one")
        kind = stated["kind"]
        where = self.located(stated["file"], stated["line"]) if stated["file"] else ""
        what = stated["what"][:500].strip() or "it failed without a word"  # an empty text would be no trouble
        mend = stated["mend"][:500] or (_NOT_CARRIED if kind == "not_carried" else "")
        problem = Problem(what, where, mend, stated["detail"][:4000])
        if kind == "too_large":
            return self.trouble("review", kind, f"the network is too large to be carried: {problem.what}")
        special: dict[str, Verdict] = {"not_carried": "review", "budget": "failed"}
        verdict = special.get(kind, "crashed")
        return StudentError(verdict, kind, problem)

    # -- trouble -----------------------------------------------------------------------------------------------

    def trouble(self, verdict: Verdict, kind: str, what: str, mend: str = "") -> StudentError:
        """A `StudentError` about the main file."""
        return StudentError(verdict, kind, Problem(what, self.submission.main.name, mend))

    def review(self, kind: str, what: str) -> StudentError:
        """What only a person can judge."""
        return self.trouble("review", kind, what)

    def located(self, file: str, line: int) -> str:
        """``file:line`` of a line of the submission, as its author counts them; empty for another file."""
        for source in (*self.submission.siblings, self.submission.main):
            if source.name == file:
                return source.where(line)
        return ""


def _process(patience: Patience, life: float, isolation: Isolation) -> Dialogue:
    limits = sandbox.Limits(
        wall_seconds=life, cpu_seconds=life, memory_bytes=patience.memory_bytes, processes=64,
        file_bytes=64 << 20, tmp_bytes=256 << 20,
    )  # fmt: skip
    return started("dlgrade.worker.__main__", limits=limits, isolation=isolation)


_NOT_CARRIED = (
    "Until then a person has to look at it. The grader reads a forward of torch's operations on tensors, whose steps "
    "do not depend on the values in them."
)
