"""What is kept of a .py file, what is dropped, and what the student is told."""

import textwrap

import pytest

from dlgrade.errors import SubmissionError

SCRIPT = """\
from __future__ import print_function
import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import datasets, transforms

dropout_value = 0.1
use_cuda = torch.cuda.is_available()
device = torch.device("cuda" if use_cuda else "cpu")
print("using", device)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv = nn.Conv2d(1, 10, 3)
        self.drop = nn.Dropout(dropout_value)

    def forward(self, x):
        x = self.drop(F.relu(self.conv(x)))
        return F.log_softmax(x.mean((2, 3)), dim=1)


model = Net().to(device)
train_loader = torch.utils.data.DataLoader(
    datasets.MNIST("data", download=True),
    batch_size=128,
)
for epoch in range(20):
    for x, y in train_loader:
        model(x)

if __name__ == "__main__":
    raise SystemExit("trained")
"""


def lines_of(source):
    return [line for line in source.split("\n") if line.strip()]


def test_a_training_script_keeps_its_definitions_and_loses_its_run(submit, execute, notes):
    handed_in = submit(SCRIPT)
    module = execute(handed_in)
    assert module.dropout_value == 0.1
    assert sum(p.numel() for p in module.Net().parameters()) == 100
    assert not hasattr(module, "model")
    assert not hasattr(module, "train_loader")
    assert "code6.py:10: 5 statements at module level are not run: lines 10-34" in notes(handed_in)


def test_every_line_keeps_its_number(submit):
    main = submit(SCRIPT).main
    before, after = main.original.split("\n"), main.source.split("\n")
    assert len(before) == len(after)
    assert all(now in ("", was) for was, now in zip(before, after, strict=True))


def test_a_clean_file_is_left_exactly_as_it_is(submit):
    text = '"""Doc."""\n\nimport math\n\nSIDE = 28  # pixels\n\n\ndef area():\n    return math.prod([SIDE, SIDE])\n'
    handed_in = submit(text)
    assert handed_in.main.source == handed_in.main.original == text
    assert handed_in.notes == ()


@pytest.mark.parametrize(
    "line",
    [
        "x = 5",
        "x: int = 5",
        "x, (y, *z) = 1, (2, 3)",
        "x = [1, (2, 3), {'a': -4.5e-3}, {5}, None, True, b'c', 'd' 'e']",
        "x = 2 ** 3 + 4 * (5 - 6) / 7 % 8",
        "x = 'a' if 1 < 2 and not 3 in (4,) else f'b{1}'",
        "x = y = 0",
        "x = dict(lr=0.1, sizes=list(range(3)))",
        "x = 'plane car bird'.split()",
        "x = [1, 2, 3][0:2]",
        "x = lambda a, b=2: a * b",
        "x = print",
    ],
)
def test_constants_and_simple_expressions_are_kept(submit, line):
    assert submit(line).main.source == line


@pytest.mark.parametrize(
    "line",
    [
        "print('hello')",
        "x = open('data')",
        "x = input()",
        "assert True",
        "while True: pass",
        "with open('a') as f: pass",
        "for i in range(3): pass",
        "del x",
        "raise ValueError",
        "x = (y := 5)",
        "x = __file__",
        "exec('y = 1')",
        "x = [print(i) for i in range(3)]",
        "await x",
        "import os; os.system('true')",
        "import os\nx = os.environ['HOME']",
        "import sys\nx = sys.argv[1]",
        "import os\nos.environ['A'] = 'b'",
        "import torch\ntorch.manual_seed(0)",
        "import torch\ntorch.backends.cudnn.deterministic = True",
    ],
)
def test_whatever_does_something_is_dropped(submit, line):
    left = [line for line in lines_of(submit(line).main.source) if not line.startswith("import")]
    assert left in ([], ["pass"])


def test_a_constant_that_needs_a_dropped_name_goes_with_it(submit):
    assert submit("data = load()\nn = data\nm = n\nk = 3").main.source == "\n\n\nk = 3"


@pytest.mark.parametrize(
    ("line", "used"),
    [
        ("act = nn.ReLU()", "act"),
        ("blocks = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())", "blocks"),
        ("weights = torch.ones(3).float()", "weights"),
        ("squares = [n * n for n in range(3)]", "squares"),
        ("Point = namedtuple('Point', 'x y')", "Point"),
        ("augment = transforms.Compose([transforms.RandomRotation(7)])", "augment"),
        ("mean = np.array([0.5])", "mean"),
        ("settings = Settings()", "settings"),
    ],
)
def test_what_a_definition_needs_is_built_if_building_has_no_effect(submit, execute, line, used):
    head = (
        "import torch\nimport numpy as np\nfrom torch import nn\nfrom collections import namedtuple\n"
        "from torchvision import transforms\nclass Settings:\n    lr = 0.1\n"
    )
    assert f"\n{line}\n" not in submit(f"{head}{line}\nx = 1").main.source
    handed_in = submit(f"{head}{line}\ndef read():\n    return {used}\n")
    assert f"\n{line}\n" in handed_in.main.source
    assert execute(handed_in).read() is not None


@pytest.mark.parametrize(
    "value",
    [
        "torch.load('weights.pt')",
        "torch.hub.load('a', 'b')",
        "torch.utils.data.DataLoader([1])",
        "np.load('data.npy')",
        "Trainer()",
        "torch.ones(3).to(open('a'))",
        "nn.Sequential(open('a'))",
        "model.parameters()",
    ],
)
def test_what_reads_files_or_runs_the_students_code_is_not_built(submit, value):
    head = "import torch\nimport numpy as np\nfrom torch import nn\nclass Trainer:\n    def __init__(self): 1/0\n"
    text = f"{head}x = {value}\ndef f():\n    return x\n"
    handed_in = submit(text)
    assert "x =" not in handed_in.main.source
    assert handed_in.undefined == (("x", 8),)


