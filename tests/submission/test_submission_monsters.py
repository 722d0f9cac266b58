"""Files made to hurt whoever reads them end in one sentence, quickly, and never in a crash."""

import json
import time

import pytest

from dlgrade.errors import SubmissionError
from dlgrade.submission import read

MONSTERS = {
    "open brackets": "(" * 100_000,
    "nested lists": "a = " + "[" * 400_000,
    "closed brackets": "(" * 100_000 + ")" * 100_000,
    "signs": "-" * 200_000 + "1",
    "nots": "x = " + "not " * 100_000 + "1",
    "a long sum": "x = 1" + " + 1" * 20_000,
    "a long sum on many lines": "x = (1" + "\n + 1" * 50_000 + ")",
    "attributes": "x = a" + ".b" * 20_000,
    "calls": "x = a" + "()" * 20_000,
    "subscripts": "x = a" + "[0]" * 20_000,
    "choices": "x = " + "1 if a else " * 30_000 + "2",
    "lambdas": "x = " + "lambda: " * 50_000 + "1",
    "elifs": "if a:\n pass\n" + "elif a:\n pass\n" * 20_000,
    "a dotted import": "import a" + ".a" * 200_000,
    "a dotted import on many lines": "import a" + ".\\\na" * 100_000,
    "a dotted from": "from a" + ".a" * 100_000 + " import b",
    "a comprehension without end": "x = [a " + "for a in b " * 10_000 + "]",
    "keywords": "f(" + ", ".join(f"a{i}=1" for i in range(5_000)) + ")",
    "functions": "def f():\n" + " def g(): pass\n" * 5_000,
    "lambdas in a row": "def f():\n" + " lambda x: x\n" * 5_000,
    "patterns": "match a:\n case [" + ", ".join(f"a{i}" for i in range(5_000)) + "]: pass",
    "class patterns": "match a:\n case A(" + ", ".join(f"a{i}=1" for i in range(5_000)) + "): pass",
    "statements": "a = 1\n" * 40_000,
    "semicolons": "a;" * 60_000,
    "a long tuple": "x = " + "1," * 110_000,
    "a decimal of 100,000 digits": "x = " + "1" * 100_000,
    "deep blocks": "".join(" " * i + "if a:\n" for i in range(120)) + " " * 120 + "pass",
    "blocks in blocks": "with a" + ", a" * 10_000 + ": pass",
    "an f-string": 'x = f"{' * 200,
    "walrus": "(a := " * 180 + "1" + ")" * 180,
    "decorators": "@a\n" * 10_000 + "def f(): pass",
}


@pytest.mark.parametrize("text", MONSTERS.values(), ids=MONSTERS.keys())
def test_a_monster_is_refused_or_read_in_seconds(submit, text):
    started = time.process_time()
    what = "code6.py: read"
    try:
        submit(text)
    except SubmissionError as error:
        what = error.what
    assert what.startswith("code6.py:")
    assert len(what) < 300
    assert what.isprintable()
    assert time.process_time() - started < 5


@pytest.mark.parametrize("kind", ["open brackets", "a long sum", "a dotted import", "keywords", "lambdas", "signs"])
def test_a_monster_in_a_cell_is_told_with_its_cell(submit, kind):
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": "x = 1"}, {**cell, "source": "def f(): pass\n" + MONSTERS[kind]}]
    book = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    with pytest.raises(SubmissionError, match="cell 2 line"):
        submit(json.dumps(book), "code6.ipynb")


def test_a_large_hexadecimal_number_is_no_monster(submit):
    assert submit("x = 0x" + "f" * 100_000).main.source.startswith("x = 0xff")


def test_nesting_just_below_the_limit_is_read(submit):
    terms = " + 1" * 190
    main = submit(f"x = 1{terms}\nclass A:\n    def f(self):\n        return 1{terms}\n").main
    assert main.source == main.original


def test_a_rule_of_dots_in_a_comment_is_no_monster(submit):
    text = "# import " + "." * 400 + "\nx = 1"
    assert submit(text).main.source == text


def test_a_long_honest_file_is_read_quickly(submit):
    block = "class Net{0}(nn.Module):\n    def __init__(self):\n        super().__init__()\n" + "".join(
        f"        self.c{i} = nn.Conv2d({i} + 1, 8, kernel_size=(3, 3), padding=1)\n" for i in range(20)
    )
    text = "import torch.nn as nn\n" + "".join(block.format(i) for i in range(40))
    started = time.process_time()
    assert len(submit(text).classes) == 40
    assert time.process_time() - started < 3


def test_a_hundred_files_that_import_each_other_are_enough(folder):
    files = {f"m{i}.py": f"import m{i + 1}\n" for i in range(150)}
    with pytest.raises(SubmissionError, match="imports more than 100 files"):
        read(folder({**files, "code6.py": "import m0\n"}), "code6")


def test_a_chain_of_ninety_files_is_read(folder):
    files = {f"m{i}.py": f"import m{i + 1}\n" for i in range(90)} | {"m90.py": ""}
    handed_in = read(folder({**files, "code6.py": "import m0\n"}), "code6")
    assert [s.module for s in handed_in.siblings][:2] == ["m90", "m89"]


def test_control_characters_of_a_name_never_reach_a_message(submit):
    with pytest.raises(SubmissionError) as caught:
        submit("x = (\n", "co\x1b[31mde.py")
    assert caught.value.what.isprintable()
