"""Who is next, what a result depends on, how much fits, what a page is called."""

from __future__ import annotations

import dataclasses
import multiprocessing
import time
from pathlib import Path

import pytest
from tests.batch.conftest import RIGHT, write_class, write_course

from dlgrade import batch
from dlgrade.batch import _key, _room
from dlgrade.batch._clock import Clock
from dlgrade.batch._crowd import CROWDED, Crowd
from dlgrade.batch._notes import Notes
from dlgrade.batch._plan import Plan
from dlgrade.batch._reading import sources
from dlgrade.course import load_course
from dlgrade.errors import UsageError
from dlgrade.student import Patience


def numbers(plan: Plan) -> list[tuple[int, bool]]:
    """Everyone whose turn it is now."""
    found = []
    while (turn := plan.next()) is not None:
        found.append((turn.number, turn.trains))
    return found


def test_the_gates_come_first_and_then_the_longest_trainings() -> None:
    plan = Plan(range(4))
    assert numbers(plan) == [(0, False), (1, False), (2, False), (3, False)]
    plan.waits(0, "short", 1.0)
    plan.waits(1, "long", 9.0)
    plan.finished(2)
    plan.finished(3)
    assert numbers(plan) == [(1, True), (0, True)]


def test_of_identical_trainings_one_runs_and_the_others_follow_it() -> None:
    plan = Plan(range(3))
    numbers(plan)
    for number in range(3):
        plan.waits(number, "same", 1.0)
    assert numbers(plan) == [(0, True)]
    plan.finished(0)
    assert numbers(plan) == [(1, True), (2, True)], "what is on the shelf can be read by all at once"


def test_where_the_first_of_identical_trainings_is_lost_the_next_one_is_first() -> None:
    plan = Plan(range(3))
    numbers(plan)
    for number in range(3):
        plan.waits(number, "same", 1.0)
    assert numbers(plan) == [(0, True)]
    assert plan.again(0)
    assert numbers(plan) == [(1, True)]
    plan.finished(1)
    assert numbers(plan) == [(2, True)]
    plan.finished(2)
    turn = plan.next()
    assert turn is not None
    assert (turn.number, turn.trains, turn.alone) == (0, True, True)
    assert not plan.again(0), "once"
    assert plan.over


def test_who_is_tried_again_is_alone_with_the_gates_and_with_the_training() -> None:
    plan = Plan(range(3))
    numbers(plan)
    assert plan.again(0)
    assert plan.again(1)
    assert plan.next() is None, "the third is still under way"
    plan.finished(2)
    assert numbers(plan) == [(0, False)]
    plan.waits(0, "one", 1.0)
    assert numbers(plan) == [(1, False)]
    plan.finished(1)
    assert numbers(plan) == [(0, True)]
    plan.finished(0)
    assert plan.over


def test_one_submission_goes_on_into_its_training() -> None:
    assert numbers(Plan([7], at_once=True)) == [(7, True)]


def test_who_was_under_way_at_an_earlier_kill_stays_last_until_there_is_a_result(tmp_path: Path) -> None:
    Notes(tmp_path).note_under_way(["fork", "hog"])
    second = Notes(tmp_path)
    second.note_under_way(["ada"])
    third = Notes(tmp_path)
    assert third.suspects == {"ada", "fork", "hog"}
    third.note_graded("ada")
    third.note_under_way(["fork"])
    assert Notes(tmp_path).suspects == {"fork", "hog"}


def test_what_was_written_down_before_a_kill_is_read_after_it(tmp_path: Path) -> None:
    first = Notes(tmp_path)
    assert first.suspects == frozenset()
    first.note_passed("ada", "training", 2.0)
    first.note_passed("bob", "", 3.0)
    first.note_under_way(["cyd", "dot"])
    with (tmp_path / "passed.jsonl").open("a") as file:
        file.write('["half a li')
    second = Notes(tmp_path)
    assert (second.passed("ada"), second.passed("bob"), second.passed("cyd")) == (("training", 2.0), ("", 3.0), None)
    assert second.suspects == {"cyd", "dot"}
    second.clear()
    assert Notes(tmp_path).suspects == frozenset()
    (tmp_path / "under-way.json").write_text("no JSON")
    (tmp_path / "passed.jsonl").write_bytes(b"\xff\xfe")
    assert Notes(tmp_path).passed("ada") is None


def test_who_passed_the_gates_before_goes_on_to_the_training() -> None:
    plan = Plan([0, 1])
    plan.passed(2, "same", 1.0)
    plan.passed(3, "same", 1.0)
    assert numbers(plan) == [(0, False), (1, False), (2, True)]
    assert plan.again(1)
    assert plan.open == {0, 1, 2}
    plan.finished(2)
    assert numbers(plan) == [(3, True)]


def test_the_time_that_is_left_is_told_when_it_can_be() -> None:
    clock = Clock(jobs=2)
    assert clock.left(4, 0) is None
    clock.gate(2.0, waits=True)
    clock.gate(2.0, waits=False)
    assert clock.left(2, 1) is None, "no training was seen yet"
    clock.training(10.0)
    assert clock.left(2, 1) == pytest.approx((2 * 2.0 + (1 + 2 * 0.5) * 10.0) / 2)
    assert clock.left(0, 0) == 0.0


