"""``dlgrade data`` as people and pipes see it."""

import os
import pickle
import subprocess
import sys

import pytest
from click.testing import CliRunner

from dlgrade.cli._data import data as group
from dlgrade.data._sources import Mirror
from dlgrade.errors import DataError, UsageError


def run(*arguments):
    return CliRunner().invoke(group, arguments)


@pytest.fixture
def published(tiny, server):
    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    return tiny


def test_get_prints_the_folder_and_tells_its_steps_on_the_other_stream(published):
    result = run("get", "tiny")
    assert result.exit_code == 0
    assert result.stdout == f"tiny: {published.folder}\n"
    lines = result.stderr.splitlines()
    assert len(lines) == 8
    assert lines[0].startswith("tiny: asking 127.0.0.1:")
    assert lines[1].startswith("tiny: train-images-idx3-ubyte from 127.0.0.1:")


def test_get_of_what_is_there_says_nothing_but_the_folder(published):
    published.put()
    result = run("get", "tiny")
    assert (result.stdout, result.stderr) == (f"tiny: {published.folder}\n", "")


def test_get_names_a_wrong_file_before_it_replaces_it(published):
    published.put(train_images=b"wrong")
    result = run("get", "tiny")
    assert result.exit_code == 0
    assert f"{published.images} is not the published file (5 bytes, wanted 31,376" in result.stderr
    assert "will be replaced" in result.stderr
    assert published.on_disk == published.files


@pytest.mark.usefixtures("mnist")
def test_get_without_a_name_means_mnist():
    result = run("get")
    assert result.exit_code == 0
    assert result.stdout.startswith("mnist: ")


def test_get_raises_what_the_library_raises(tiny):
    assert isinstance(run("get", "tiny").exception, DataError)
    assert isinstance(run("get", "mnsit").exception, UsageError)


@pytest.mark.parametrize(
    ("spoil", "state"),
    [
        (lambda tiny: None, "absent"),
        (lambda tiny: tiny.put(), "present"),
        (lambda tiny: tiny.put(test_images=b""), "present"),
        (lambda tiny: tiny.put(train_images=b""), "wrong"),
        (lambda tiny: (tiny.put(), tiny.images.unlink()), "partial"),
    ],
)
def test_list_tells_the_state_of_each_data_set(tiny, spoil, state):
    spoil(tiny)
    lines = run("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["mnist", "fashion-mnist", "tiny"]
    assert lines[0].split()[1:6] == ["60,000", "+", "10,000", "55.0", "MB"]
    assert lines[2].split()[-2:] == [state, str(tiny.folder)]


def test_verify_prints_one_line_per_file_and_succeeds(tiny):
    tiny.put()
    result = run("verify", "tiny")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"present  {tiny.folder / name}" for name in tiny.files]


def test_verify_fails_with_3_and_the_mend_when_a_file_is_wrong_or_absent(tiny):
    tiny.put(train_images=b"")
    (tiny.folder / "t10k-labels-idx1-ubyte").unlink()
    result = run("verify", "tiny")
    assert result.exit_code == 3
    wrong, _, _, absent = result.stdout.splitlines()
    assert wrong == f"wrong    {tiny.images}  0 bytes, wanted 31,376, cut short"
    assert absent == f"absent   {tiny.folder / 't10k-labels-idx1-ubyte'}"
    assert result.stderr == "mend: dlgrade data get tiny\n"


def test_verify_without_a_name_looks_at_what_is_here(tiny):
    tiny.put()
    assert [str(tiny.folder) in line for line in run("verify").stdout.splitlines()] == [True] * 4


def test_verify_without_a_name_and_without_data_reports_mnist_absent(tiny):
    result = run("verify")
    assert result.exit_code == 3
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["absent"] * 4
    assert "MNIST" in result.stdout


@pytest.mark.usefixtures("mnist")
@pytest.mark.parametrize("command", ["--help", "list", "get", "verify"])
def test_a_pipe_gets_no_control_codes(command):
    done = as_a_process([command], capture_output=True)
    assert done.returncode == 0
    assert done.stdout
    assert b"\x1b" not in done.stdout + done.stderr


def test_a_terminal_gets_a_bar(published):
    pty = pytest.importorskip("pty")
    published.put(train_images=b"[bold]wrong[/bold]")
    master, terminal = pty.openpty()
    setup = (
        "import pickle; from dlgrade.data import _catalog;"
        f"_catalog.CATALOG['tiny'] = pickle.loads({pickle.dumps(published.entry)!r});"
    )
    done = as_a_process(["get", "tiny"], setup, stdout=subprocess.PIPE, stderr=terminal, TERM="xterm", COLUMNS="200")
    os.close(terminal)
    shown = os.read(master, 1 << 16).decode()
    os.close(master)
    assert done.returncode == 0
    assert done.stdout.decode() == f"tiny: {published.folder}\n"
    assert "will be replaced" in shown
    assert "\x1b[" in shown


def as_a_process(arguments, setup="", *, capture_output=False, stdout=None, stderr=None, **environment):
    return subprocess.run(
        [sys.executable, "-c", f"{setup}from dlgrade.cli._data import data; data()", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=capture_output,
        stdout=stdout,
        stderr=stderr,
        timeout=60,
    )
