"""Hand in a text as a student would, and execute what is left as a worker would."""

import json
import subprocess
import sys
import textwrap
import types
import zipfile
from io import BytesIO
from unittest.mock import MagicMock

import pytest

from dlgrade import submission


@pytest.fixture
def submit(tmp_path):
    """Write a text into a file and read it as a submission."""

    def write(text, name="code6.py", **options):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode("utf-8"))
        return submission.read(path, **options)

    return write


@pytest.fixture
def folder(tmp_path):
    """Write several files into one folder."""

    def write(files, name="handed_in"):
        root = tmp_path / name
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(textwrap.dedent(text), encoding="utf-8")
        return root

    return write


@pytest.fixture
def zipped(tmp_path):
    """Write several files into one zip archive."""

    def write(files, name="handed_in.zip", compression=zipfile.ZIP_DEFLATED):
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as archive:
            for path, text in files.items():
                archive.writestr(path, textwrap.dedent(text) if isinstance(text, str) else text)
        path = tmp_path / name
        path.write_bytes(buffer.getvalue())
        return path

    return write


@pytest.fixture
def notebook(submit):
    """Hand in a notebook made of these code cells."""

    def write(*cells, name="code6.ipynb", metadata=None, **options):
        made = [
            {"cell_type": "code", "source": textwrap.dedent(c).strip("\n"), "metadata": {}, "outputs": [],
             "execution_count": None}
            for c in cells
        ]  # fmt: skip
        book = {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata or {}, "cells": made}
        return submit(json.dumps(book), name, **options)

    return write


@pytest.fixture
def execute(monkeypatch):
    """Execute siblings and main as a worker does; gives the main module."""
    # Importing the real one takes seconds, and nothing here measures what it does.
    for name in ("torchvision", "torchvision.transforms"):
        monkeypatch.setitem(sys.modules, name, MagicMock())

    def run(handed_in):
        module = None
        for file in (*handed_in.siblings, handed_in.main):
            module = types.ModuleType(file.module)
            monkeypatch.setitem(sys.modules, file.module, module)
            exec(compile(file.prelude, "<supplied>", "exec"), module.__dict__)
            exec(compile(file.source, file.name, "exec"), module.__dict__)
        return module

    return run


@pytest.fixture
def in_process():
    """Run lines of Python in a process of their own; gives what they printed."""

    def run(code):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def notes():
    """The notes of a submission as one text, one a line."""
    return lambda handed_in: "\n".join(map(str, handed_in.notes))
