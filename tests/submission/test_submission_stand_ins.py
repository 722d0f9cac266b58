"""Modules that are not there: which are replaced, and how the replacement behaves."""

import textwrap

import pytest

# Run in a process of its own: it changes what can be imported.
HARMLESS = """
from dlgrade.submission import install_stand_ins
install_stand_ins(["tqdm", "matplotlib", "wandb", "torchsummary", "pandas", "google.colab", "IPython"])
"""


def test_modules_that_only_print_or_plot_are_listed_and_told_once(submit, notes):
    text = """\
    import torch
    from tqdm import tqdm
    from tqdm.notebook import trange
    import matplotlib.pyplot as plt
    from torchsummary import summary
    from torch.utils.tensorboard import SummaryWriter
    from google.colab import drive
    """
    handed_in = submit(text)
    assert handed_in.stand_ins == (
        "google.colab",
        "matplotlib",
        "torch.utils.tensorboard",
        "torchsummary",
        "tqdm",
    )
    assert notes(handed_in) == (
        "code6.py: google.colab, matplotlib, torch.utils.tensorboard, torchsummary and tqdm are not needed here: "
        "stand-ins that do nothing replace them"
    )


@pytest.mark.parametrize(
    "line",
    [
        "import torch, torchvision, numpy, PIL, math, os",
        "from torch.utils.data import DataLoader",
        "import typing_extensions",
        "import sympy",
        "from __future__ import annotations",
    ],
)
def test_what_is_installed_needs_no_stand_in(submit, line):
    assert submit(line).stand_ins == ()


def test_another_missing_module_is_told_with_its_line(submit, notes):
    handed_in = submit("import math\nfrom einops.layers.torch import Rearrange\n")
    assert handed_in.stand_ins == ("einops",)
    assert notes(handed_in) == (
        "code6.py:2: imports einops, which is neither installed where this is graded nor among the files handed "
        "in; using it will fail"
    )


def test_imports_inside_functions_are_found(submit):
    assert submit("def f():\n    import seaborn as sns\n    return sns\n").stand_ins == ("seaborn",)


def test_imports_in_dropped_code_are_not(submit):
    assert submit("if __name__ == '__main__':\n    import einops\n").stand_ins == ()


def test_an_import_with_a_plan_b_is_left_to_it(submit):
    text = "try:\n    from tqdm import tqdm\nexcept ImportError:\n    def tqdm(x): return x\n"
    assert submit(text).stand_ins == ()


def test_an_import_whose_plan_b_only_complains_is_replaced(submit):
    text = "try:\n    from tqdm import tqdm\nexcept ImportError:\n    print('install tqdm')\n"
    assert submit(text).stand_ins == ("tqdm",)


def test_progress_bars_pass_on_what_they_are_given(in_process):
    code = """
    import tqdm as module
    from tqdm import tqdm, trange, tqdm_notebook
    from tqdm.auto import tqdm as auto
    import tqdm.notebook
    bar = tqdm([1, 2, 3], desc="x", total=3)
    assert list(bar) == [1, 2, 3] and len(bar) == 3
    bar.set_description("y"); bar.set_postfix(loss=1); bar.update(1); bar.close(); tqdm.write("z")
    assert list(enumerate(auto(x for x in "ab"))) == [(0, "a"), (1, "b")]
    assert list(trange(3)) == [0, 1, 2] and list(module.tqdm([4])) == list(tqdm_notebook([4])) == [4]
    assert list(tqdm.notebook.tqdm(iterable=[5])) == [5]
    with tqdm(total=5) as bar:
        bar.update(1)
    with tqdm([7]) as bar:
        assert list(bar) == [7]
    print("fine")
    """
    assert in_process(HARMLESS + textwrap.dedent(code)) == "fine"