SETTING = batch.Setting(
    course="/a", assignment="double", profile="full", seed=0, device="cpu", isolation="required",
    patience=dataclasses.asdict(Patience()), time_limit=None, expects="hash", shelf="/b",
)  # fmt: skip


def test_a_key_depends_on_what_decides_and_on_nothing_else() -> None:
    def key(variant: dict = {}, before: dict | None = None, source: str = "s", **changed: object) -> str:  # noqa: B006
        return _key.key_of(_key.ground(dataclasses.replace(SETTING, **changed)), source, variant, before)

    same = [key(), key(course="/elsewhere"), key(shelf="/elsewhere"), key(device_share=0.3)]
    assert len(set(same)) == 1
    others = [
        key(source="t"), key(variant={"n": 3}), key(before={"profile": "full"}), key(profile="quick"), key(seed=1),
        key(device="cuda"), key(isolation="plain"), key(time_limit=9.0), key(expects="other"),
        key(patience=dataclasses.asdict(Patience(call=1.0))),
    ]  # fmt: skip
    assert len({*same, *others}) == 1 + len(others)


def test_what_cannot_be_read_is_told_apart_by_its_bytes(tmp_path: Path) -> None:
    write_course(tmp_path)
    double = next(one for one in load_course(tmp_path).assignments if one.id == "double")
    folder = write_class(tmp_path / "in", {"a": "def (", "b": "def (:", "c": "def (", "d": RIGHT, "e": RIGHT})
    (folder / "f").mkdir()
    found = [one.sha256 for one in sources(double, sorted(folder.iterdir()), 2)]
    a, b, c, d, e, f = found
    assert a == c
    assert d == e
    assert len({a, b, d, f}) == 4


@pytest.mark.parametrize(
    ("who", "name"),
    [("s001", "s001.html"), ("ann@uni.edu", "ann@uni.edu.html"), ("jürgen~0a1b", "jürgen~0a1b.html"),
     ("index", None), ("../etc/passwd", None),
     ("a/b", None), (".hidden", None), ("名前 🙂", None), ("x" * 300, None), ("CON", None), ('"quo"te', None)],
)  # fmt: skip
def test_a_page_lies_in_its_folder_and_is_nobody_elses(who: str, name: str | None) -> None:
    made = batch.page_name(who)
    assert made == name or (name is None and made.endswith(".html"))
    assert Path(made).name == made
    assert len(made) < 100
    assert made not in {"index.html", ".html", "leaderboard.html"}
    assert batch.page_name(who + "!") != made


def test_as_many_at_a_time_as_there_are_cores_and_room(monkeypatch: pytest.MonkeyPatch) -> None:
    network = load_course(Path(__file__).parents[2]).assignments[-1]
    monkeypatch.setattr(_room, "cores", lambda: 16)
    monkeypatch.setattr(_room, "free_memory", lambda: 64 << 30)
    assert _room.room(network, None).jobs == 16
    assert _room.room(network, 3) == _room.Room(3, 1.0, "wanted")
    monkeypatch.setattr(_room, "free_memory", lambda: 9 << 30)
    assert _room.room(network, None) == _room.Room(4, 1.0, "memory")
    monkeypatch.setattr(_room, "free_memory", lambda: 1 << 20)
    assert _room.room(network, None).jobs == 1
    monkeypatch.setattr(_room, "free_memory", lambda: 64 << 30)
    on_gpu = _room.room(network, None, gpu_bytes=16 << 30)
    assert (on_gpu.jobs, on_gpu.because) == (4, "gpu")
    assert on_gpu.jobs * on_gpu.device_share <= 0.9 + 1e-9


def test_this_machine_has_a_core_and_memory() -> None:
    assert _room.cores() >= 1
    assert _room.free_memory() > 1 << 20


def burn(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_a_crowd_is_seen() -> None:
    with Crowd() as crowd:
        context = multiprocessing.get_context("fork")
        many = [context.Process(target=burn, args=(1.6,)) for _ in range(int(CROWDED + 2) * _room.cores())]
        for one in many:
            one.start()
        for one in many:
            one.join()
    assert crowd.most > CROWDED


def test_two_commands_do_not_write_to_one_folder(tmp_path: Path) -> None:
    with batch.Workplace("double", tmp_path / "reports"):
        with (
            pytest.raises(UsageError, match="another dlgrade grade is at work"),
            batch.Workplace("double", tmp_path / "reports"),
        ):
            pass
        with batch.Workplace("double", tmp_path / "other"):
            pass
    with batch.Workplace("double", tmp_path / "reports") as place:
        assert list(place.unpacked.iterdir()) == []
        first = place.forced_since("ground")
        place.shelf.mkdir()
    with batch.Workplace("double", tmp_path / "reports") as place:
        assert place.forced_since("ground") == first, "it was stopped, and goes on"
        assert place.shelf.exists()
        assert place.forced_since("another") > first
        assert not place.shelf.exists()
        place.all_forced()
        assert place.forced_since("another") > first