def test_needed_names_are_followed_through_other_names(submit):
    source = submit("import torch\na = torch.ones(2)\nb = a\nc = [b]\ndef f():\n    return c\n").main.source
    assert "a = torch.ones(2)" in source


def test_an_alias_of_a_class_or_module_is_kept(submit):
    text = "import torch.nn as nn\nF = nn.functional\nclass Net(nn.Module): pass\nNet2 = Net\n"
    assert submit(text).main.source == text


def test_partial_of_a_known_name_is_kept(submit):
    text = "from functools import partial\nfrom torch import nn\nConv = partial(nn.Conv2d, bias=False)\n"
    assert submit(text).main.source == text


def test_attributes_and_items_of_the_files_own_objects_are_kept(submit, execute):
    text = "sizes = {}\nsizes['a'] = 3\nclass Net: pass\ndef go(self): return sizes\nNet.forward = go\n"
    assert execute(submit(text)).Net().forward() == {"a": 3}


def test_a_choice_between_imports_is_kept_as_a_whole(submit, execute):
    text = "import sys\nif sys.version_info > (3,):\n    LIMIT = 1\nelse:\n    LIMIT = 2\n"
    assert execute(submit(text)).LIMIT == 1


def test_type_checking_imports_are_kept_and_not_executed(submit, execute):
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nothing_like_this\nx = 1\n"
    handed_in = submit(text)
    assert "nothing_like_this" in handed_in.main.source
    assert execute(handed_in).x == 1


def test_a_guarded_import_keeps_its_plan_b(submit, execute):
    text = """\
    try:
        import no_such_module_here as fast
        HAVE = True
    except ImportError:
        fast = None
        HAVE = False
    """
    handed_in = submit(text)
    assert handed_in.stand_ins == ()
    assert execute(handed_in).HAVE is False


def test_what_runs_inside_a_try_around_imports_is_dropped_alone(submit, execute):
    text = """\
    try:
        import math
        print("found")
    except ImportError:
        import os
        os.system("pip install math")
    """
    handed_in = submit(text)
    assert "print" not in handed_in.main.source
    assert "os.system" not in handed_in.main.source
    assert execute(handed_in).math.pi > 3


def test_a_try_around_the_training_is_dropped_whole(submit):
    assert submit("try:\n    train()\nexcept KeyboardInterrupt:\n    pass\nx = 1").main.source == "\n\n\n\nx = 1"


def test_statements_that_share_a_line_are_told_apart(submit):
    assert submit("print(1); x = 2; print(3)").main.source == "pass; x = 2; pass"


def test_a_dropped_statement_of_several_lines_before_another_on_its_last_line(submit, execute):
    handed_in = submit("print(1,\n      2); x = 3\ny = 4\n")
    assert execute(handed_in).x == 3
    assert handed_in.main.source.count("\n") == 3


def test_decorators_and_defaults_stay(submit, execute):
    text = "import functools\nN = 3\n@functools.lru_cache(maxsize=N)\ndef f(a=N): return a\n"
    assert execute(submit(text)).f() == 3


def test_a_function_whose_default_was_set_by_the_run_is_left_out_and_said(submit, execute, notes):
    handed_in = submit("loader = load()\ndef train(data=loader): pass\ndef size(): return 3\n")
    assert execute(handed_in).size() == 3
    assert "code6.py:2: function train was left out: it needs loader, which is set by a statement" in notes(handed_in)


def test_the_last_of_two_definitions_wins_and_both_lines_are_named(submit, notes):
    handed_in = submit("def f(): return 1\n\ndef f(): return 2\n")
    assert "code6.py:3: f is defined a second time, first at code6.py:1; the last one counts" in notes(handed_in)


# -- identity ----------------------------------------------------------------------------------------------


def test_renaming_the_outer_file_does_not_change_the_hash(submit):
    assert submit("x = 1\n", "alice_code6.py").sha256 == submit("x = 1\n", "code6.py").sha256


def test_line_ends_do_not_change_the_hash_but_code_does(submit):
    assert submit(b"x = 1\r\ny = 2\r\n").sha256 == submit(b"x = 1\ny = 2\n").sha256
    assert submit(b"x = 1\n").sha256 != submit(b"x = 2\n").sha256


@pytest.mark.parametrize(
    ("name", "module"),
    [("code6.py", "code6"), ("my net-2.py", "my_net_2"), ("6.py", "_6"), ("torch.py", "torch_submission"),
     ("types.py", "types_submission"), ("class.py", "class_submission")],
)  # fmt: skip
def test_the_module_name_is_importable_and_hides_nothing(submit, name, module):
    assert submit("x = 1", name).main.module == module


def test_reading_needs_no_torch_and_runs_nothing(in_process, tmp_path):
    path = tmp_path / "code6.py"
    path.write_text(textwrap.dedent(SCRIPT) + "\nopen('ran', 'w')\n")
    assert (
        in_process(f"""
        import sys
        from pathlib import Path
        from dlgrade import submission
        heavy = {{"torch", "numpy", "nbformat", "torchvision"}}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        submission.read(Path({str(path)!r}))
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        print(Path("ran").exists())
        """)
        == "False"
    )


def test_code_that_python_refuses_only_when_compiling_is_an_error_with_its_line(submit):
    with pytest.raises(SubmissionError, match=r"code6\.py:2: 'break' outside loop: break"):
        submit("def f():\n    break\n")


def test_the_same_fault_in_code_that_is_dropped_does_not_matter(submit):
    assert submit("for i in []:\n    pass\nelse:\n    await x\nx = 1\n").main.source.strip() == "x = 1"