def test_everything_else_accepts_everything(in_process):
    code = """
    import matplotlib.pyplot as plt, pandas as pd, wandb, copy
    from matplotlib import cm
    import matplotlib
    from google.colab import drive, files
    from torchsummary import summary
    from IPython.display import display
    matplotlib.use("Agg"); matplotlib.rcParams["figure.figsize"] = (3, 4)
    fig, (axes) = plt.subplots(2, 5)
    axes[0][1].imshow([1]).set_title("a"); plt.style.use("x"); plt.gca().x = 3
    for _ in plt.plot([1], [2]).lines: raise SystemExit("nothing to iterate over")
    drive.mount("/content"); print(summary(None, (1, 28, 28)), end=""); display(pd.DataFrame({"a": [1]}))
    assert not wandb.run and float(wandb.x) == 0.0 and str(wandb.x) == "" and "a" not in wandb.config

    @wandb.watch_called
    def f(): return 3
    @wandb.sweep(3)
    class C: pass
    class D(wandb.Callback, dict): pass
    assert f() == 3 and C.__name__ == "C" and D(a=1)["a"] == 1
    assert not isinstance(3, wandb.Image)
    def g(frame: pd.DataFrame = None): return copy.deepcopy(plt.gcf()).x
    assert g() is not None
    with wandb.init() as run:
        run.log({"a": 1})
    print("fine")
    """
    assert in_process(HARMLESS + textwrap.dedent(code)) == "fine"


def test_asking_what_a_stand_in_can_do_gets_a_plain_answer(in_process):
    code = """
    import inspect, tqdm
    assert not hasattr(tqdm.tqdm, "__torch_function__") and not hasattr(tqdm, "__wrapped__")
    assert inspect.unwrap(tqdm.tqdm) is not None and repr(tqdm.tqdm) == "<stand-in for tqdm.tqdm>"
    print("fine")
    """
    assert in_process(HARMLESS + textwrap.dedent(code)) == "fine"


@pytest.mark.parametrize(
    "use",
    [
        "rearrange(1)", "einops.rearrange('a')", "list(rearrange)", "rearrange[0]", "rearrange + 1", "len(rearrange)",
        "Rearrange('b c h w')", "with_it()", "inherit()", "isinstance(1, rearrange)", "float(rearrange)",
    ],
)  # fmt: skip
def test_a_module_that_is_missed_for_real_fails_at_its_first_use_and_no_sooner(in_process, use):
    code = f"""
    from dlgrade.submission import install_stand_ins
    install_stand_ins(("einops",))
    import einops, copy
    from einops import rearrange
    from einops.layers.torch import Rearrange
    copy.copy(rearrange)
    def with_it():
        with rearrange: pass
    def inherit():
        class Mine(Rearrange): pass
    try:
        {use}
    except ImportError as error:
        print(error)
    """
    told = in_process(code)
    assert told.endswith("is used, but einops is neither installed here nor among the files handed in")


def test_a_stand_in_wins_over_an_installed_module_even_if_it_was_loaded(in_process):
    code = """
    import tqdm
    assert tqdm.__file__
    from dlgrade.submission import install_stand_ins
    install_stand_ins(["tqdm"])
    import tqdm
    print(repr(tqdm.tqdm))
    """
    assert in_process("import sys, types; m = types.ModuleType('tqdm'); m.__file__ = 'x'; sys.modules['tqdm'] = m\n"
                      + textwrap.dedent(code)) == "<stand-in for tqdm.tqdm>"  # fmt: skip


def test_only_the_named_part_of_a_package_is_replaced(in_process):
    code = """
    from dlgrade.submission import install_stand_ins
    install_stand_ins(["email.mime", "torch.utils.tensorboard"])
    import email.message
    assert email.message.__file__
    from torch.utils.data import Dataset
    from torch.utils.tensorboard import SummaryWriter
    SummaryWriter("runs").add_scalar("loss", 1.0, 0)
    print(Dataset.__module__)
    """
    assert in_process(code) == "torch.utils.data.dataset"


def test_no_names_change_nothing(in_process):
    code = "import sys; before = list(sys.meta_path); from dlgrade.submission import install_stand_ins; "
    assert in_process(code + "install_stand_ins(()); print(sys.meta_path == before)") == "True"
