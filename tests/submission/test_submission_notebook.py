"""Notebooks: cells, commands, both formats, and what a broken one says."""

import ast
import json

import pytest

from dlgrade.errors import SubmissionError

NET = """
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)
"""


def source_of(handed_in):
    return [line for line in handed_in.main.source.split("\n") if line and not line.startswith("# %%")]


def test_definitions_from_several_cells_become_one_module(notebook, execute):
    handed_in = notebook("!pip install torchsummary", NET, "model = Net()", "def width():\n    return 2")
    module = execute(handed_in)
    assert module.Net().fc.out_features == module.width() == 2
    assert not hasattr(module, "model")


def test_a_line_is_named_by_cell_and_line(notebook):
    handed_in = notebook("x = 1\ny = 2", NET, "z = 3")
    main = handed_in.main
    assert main.name == "code6.ipynb"
    assert handed_in.classes[0].where == "code6.ipynb cell 2 line 3"
    z = main.original.split("\n").index("z = 3") + 1
    assert main.where(z) == "code6.ipynb cell 3 line 1"
    assert main.cells == ((2, 1), (5, 2), (12, 3))


def test_the_joined_text_shows_which_cell_a_line_is_from(notebook):
    assert notebook("x = 1", "y = 2").main.original == "# %% cell 1\nx = 1\n# %% cell 2\ny = 2"


def test_the_note_on_what_is_not_run_names_cells(notebook, notes):
    told = notes(notebook(NET, "print(1)\nprint(2)", "print(3)"))
    assert "code6.ipynb cell 2 line 1: 3 statements at module level are not run (until cell 3 line 1)" in told


@pytest.mark.parametrize(
    "command",
    [
        "%matplotlib inline",
        "!pip install torchsummary",
        "?help",
        "??Net",
        "Net?",
        "nn.Conv2d??",
        "files = !ls",
        "a, b = !ls",
        "x = %time f()",
        "%time x = f()",
        "!wget a \\\n  b \\\n  c",
        "%timeit -n 10 f(x for x in y)",
        "!echo 'unclosed",
    ],
)
def test_a_command_is_taken_out_and_the_next_line_keeps_its_number(notebook, command):
    handed_in = notebook(f"{command}\nx = 1")
    assert handed_in.main.source.split("\n")[-1] == "x = 1"
    assert handed_in.main.source.count("\n") == handed_in.main.original.count("\n")


def test_a_command_as_the_only_statement_of_a_block_leaves_pass(notebook, execute):
    handed_in = notebook("def f():\n    if True:\n        !nvidia-smi\n    return 1", "def g():\n\t%pwd")
    assert execute(handed_in).f() == 1
    assert execute(handed_in).g() is None


@pytest.mark.parametrize(
    "text",
    [
        's = """\n%matplotlib inline\n!ls\nx?\n"""',
        "x = (7\n     % 5)",
        "x = 7 \\\n  % 5",
        "x = [\n    '''\n]\n%''',\n]",
        "x = '%d' % 5  # ( not open",
        's = \'it\\\'s (\'\nt = """a"b"""',
    ],
)
def test_what_only_looks_like_a_command_is_left_alone(notebook, text):
    assert notebook(text).main.source == f"# %% cell 1\n{text}"


def test_commands_after_a_long_text_are_still_seen(notebook):
    assert source_of(notebook('s = """(\n"""\n%pwd\nx = 1')) == ['s = """(', '"""', "pass", "x = 1"]


@pytest.mark.parametrize("command", ["%%time", "%%capture out", "%%timeit -n 1", "\n%%time"])
def test_a_command_around_a_python_cell_is_taken_off(notebook, command):
    assert "class Net(nn.Module):" in source_of(notebook(f"{command}\n{NET.strip()}"))


@pytest.mark.parametrize("command", ["%%bash", "%%html", "%%javascript", "%%unheard_of", "%%sh -x", "%%python2"])
def test_a_cell_in_another_language_is_dropped(notebook, notes, command):
    handed_in = notebook(f"{command}\nfor f in *; do print $f; done", NET)
    assert handed_in.classes[0].where == "code6.ipynb cell 2 line 3"
    assert f"cell 1 ({command.split()[0]})" in notes(handed_in)


def test_an_unknown_command_above_a_definition_does_not_hide_it(notebook):
    assert notebook(f"%%my_own_magic\n{NET.strip()}").classes[0].name == "Net"


def test_a_written_file_becomes_a_sibling(notebook, execute):
    handed_in = notebook(f"%%writefile model.py\n{NET.strip()}", "from model import Net")
    assert [s.module for s in handed_in.siblings] == ["model"]
    assert execute(handed_in).Net().fc.in_features == 4


def test_appending_to_a_written_file_appends(notebook, execute):
    handed_in = notebook("%%writefile m.py\na = 1", "%%writefile -a m.py\nb = 2", "import m")
    assert execute(handed_in).m.b == 2


@pytest.mark.parametrize("name", ["../m.py", "/tmp/m.py", "m.txt", "", "m.py/../n.py"])
def test_a_written_file_cannot_leave_the_notebook(notebook, name):
    assert notebook(f"%%writefile {name}\na = 1", "x = 1\nimport m").siblings == ()


