"""Forgotten imports, names that nothing sets, and faults in definitions: supplied, mended or noted."""

import pytest


def test_forgotten_imports_are_supplied_without_moving_a_line(submit, execute, notes):
    text = "class Net(nn.Module):\n    def forward(self, x):\n        return F.relu(x) * math.pi\n"
    handed_in = submit(text)
    assert handed_in.main.source == text
    assert handed_in.main.prelude.split("\n") == [
        "import torch.nn as nn",
        "import torch.nn.functional as F",
        "import math",
    ]
    assert execute(handed_in).Net()
    assert "code6.py: uses nn without importing it; 'import torch.nn as nn' was supplied" in notes(handed_in)


def test_a_name_that_the_file_sets_itself_is_not_supplied(submit):
    handed_in = submit("def F(x): return x\ndef g(x): return F(x)\ndef h(np): return np\n")
    assert handed_in.main.prelude == ""


def test_an_undefined_name_is_noted_with_its_first_line(submit, notes):
    handed_in = submit("def f():\n    return dropout_value\n\ndef g():\n    return dropout_value\n")
    assert handed_in.undefined == (("dropout_value", 2),)
    assert notes(handed_in) == "code6.py:2: uses dropout_value, which this file never defines"


def test_a_name_that_only_the_run_would_set_is_noted_differently(submit, notes):
    handed_in = submit("model = build()\ndef test():\n    return model\n")
    assert handed_in.undefined == (("model", 3),)
    assert "uses model, which is set by a statement that is not run here" in notes(handed_in)


@pytest.mark.parametrize(
    "body",
    [
        "a = 1\n    return a",
        "return [b for b in range(3) if b]",
        "def c(): return c\n    return c",
        "import os as d\n    return d",
        "try: pass\n    except Exception as e: return e",
        "with open('x') as (g, h): return g, h",
        "return (lambda i, *j, k=1, **m: (i, j, k, m))",
        "global n\n    n = 1\n    return n",
        "for p, [q] in []: return p, q",
        "return __name__, __file__, __doc__, len",
        "class R:\n        s = 1\n        t = s\n    return R",
        "if (u := 3): return u",
        "match 1:\n        case [v, *w] | {'x': v, **w}: return v, w",
        "return {y: z for y, z in {}.items()}",
    ],
)
def test_local_names_are_not_taken_for_missing(submit, body):
    assert submit(f"def f():\n    {body}\n").undefined == ()


def test_a_class_attribute_is_not_visible_inside_its_methods(submit):
    assert submit("class A:\n    size = 3\n    def f(self): return size\n").undefined == (("size", 3),)


def test_after_a_star_import_no_name_is_called_missing(submit):
    handed_in = submit("from torch.nn import *\nclass Net(Module):\n    def forward(self, x): return whatever(x)\n")
    assert handed_in.undefined == ()
    assert handed_in.classes[0].broken == ""


# -- faults that are mended --------------------------------------------------------------------------------


def test_super_with_a_foreign_class_is_mended_on_its_line(submit, execute, notes):
    text = """\
    import torch.nn as nn
    class Net2(nn.Module):
        pass
    class Net(nn.Module):
        def __init__(self):
            super(Net2,
                  self).__init__()
            self.fc = nn.Linear(1, 2)
    """
    handed_in = submit(text)
    assert execute(handed_in).Net().fc.out_features == 2
    assert handed_in.main.source.split("\n")[7] == "        self.fc = nn.Linear(1, 2)"
    assert "code6.py:6: super(Net2, self) inside class Net: write super().__init__()" in notes(handed_in)


def test_super_with_a_name_that_does_not_exist_is_mended(submit, execute):
    text = "class A:\n    def __init__(self):\n        super(Old, self).__init__()\n"
    handed_in = submit(text)
    assert execute(handed_in).A()
    assert handed_in.undefined == ()


def test_super_in_a_function_inside_a_method_is_mended_so_that_it_works(submit, execute):
    text = """\
    class B:
        def f(self): return 1
    class Other: pass
    class A(B):
        def f(self):
            def inner(): return super(Other, self).f()
            return inner()
    """
    assert execute(submit(text)).A().f() == 1


@pytest.mark.parametrize("first", ["Net", "Base", "Same", "Module"])
def test_super_that_names_the_class_a_base_or_something_imported_is_left(submit, first):
    text = (
        "from torch.nn import Module\nclass Base(Module): pass\nclass Net(Base):\n    def __init__(self):\n"
        f"        super({first}, self).__init__()\nSame = Net\n"
    )
    assert submit(text).main.source == text


@pytest.mark.parametrize(
    "call", [".cuda()", ".to('cuda')", ".to('cuda:0')", ".to(device='cuda')", ".to(torch.device('cuda'))"]
)
def test_a_gpu_asked_for_by_name_is_noted_with_its_line(submit, notes, call):
    head = "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n"
    text = f"{head}        return x{call}\n"
    assert "code6.py:5: asks for a GPU by name" in notes(submit(text))


def test_verbose_for_a_scheduler_is_noted(submit, notes):
    text = """\
    from torch.optim.lr_scheduler import OneCycleLR
    def make_scheduler(opt, steps):
        return OneCycleLR(opt, 0.1, total_steps=steps, verbose=True)
    """
    assert "code6.py:3: OneCycleLR(verbose=...): torch refuses verbose for a scheduler" in notes(submit(text))


def test_a_future_import_stays_the_first_statement(submit, execute):
    text = "print('hi')\nfrom __future__ import annotations\ndef f(a: Unknown): return a\n"
    assert execute(submit(text)).f(1) == 1
