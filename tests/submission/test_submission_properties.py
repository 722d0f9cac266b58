"""Whatever is handed in: line numbers stay, what is left compiles, and only SubmissionError comes out."""

import ast
import json
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlgrade.errors import SubmissionError
from dlgrade.submission import read

KEPT = [
    "x = 1",
    "import math",
    "y = (1,\n     2)",
    'z = """a\n# not a comment\n  %b\n"""',
    "from os import path",
    "w = 'é' + '日本'",
]
DROPPED = [
    "print(1)",
    "print(1,\n      2)",
    "foo('''a\nb''')",
    "model = build()",
    "assert x",
    "é = f('ü')",
    "x.y()",
]
BLOCKS = [
    "def f():\n    return 1",
    "@property\n@(\n  staticmethod)\ndef g(a=1,\n      b=2):\n    '''doc'''\n    print(a)",
    "class Net:\n    a = 1\n\n    def b(self): return super(Old, self).c()",
    "for i in range(3):\n    print(i)\nelse:\n    pass",
    "if __name__ == '__main__':\n    main()",
    "while True: pass",
    "try:\n    import math; print('a')\nexcept ImportError:\n    print(1,\n       2); y = 2\nfinally:\n    x()",
    "try:\n    run()\nexcept E as e:\n    pass",
    "with a as b, c:\n    d()",
    "if x:\n    import sys\nelif 1:\n    y = 2\nelse:\n    pass",
    "async def h():\n    await k()",
]
SIMPLE = st.sampled_from(KEPT + DROPPED)
LINE = st.lists(SIMPLE, min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["; ", ";", " ; \\\n "]).map(lambda joint: joint.join(parts))
)
GLUE = st.sampled_from(
    ["\n", "\n\n", "  # comment é\n", "\n# print(1)\n", ";\n", " \\\n\n", "\n\x0c\n", "\n    # deep\n"]
)
PROGRAM = st.lists(
    st.one_of(st.tuples(LINE, GLUE), st.tuples(st.sampled_from(BLOCKS), st.sampled_from(["\n", "\n\n", "\n # c\n"]))),
    max_size=12,
).map(lambda parts: "".join(text + end for text, end in parts))


def handed_in(data, name="code6.py"):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return read(path)


def outcome(data, name):
    """The submission, or the one sentence that refuses it."""
    try:
        return handed_in(data, name), ""
    except SubmissionError as error:
        return None, error.what


def positions(tree):
    return {
        (type(node).__name__, ast.dump(node), node.lineno, node.end_lineno)
        for node in tree.body
        if not isinstance(node, ast.Pass | ast.Try | ast.ClassDef)
    }


def classes(tree):
    return [(node.name, node.lineno, node.end_lineno) for node in tree.body if isinstance(node, ast.ClassDef)]


@given(PROGRAM)
@settings(max_examples=120, deadline=None)
def test_what_is_left_compiles_and_stands_where_it_stood(text):
    main = handed_in(text.encode()).main
    assert main.original == text
    assert main.source.count("\n") == text.count("\n")
    compile(main.source, main.name, "exec")
    before, after = ast.parse(text), ast.parse(main.source)
    assert positions(after) <= positions(before)
    assert classes(before) == classes(after)


@given(PROGRAM)
@settings(max_examples=100, deadline=None)
def test_what_is_left_does_nothing_but_define(text):
    for node in ast.parse(handed_in(text.encode()).main.source).body:
        assert not isinstance(node, ast.For | ast.While | ast.With | ast.Assert | ast.Raise)
        assert not isinstance(node, ast.Expr) or isinstance(node.value, ast.Constant)


@given(PROGRAM)
@settings(max_examples=100, deadline=None)
def test_cleaning_what_is_clean_changes_nothing(text):
    once = handed_in(text.encode()).main.source
    assert handed_in(once.encode()).main.source == once


CELL = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
CELL_LINES = st.sampled_from(
    ["x = 1", "%pwd", "!ls \\", "  -a", "y = !ls", "s = '''", "'''", "f(", ")", "if x:", "    %cd a", "    pass",
     "Net?", "%%bash", "%%time", "def f(): pass", "class A: pass", "\t!x", "print 1", "# (",
     "z = '(' \\", "  + 'b'", ""]
)  # fmt: skip


@given(st.lists(st.lists(CELL_LINES, min_size=1, max_size=6).map("\n".join), min_size=1, max_size=4))
@settings(max_examples=120, deadline=None)
def test_any_notebook_is_read_with_its_lines_or_refused_in_one_sentence(cells):
    made = [{**CELL, "source": text} for text in cells]
    book = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": made})
    read_in, refused = outcome(book.encode(), "code6.ipynb")
    assert "\n" not in refused
    if read_in is None:
        return
    main = read_in.main
    compile(main.source, main.name, "exec")
    assert main.source.count("\n") == main.original.count("\n")
    for (first, number), text in zip(main.cells, cells, strict=True):
        assert main.original.split("\n")[first - 1] == text.split("\n")[0]
        assert main.where(first) == f"code6.ipynb cell {number} line 1"


@given(st.binary(max_size=200), st.sampled_from(["a.py", "a.ipynb", "a.zip"]))
@settings(max_examples=120, deadline=None)
def test_any_bytes_are_read_or_refused_in_one_sentence(data, name):
    assert "\n" not in outcome(data, name)[1]


ARCHIVE = BytesIO()
with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr("hw/code6.py", "import model\nx = 1\n" * 20)
    _archive.writestr("hw/model.py", "y = 2\n" * 20)


@given(st.lists(st.tuples(st.integers(0, len(ARCHIVE.getvalue()) - 1), st.integers(0, 255)), max_size=6))
@settings(max_examples=120, deadline=None)
def test_a_damaged_archive_is_read_or_refused_in_one_sentence(changes):
    data = bytearray(ARCHIVE.getvalue())
    for at, value in changes:
        data[at] = value
    refused = outcome(bytes(data), "a.zip")[1]
    assert refused == "" or refused.isprintable()


NAMES = st.text(st.sampled_from("abc./\\:\x1b é~"), min_size=1, max_size=12)


@given(st.lists(NAMES, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_name_in_an_archive_leads_anywhere_else(names):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(f"{name}.py", "import b\n")
    read_in, refused = outcome(buffer.getvalue(), "a.zip")
    assert refused == "" or refused.isprintable()
    for file in (read_in.main, *read_in.siblings) if read_in else ():
        assert not file.name.startswith("/")
        assert ".." not in file.name.split("/")
        assert file.name.isprintable()
