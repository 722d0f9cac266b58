"""One submission behind its worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from dlgrade import wire
from dlgrade.course import Problem, TrainingRecipe
from dlgrade.errors import CourseError, DlgradeError
from dlgrade.student._nouns import MODEL, Isolation, Patience, StudentError
from dlgrade.student._worker import WarmWorker, Worker

if TYPE_CHECKING:
    import torch

    from dlgrade.graph import CarriedNetwork, Graph
    from dlgrade.recipe import Recipe
    from dlgrade.student._loops import LoopRun, Supply
    from dlgrade.submission import ClassFound, Submission


class Student:
    """One submission behind its worker; a context manager that leaves no process behind.

    Args:
        submission: as read by `submission.read`.
        network_class: the class to carry, by its name in the main file or as `submission.choose_class` found it.
        seed: seeds torch and random in the worker before the source is run and a network is built.
        trains: the worker will train, so it may live as long as that takes.
        imports: packages that the submission may import; None: any.
        refused: why nothing of it is to be run at all.
        worker: a warm one to begin with.
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
        trains: bool = False,
        imports: Sequence[str] | None = None,
        refused: Problem | None = None,
        worker: WarmWorker | None = None,
    ) -> None:
        """Starts nothing; the worker comes with the first question."""
        self.submission = submission
        self.network_class = network_class if isinstance(network_class, str) else network_class.name
        self._home = submission.main.module if isinstance(network_class, str) else network_class.module
        self.input_shape = tuple(input_shape)
        self.seed = seed
        self.patience = patience or Patience()
        self._worker = Worker(
            submission, seed=seed, patience=self.patience, isolation=isolation, imports=imports, refused=refused,
            life=self.patience.life + (self.patience.training if trains else 0.0), first=worker,
        )  # fmt: skip
        self._networks: dict[tuple[int, ...], CarriedNetwork | StudentError] = {}
        self._standing: tuple[int, ...] | None = None
        self._ahead: threading.Thread | None = None
        self._early: Any = None

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
        if self._ahead is None and not self._worker.running:
            self._ahead = threading.Thread(target=self._run_ahead, daemon=True)
            self._ahead.start()

    def close(self) -> None:
        """End the worker and everything it started."""
        if self._ahead is not None and threading.current_thread() is not self._ahead:
            ahead, self._ahead = self._ahead, None
            self._worker.kill()
            ahead.join()
        self._worker.close()
        self._standing = None

    # -- questions ---------------------------------------------------------------------------------------------

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the submission; tensors travel as `wire.RawTensor`, tuples come back as lists.

        Raises:
            StudentError: it is missing, raised, returned something that cannot travel, or took too long.
        """
        return self._ask(self.patience.call, do="call", name=name, args=list(args), kwargs=kwargs)

    def called(
        self, name: str, args: Sequence[Any], *, arrays: Literal["numpy", "torch"], seconds: float, through: str = ""
    ) -> tuple[Any, list[Any]]:
        """Call a function, and see what became of its arguments: its answer, and they after the call.

        Args:
            arrays: what the function gets and returns where a `wire.RawTensor` travels.
            seconds: it may take at most so long.
            through: the grader's code that defines ``probe(function, *args)`` and is called in its place there.

        Raises:
            StudentError: as `call`.
        """
        answer = self._ask(
            seconds, do="call", name=name, args=list(args), kwargs={}, arrays=arrays, watched=True, through=through
        )
        if (
            not isinstance(answer, dict) or answer.keys() != {"answer", "arguments"}
            or not isinstance(answer["arguments"], list)
        ):  # fmt: skip
            raise self.review("not_carried", "the submission's process gave an answer that is not one")
        return answer["answer"], answer["arguments"]

    @property
    def isolation(self) -> str:
        """What holds the worker: ``bubblewrap`` or ``plain``; empty where none was started."""
        return self._worker.isolation

    @property
    def running(self) -> bool:
        """Whether the worker is there; after a question that ended it, it is not."""
        return self._worker.running

    @property
    def unloadable(self) -> Problem | None:
        """Why the file could not be run at all; None as long as nothing speaks against it."""
        return self._worker.unloadable.problem if self._worker.unloadable else None

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

    @property
    def reviewed(self) -> bool:
        """Whether the network of the assignment's shape was built, and could not be carried."""
        found = self._networks.get(self.input_shape)
        return isinstance(found, StudentError) and found.kind == "not_carried"

    def claims(self) -> tuple[int, tuple[int, ...]]:
        """What the worker says of its network: its parameters, and the shape of the answer to one image.

        Nothing proves it; for a person who decides.

        Raises:
            StudentError: it cannot be built or run, or says nothing that could be true.
        """
        answer = self._ask(
            self.patience.network, do="claims", name=self.network_class, module=self._home,
            input_shape=list(self.input_shape), seed=self.seed,
        )  # fmt: skip
        output = answer.get("output") if isinstance(answer, dict) else None
        numbers: list[Any] = [answer.get("parameters"), *output] if isinstance(output, list) else [None]
        if len(numbers) > 9 or any(type(n) is not int or not 0 <= n < 1 << 40 for n in numbers):
            raise self.review("not_carried", "the submission's process gave an answer that is not one")
        return numbers[0], tuple(numbers[1:])

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
        self._stand()
        answer = self._ask(self.patience.network, do="recipe", wanted=list(written.from_student), epochs=epochs,
                           steps_per_epoch=steps_per_epoch)  # fmt: skip
        names = {name for tensor in network.graph.tensors if tensor.kind == "parameter" for name in tensor.names}
        try:
            return _with_students_parts(base, answer, names, epochs * steps_per_epoch, self.input_shape)
        except recipe.BadRecipe as error:
            raise self.review("not_carried", str(error)) from None

    # -- loops that run there ----------------------------------------------------------------------------------

    def run(self, name: str, *args: Any, supplies: Sequence[Supply] = (), seconds: float | None = None) -> LoopRun:
        """Call a function of the submission that trains or tests, with batches that come from here one by one.

        Args:
            args: plain values, `MODEL`, `Optimizer`s, and the `supplies` themselves where they belong.
            seconds: wall time for the call; default: `Patience.training`.

        Raises:
            StudentError: it is missing, raised, wanted more samples than a supply has, or took too long.
        """
        from dlgrade.graph import BadGraph
        from dlgrade.student._loops import run

        if any(item is MODEL or hasattr(item, "plain") for item in args):
            self._stand()

        def ask(**question: Any) -> Any:
            return self._ask(seconds or self.patience.training, do="run", name=name, **question)

        try:
            return run(ask, args, supplies, self.spent)
        except BadGraph as error:
            raise self.review("not_carried", str(error)) from None

    def stay_for_training(self) -> None:
        """See that the worker lives as long as a training; a fresh one builds the network again.

        Raises:
            StudentError: the network that is built then is not the one that was received.
        """
        if self._worker.life > self.patience.training:
            return
        received = self.network().graph
        self.close()
        self._worker.life = self.patience.life + self.patience.training
        again = self._carry(self.input_shape).graph
        if again.message != received.message:
            raise self.review("disagrees", "the file builds another network the second time")

    def place(self, values: Mapping[str, wire.RawTensor]) -> None:
        """Give the student's network these values by name, on top of its initial ones; it stands in training mode.

        Raises:
            StudentError: it could not.
        """
        self._stand()
        self._ask(self.patience.call, do="place", values=dict(values))

    def observe(self, optimizer: Mapping[str, Any], seed: int) -> None:
        """Have the worker make the recipe's optimiser over its network, for `step`.

        Raises:
            StudentError: it could not.
        """
        self._ask(self.patience.call, do="observe", optimizer=dict(optimizer), seed=seed)

    def step(self, x: wire.RawTensor, labels: wire.RawTensor, groups: Sequence[Any]) -> tuple[float, int]:
        """One step on one batch with these settings per parameter group: mean loss, right answers.

        Both are claims, for the curve only.

        Raises:
            StudentError: it failed, or took too long.
        """
        answer = self._ask(self.patience.call, do="step", x=x, labels=labels, groups=list(groups))
        if (
            not isinstance(answer, dict)
            or type(answer.get("loss")) is not float
            or type(answer.get("right")) is not int
        ):
            raise self.review("not_carried", "the submission's process gave an answer that is not one")
        return answer["loss"], answer["right"]

    def weights(self, graph: Graph) -> list[torch.Tensor]:
        """What the tensors of the received graph hold there now, checked for shape and number type.

        Raises:
            StudentError: a parameter is gone, or is another than the one that was received.
        """
        from dlgrade.graph import BadGraph
        from dlgrade.student._agreement import values_of

        try:
            return values_of(graph, self._ask(self.patience.network, do="weights"))
        except BadGraph as error:
            raise self.review("disagrees", str(error)) from None

    def spent(self) -> float:
        """Processor seconds of the worker so far, as far as they were seen."""
        return self._worker.cpu_seconds()

    def review(self, kind: str, what: str) -> StudentError:
        """What only a person can judge."""
        return self._worker.review(kind, what)

    def _stand(self) -> None:
        """See that the worker holds the network of the assignment's input shape."""
        self.network()
        if not self._worker.running or self._standing != self.input_shape:
            self._carry(self.input_shape)

    # -- the network -------------------------------------------------------------------------------------------

    def _carry(self, shape: tuple[int, ...]) -> CarriedNetwork:
        from dlgrade.graph import BadGraph, decode

        files = [source.name for source in (*self.submission.siblings, self.submission.main)]
        message = self._early_message() if shape == self.input_shape else None
        if message is None:
            message = self._network_message(shape)
        try:
            graph = decode(message, files)
            if graph.input_shape != shape:
                raise BadGraph("it is a network for another input shape")
            return self._agreed(graph)
        except BadGraph as error:
            raise self.review("not_carried", f"the network cannot be carried: {error}") from None

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
                self._worker.start()
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

    def _agreed(self, graph: Graph) -> CarriedNetwork:
        from dlgrade.graph import CarriedNetwork
        from dlgrade.student._agreement import compared

        tier, other = compared(graph, self.seed, lambda **question: self._ask(self.patience.network, **question))
        if tier is None:
            raise self.review(
                "disagrees",
                "the network that was received does not answer like the one in the file: forward depends on "
                "something outside the graph (Python's random, a counter, a value kept from call to call)",
            )
        because = _OBSERVED.format(other) if tier == "observed" else ""
        return CarriedNetwork(graph, self.network_class, tier, self._worker.located, because)

    def _ask(self, seconds: float, need: Callable[[Any], Any] | None = None, **question: Any) -> Any:
        self._await_ahead()
        return self._worker.ask(seconds, need, **question)


_OBSERVED = (
    "the gradient of {} is not that of the operations in forward (a custom backward, or a hook); with torch's own "
    "operations alone the grader can train the network itself"
)


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
