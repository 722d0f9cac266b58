"""The grader's side of the wire: ask a submission for functions, networks and recipes, and check the answers.

Promises: no student code runs here; every answer is checked for type and range before it is used; a network is
called ``verified`` only after its logits in both modes and its gradients agreed with those of the student's own
on a batch drawn here. A question that takes too long ends the worker, and the next question starts a fresh
one. Does not decide points.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from dlgrade import sandbox, wire
from dlgrade.course import Problem, Tier, TrainingRecipe, Verdict
from dlgrade.errors import CourseError, DlgradeError

if TYPE_CHECKING:
    from dlgrade.graph import CarriedNetwork, Graph
    from dlgrade.recipe import Recipe
    from dlgrade.submission import ClassFound, Submission

__all__ = ["Patience", "Student", "StudentError"]

Isolation = Literal["auto", "required", "plain"]


class StudentError(Exception):
    """The student's side could not do what was asked.

    Attributes:
        verdict: ``crashed``, ``timeout`` or ``review``.
        kind: ``stub``, ``missing``, ``crashed``, ``not_carried``, ``too_large``, ``timeout``, ``memory`` or
            ``disagrees``.
        problem: what happened, in the student's terms.
    """

    def __init__(self, verdict: Verdict, kind: str, problem: Problem) -> None:
        """See the attributes."""
        super().__init__(problem.what)
        self.verdict: Verdict = verdict
        self.kind = kind
        self.problem = problem


@dataclass(frozen=True)
class Patience:
    """Seconds of wall time that a question may take, and what the worker may use in all."""

    load: float = 20.0
    call: float = 10.0
    network: float = 60.0
    memory_bytes: int = 4 << 30
    life: float = 600.0


class Student:
    """One submission behind its worker; a context manager that leaves no process behind.

    Args:
        submission: as read by `submission.read`.
        network_class: the class to carry, by its name in the main file or as `submission.choose_class` found it.
        seed: seeds torch and random in the worker before the source is run and a network is built.
    """

    def __init__(
        self,
        submission: Submission,
        network_class: str | ClassFound = "",
        *,
        input_shape: Sequence[int] = (1, 28, 28),
        seed: int = 0,
        patience: Patience | None = None,
        isolation: Isolation = "auto",
    ) -> None:
        """Starts nothing; the worker comes with the first question."""
        self.submission = submission
        self.network_class = network_class if isinstance(network_class, str) else network_class.name
        self._home = submission.main.module if isinstance(network_class, str) else network_class.module
        self.input_shape = tuple(input_shape)
        self.seed = seed
        self.patience = patience or Patience()
        self._isolation: Isolation = isolation
        self._process: sandbox.Process | None = None
        self._networks: dict[tuple[int, ...], CarriedNetwork | StudentError] = {}
        self._standing: tuple[int, ...] | None = None
        self._unloadable: StudentError | None = None
        self._ahead: threading.Thread | None = None
        self._early: Any = None
        self.isolation = ""

    def __enter__(self) -> Student:
        """Enter."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the worker."""
        self.close()

    def begin(self) -> None:
        """Start the worker and let it carry the network while the caller imports what it needs itself."""
        if self._ahead is None and self._process is None:
            self._ahead = threading.Thread(target=self._run_ahead, daemon=True)
            self._ahead.start()

    def close(self) -> None:
        """End the worker and everything it started."""
        if self._ahead is not None and threading.current_thread() is not self._ahead:
            ahead, self._ahead = self._ahead, None
            if self._process is not None:
                self._process.kill()
            ahead.join()
        if self._process is not None:
            self._process.kill()
            self._process = None
            self._standing = None

    # -- questions ---------------------------------------------------------------------------------------------

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the submission; tensors travel as `wire.RawTensor`, tuples come back as lists.

        Raises:
            StudentError: it is missing, raised, returned something that cannot travel, or took too long.
        """
        return self._ask(self.patience.call, do="call", name=name, args=list(args), kwargs=kwargs)

    def network(self, input_shape: Sequence[int] | None = None) -> CarriedNetwork:
        """The submission's network at this input shape (default: the assignment's), carried and compared.

        Raises:
            StudentError: it cannot be built, does not run at this shape, has no data form, or what arrived is
                not the network that the student's process runs (verdict ``review``).
        """
        shape = tuple(input_shape or self.input_shape)
        if shape not in self._networks:
            try:
                self._networks[shape] = self._carry(shape)
            except StudentError as error:
                self._networks[shape] = error
        found = self._networks[shape]
        if isinstance(found, StudentError):
            raise found
        return found

    def trouble(self, input_shape: Sequence[int]) -> str:
        """Why the network cannot be had at this input shape, in one line; empty where it can.

        Raises:
            StudentError: it cannot be had at the assignment's own shape either.
        """
        self.network()
        try:
            self.network(input_shape)
        except StudentError as error:
            return f"{error.problem.where}  {error.problem.what}".strip()
        return ""

    def recipe(self, written: TrainingRecipe, epochs: int, steps_per_epoch: int) -> Recipe:
        """The assignment's recipe, with what it leaves to the student taken from the submission.

        Raises:
            StudentError: a part has no data form, or is not what torch takes.
            CourseError: the assignment's own recipe is not what torch takes.
        """
        from dlgrade import recipe

        try:
            base = recipe.from_assignment(written, epochs, steps_per_epoch)
        except recipe.BadRecipe as error:
            raise CourseError("assignment.yaml", f"training: {error}") from None
        if not written.from_student:
            return base
        network = self.network()
        if self._standing != self.input_shape:
            self._carry(self.input_shape)
        answer = self._ask(self.patience.network, do="recipe", wanted=list(written.from_student), epochs=epochs,
                           steps_per_epoch=steps_per_epoch)  # fmt: skip
        names = {name for tensor in network.graph.tensors if tensor.kind == "parameter" for name in tensor.names}
        try:
            return _with_students_parts(base, answer, names, epochs * steps_per_epoch, self.input_shape)
        except recipe.BadRecipe as error:
            raise self._review("not_carried", str(error)) from None

    # -- the network -------------------------------------------------------------------------------------------

    def _carry(self, shape: tuple[int, ...]) -> CarriedNetwork:
        from dlgrade.graph import BadGraph, CarriedNetwork, decode

        files = [source.name for source in (*self.submission.siblings, self.submission.main)]
        message = self._early_message() if shape == self.input_shape else None
        if message is None:
            message = self._network_message(shape)
        try:
            graph = decode(message, files)
            if graph.input_shape != shape:
                raise BadGraph("it is a network for another input shape")
            tier = self._compared(graph)
            return CarriedNetwork(graph, self.network_class, tier, self._located)
        except BadGraph as error:
            raise self._review("not_carried", f"the network cannot be carried: {error}") from None

    def _network_message(self, shape: tuple[int, ...]) -> Any:
        message = self._ask(
            self.patience.network,
            do="network",
            name=self.network_class,
            module=self._home,
            input_shape=list(shape),
            seed=self.seed,
        )
        self._standing = shape
        return message

    def _run_ahead(self) -> None:
        try:
            if self.network_class:
                self._early = self._network_message(self.input_shape)
            else:
                self._start()
        except (StudentError, DlgradeError) as error:
            self._early = error

    def _early_message(self) -> Any:
        """What `begin` brought, once; None where nothing was begun."""
        self._await_ahead()
        early, self._early = self._early, None
        if isinstance(early, Exception):
            raise early
        return early

    def _await_ahead(self) -> None:
        ahead = self._ahead
        if ahead is not None and threading.current_thread() is not ahead:
            ahead.join()
            self._ahead = None

    def _compared(self, graph: Graph) -> Tier:
        """Compare the rebuilt network with the student's own on a batch drawn here, after the graph arrived.

        Raises:
            StudentError: the logits differ: what was received is not what runs there.
        """
        import torch

        from dlgrade.graph import BadGraph, Network, raw, tensor_of

        random = torch.Generator().manual_seed(self.seed + 1)
        x = torch.randn(4, *graph.input_shape, generator=random)
        seed = self.seed + 2  # the same draws on both sides, for dropout that is active in either mode
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(seed)
            out = Network(graph).eval()(x)
        if out.dim() < 1 or out.shape[0] != len(x):
            raise BadGraph("it does not give one answer per image")
        # Any shape with a class axis can be compared, also one that the shape criterion will refuse.
        classes = out.shape[1] if out.dim() > 1 else 1
        labels = torch.randint(classes, (len(x), *out.shape[2:]), generator=random)
        answer = self._ask(self.patience.network, do="probe", x=raw(x), labels=raw(labels), seed=seed)
        try:
            theirs = {mode: tensor_of(answer[mode]) for mode in ("eval", "train")}
            gradients = {name: tensor_of(value) for name, value in answer["gradients"].items()}
        except (TypeError, KeyError, AttributeError, ValueError):
            raise BadGraph("the worker's answer to the probe is not as agreed") from None
        network = Network(graph).train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            logits = network(x)
        if not (_agree(out, theirs["eval"]) and _agree(logits, theirs["train"])):
            raise self._review(
                "disagrees",
                "the network that was received does not answer like the one in the file: forward depends on "
                "something outside the graph (Python's random, a counter, a value kept from call to call)",
            )
        if not logits.requires_grad:
            return "verified"
        loss = torch.nn.functional.cross_entropy(logits, labels) if logits.dim() > 1 else logits.sum()
        loss.backward()
        for tensor, held in zip(graph.tensors, network.tensors(), strict=True):
            if tensor.kind == "parameter" and held.grad is not None:
                given = next((gradients[name] for name in tensor.names if name in gradients), None)
                if given is None or not _agree(held.grad, given):
                    return "observed"
        return "verified"

    # -- the wire ----------------------------------------------------------------------------------------------

    def _ask(self, seconds: float, **question: Any) -> Any:
        self._await_ahead()
        if self._unloadable is not None:
            raise self._unloadable
        return self._exchange(self._process or self._start(), seconds, question)

    def _start(self) -> sandbox.Process:
        package = Path(__file__).resolve().parent
        code = (
            f"import sys; sys.path.insert(0, {str(package.parent)!r}); "
            "from dlgrade.worker.__main__ import main; sys.exit(main())"
        )
        process = self._process = sandbox.start(
            [sys.executable, "-I", "-c", code],
            limits=sandbox.Limits(
                wall_seconds=self.patience.life,
                cpu_seconds=self.patience.life,
                memory_bytes=self.patience.memory_bytes,
                processes=64,
                file_bytes=64 << 20,
                tmp_bytes=256 << 20,
            ),
            readable=(package,),
            environment=_THREADS,
            isolation=self._isolation,
        )
        self.isolation = process.isolation
        files = [
            {
                "name": f.name,
                "module": f.module,
                "source": f.source,
                "prelude": f.prelude,
                "original": f.original,
            }
            for f in (*self.submission.siblings, self.submission.main)
        ]
        question = {
            "do": "load",
            "files": files,
            "stand_ins": list(self.submission.stand_ins),
            "seed": self.seed,
        }
        try:
            self._exchange(process, self.patience.load, question)
        except StudentError as error:
            self.close()  # nothing is loaded: a later question must not meet half a module, nor wait again
            self._unloadable = error
            raise
        return process

    def _exchange(self, process: sandbox.Process, seconds: float, question: dict[str, Any]) -> Any:
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, give_up)
        timer.start()
        try:
            wire.send(process.stdin, question)
            answer = wire.receive(process.stdout)
        except wire.TooLarge as error:
            self.close()
            raise self._trouble("review", "too_large", f"the network is too large to be carried: {error}") from None
        except (wire.WireError, OSError, ValueError):
            ended = process.kill()  # not `ended`: the pipe closes before whoever watches has seen why
            self.close()
            raise self._ended(question["do"], seconds, late.is_set(), ended) from None
        finally:
            timer.cancel()
        if not isinstance(answer, dict) or len(answer) != 1 or not ({"ok", "problem"} & set(answer)):
            self.close()
            raise self._review("not_carried", "the submission's process gave an answer that is not one")
        if "problem" in answer:
            raise self._explained(answer["problem"])
        return answer["ok"]

    def _ended(self, do: str, seconds: float, late: bool, ended: Any) -> StudentError:
        doing = {"load": "running the file", "network": "building the network", "probe": "running the network",
                 "recipe": "making the optimiser"}.get(do, "the call")  # fmt: skip
        reason = getattr(ended, "why", "")
        if late or reason in {"wall", "cpu"}:
            return self._trouble("timeout", "timeout", f"{doing} was still not finished after {seconds:g} seconds",
                                 mend="Look for a loop without end.")  # fmt: skip
        if reason == "memory":
            return self._trouble("crashed", "memory", f"{doing} took more memory than it may "
                                 f"({self.patience.memory_bytes >> 30} GB)")  # fmt: skip
        return self._trouble("crashed", "crashed", f"the process ended while {doing}")

    def _explained(self, stated: Any) -> StudentError:
        fields = {"kind": str, "what": str, "file": str, "line": int, "mend": str, "detail": str}
        if not isinstance(stated, dict) or any(type(stated.get(k)) is not t for k, t in fields.items()):
            return self._review("not_carried", "the submission's process gave an answer that is not one")
        kind = stated["kind"]
        where = self._located(stated["file"], stated["line"]) if stated["file"] else ""
        what = stated["what"][:500].strip() or "it failed without a word"  # an empty text would be no trouble
        problem = Problem(what, where, stated["mend"][:500], stated["detail"][:4000])
        if kind == "too_large":
            return self._trouble("review", kind, f"the network is too large to be carried: {problem.what}")
        verdict: Verdict = "review" if kind == "not_carried" else "crashed"
        return StudentError(verdict, kind, problem)

    def _trouble(self, verdict: Verdict, kind: str, what: str, mend: str = "") -> StudentError:
        return StudentError(verdict, kind, Problem(what, self.submission.main.name, mend))

    def _review(self, kind: str, what: str) -> StudentError:
        return self._trouble("review", kind, what)

    def _located(self, file: str, line: int) -> str:
        for source in (*self.submission.siblings, self.submission.main):
            if source.name == file:
                return source.where(line)
        return ""


_THREADS = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


def _agree(ours: Any, theirs: Any) -> bool:
    """Equal up to rounding: 1e-3 of the largest number, which float32 sums in another order stay far below."""
    import torch

    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return False
    if not bool(torch.isfinite(ours).all()):
        return bool(torch.equal(torch.isfinite(ours), torch.isfinite(theirs)))
    scale = float(ours.detach().abs().max()) if ours.numel() else 0.0
    return bool(torch.allclose(ours.detach(), theirs, rtol=1e-3, atol=1e-3 * scale + 1e-7))


def _with_students_parts(base: Recipe, answer: Any, names: set[str], steps: int, shape: tuple[int, ...]) -> Recipe:
    from dlgrade import recipe

    if not isinstance(answer, dict):
        raise recipe.BadRecipe("the recipe is not described as agreed")
    changed: dict[str, Any] = {}
    if answer.get("optimizer") is not None:
        optimizer = recipe.read_optimizer(answer["optimizer"], names)
        changed["optimizer"] = optimizer
        changed["schedule"] = None
        changed["title"] = f"{optimizer.name} of the submission"
        if answer.get("schedule") is not None:
            changed["schedule"] = recipe.read_schedule(answer["schedule"], steps, len(optimizer.groups))
    if answer.get("transforms") is not None:
        changed["transforms"] = recipe.read_transforms(answer["transforms"], size=(shape[-2], shape[-1]))
    return replace(base, **changed)