def test_a_cell_that_is_indented_as_a_whole_is_read_as_jupyter_reads_it(submit, execute):
    cell = {"cell_type": "code", "source": "    y = 2\n\n    %pwd\n    z = 3", "metadata": {}, "outputs": []}
    book = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    assert execute(submit(json.dumps(book), "a.ipynb")).z == 3


def test_an_unreadable_cell_without_definitions_is_dropped_with_a_note(notebook, notes):
    handed_in = notebook("print 'python 2'", NET)
    assert handed_in.classes[0].name == "Net"
    assert "cannot be read as Python and defines nothing, so it was left out: cell 1" in notes(handed_in)


def test_an_unreadable_cell_with_a_definition_is_an_error_with_cell_and_line(notebook):
    with pytest.raises(SubmissionError, match=r"code6\.ipynb cell 2 line 2: '\(' was never closed: x = \(1"):
        notebook(NET, "def f():\n    x = (1\n")


def test_an_unreadable_cell_is_an_error_where_nothing_else_defines_anything(notebook):
    with pytest.raises(SubmissionError, match="cell 1 line 1"):
        notebook("x = = 1", "y = 2")


def test_future_imports_of_later_cells_are_moved_to_the_first_line(notebook, execute):
    handed_in = notebook("import math", "from __future__ import annotations\ndef f(a: Unknown): return a")
    assert handed_in.main.source.startswith("from __future__ import annotations\nimport math")
    assert execute(handed_in).f(1) == 1


def test_outputs_texts_and_metadata_do_not_change_the_hash(submit):
    def book(**more):
        code = {"cell_type": "code", "source": ["x = 1\n", "y = 2"], "metadata": {}, "outputs": [], **more}
        text = {"cell_type": "markdown", "source": str(more), "metadata": {}}
        return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": more, "cells": [text, code]})

    first = submit(book(execution_count=None), "a.ipynb")
    second = submit(
        book(execution_count=7, outputs=[{"output_type": "stream", "name": "stdout", "text": "hi"}]),
        "b.ipynb",
    )
    assert first.sha256 == second.sha256
    assert first.main.cells == ((2, 1),)


def test_format_3_is_read(submit, execute):
    cells = [{"cell_type": "code", "input": ["x = 1\n", "y = 2"], "outputs": [], "language": "python"}]
    book = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    assert execute(submit(json.dumps(book), "old.ipynb")).y == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("{", "not JSON from line 1 on"),
        ('{\n"cells": [\n', "not JSON from line 3 on"),
        ("[]", "its cells are not as they should be"),
        ("null", "its cells are not as they should be"),
        ('{"a": 1}', "its cells are not as they should be"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": 5}', "its cells are not as they"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [5]}', "its cells are not as they"),
        ('{"nbformat": 99, "nbformat_minor": 4, "metadata": {}, "cells": []}', "not a notebook|no code cell"),
        ('{"nbformat": "x", "metadata": {}, "cells": []}', "its cells are not as they"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}', "no code cell"),
        ("[" * 200_000, "not a notebook"),
        ("import torch", "not a notebook"),
    ],
)  # fmt: skip
def test_a_broken_notebook_is_one_sentence(submit, text, says):
    with pytest.raises(SubmissionError, match=says) as caught:
        submit(text, "broken.ipynb")
    assert "\n" not in caught.value.what
    assert caught.value.what.startswith("broken.ipynb: ")


def test_python_that_is_called_a_notebook_is_told_so(submit):
    with pytest.raises(SubmissionError, match=r"give it the ending \.py"):
        submit("import torch\n", "code6.ipynb")


def test_a_notebook_that_is_called_python_is_told_so(submit):
    with pytest.raises(SubmissionError, match=r"ending \.ipynb"):
        submit('{"cells": [], "metadata": {}}', "code6.py")


@pytest.mark.parametrize("metadata", [{"kernelspec": {"language": "R", "name": "ir", "display_name": "R"}}])
def test_a_notebook_in_another_language_is_refused(notebook, metadata):
    with pytest.raises(SubmissionError, match="written in R, not in Python"):
        notebook("x <- 1", metadata=metadata)


def test_commands_left_in_a_py_file_are_taken_out_with_a_note(submit, execute, notes):
    handed_in = submit("!pip install x\nx = 1\n")
    assert execute(handed_in).x == 1
    assert "1 notebook command" in notes(handed_in)


def test_line_ends_inside_cells_are_counted_as_the_student_sees_them(notebook):
    handed_in = notebook("x = 1\r\ny = 2\rz = 3")
    assert handed_in.main.original.split("\n") == ["# %% cell 1", "x = 1", "y = 2", "z = 3"]


def test_what_is_left_of_a_notebook_is_python(notebook):
    handed_in = notebook("%%time\n%pwd", "%%bash\nls", "print 'x'", NET, "x = !ls\nx[0]")
    assert ast.parse(handed_in.main.source)
    assert handed_in.main.source.count("\n") == handed_in.main.original.count("\n")
