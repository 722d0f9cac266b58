"""Which classes are found, which of them look like networks, and which one is graded."""

import pytest

from dlgrade.errors import SubmissionError
from dlgrade.submission import choose_class

HEAD = "import torch\nimport torch.nn as nn\nfrom torch.nn import Module\n"


def network(name, base="nn.Module", body="    def forward(self, x): return x"):
    return f"class {name}({base}):\n{body}\n"


def found(handed_in):
    return {c.name: c for c in handed_in.classes}


@pytest.mark.parametrize(
    ("head", "base"),
    [
        ("import torch.nn as nn", "nn.Module"),
        ("import torch", "torch.nn.Module"),
        ("from torch.nn import Module", "Module"),
        ("from torch.nn import Module as M", "M"),
        ("import torch.nn as layers", "layers.Sequential"),
        ("import lightning as pl", "pl.LightningModule"),
        ("", "nn.Module"),
    ],
)
def test_what_inherits_from_torchs_modules_is_a_network(submit, head, base):
    net = found(submit(f"{head}\nclass Net({base}):\n    size = 3\n"))["Net"]
    assert net.looks_like_network
    assert (net.line, net.bases, net.module, net.where) == (2, (base,), "code6", "code6.py:2")


def test_inheriting_through_another_class_of_the_file_counts(submit):
    text = HEAD + "class Base(nn.Module): pass\n" + network("Net", "Base")
    classes = found(submit(text))
    assert classes["Net"].looks_like_network
    assert not classes["Base"].looks_like_network  # nothing in it that could be graded


def test_a_class_with_forward_is_a_network_whatever_it_inherits(submit):
    assert found(submit("import mylib\n" + network("Net", "mylib.Thing")))["Net"].looks_like_network


@pytest.mark.parametrize(
    ("base", "body"),
    [
        ("torch.utils.data.Dataset", "    def __getitem__(self, i): return i"),
        ("object", "    lr = 0.1"),
        ("torch.autograd.Function", "    @staticmethod\n    def forward(ctx, x): return x"),
        ("Exception", "    pass"),
    ],
)
def test_other_classes_are_no_networks(submit, base, body):
    assert not found(submit(HEAD + network("Thing", base, body)))["Thing"].looks_like_network


# -- choosing ----------------------------------------------------------------------------------------------


def test_the_name_asked_for_wins(submit):
    handed_in = submit(HEAD + network("Net") + network("Other"))
    assert choose_class(handed_in, "Net").name == "Net"


def test_other_capitals_will_do(submit):
    handed_in = submit(HEAD + network("net") + network("Other"))
    assert choose_class(handed_in, "Net").name == "net"


def test_the_only_network_is_taken_whatever_its_name(submit):
    handed_in = submit(HEAD + network("MnistModel") + "class Config:\n    lr = 0.1\n")
    assert choose_class(handed_in, "Net").name == "MnistModel"


def test_building_blocks_are_no_candidates(submit):
    block_user = "    def __init__(self):\n        self.b = Block()\n    def forward(self, x): return x"
    handed_in = submit(HEAD + network("Block") + network("MyNet", body=block_user))
    assert found(handed_in)["Block"].part_of == "MyNet"
    assert choose_class(handed_in, "Net").name == "MyNet"


def test_a_block_that_is_handed_to_another_class_is_no_candidate(submit):
    text = HEAD + network("BasicBlock") + network("ResNet") + "def resnet18():\n    return ResNet(BasicBlock, [2, 2])\n"
    handed_in = submit(text)
    assert choose_class(handed_in, "Net").name == "ResNet"


def test_naming_itself_or_its_base_makes_no_part(submit):
    again = "    def forward(self, x): return super(Mine, self).forward(x) if isinstance(x, Mine) else Mine()"
    handed_in = submit(HEAD + network("Mine", body=again))
    assert found(handed_in)["Mine"].part_of == ""


def test_a_block_is_graded_when_it_is_the_only_network(submit):
    text = HEAD + network("Block") + "class Holder:\n    def make(self): return Block()\n"
    assert choose_class(submit(text), "Net").name == "Block"


def test_several_candidates_are_listed_with_their_lines(submit):
    handed_in = submit(HEAD + network("Net1") + network("Net2") + network("Net3"))
    with pytest.raises(SubmissionError) as caught:
        choose_class(handed_in, "Net")
    assert caught.value.what == "code6.py: 3 networks and none is called Net; which one is to be graded?"
    assert caught.value.mend == "--class NAME, one of: Net1 (line 4), Net2 (line 6) and Net3 (line 8)"


def test_candidates_of_a_notebook_are_listed_with_their_cells(notebook):
    handed_in = notebook(HEAD, network("Net1"), network("Net2"))
    with pytest.raises(SubmissionError, match=r"Net1 \(cell 2 line 1\) and Net2 \(cell 3 line 1\)"):
        choose_class(handed_in, "Net")


def test_the_users_choice_wins(submit):
    handed_in = submit(HEAD + network("Net") + network("Other"))
    assert choose_class(handed_in, "Net", "Other").name == "Other"


def test_a_choice_that_does_not_exist_is_not_guessed(submit):
    handed_in = submit(HEAD + network("Network"))
    with pytest.raises(SubmissionError, match=r"there is no class Netwrk\n  Did you mean Network\?"):
        choose_class(handed_in, "Net", "Netwrk")


def test_no_network_at_all_says_what_to_write(submit):
    with pytest.raises(SubmissionError, match=r"no network is defined here\n  Write class Net\(nn\.Module\)\."):
        choose_class(submit("def f(): pass\n"), "Net")


def test_a_second_name_given_in_the_file_is_a_choice(submit, execute):
    handed_in = submit(HEAD + network("Net1") + network("Net2") + "Net = Net2\n")
    chosen = choose_class(handed_in, "Net")
    assert (chosen.name, chosen.alias_of, chosen.line) == ("Net", "Net2", 8)
    assert getattr(execute(handed_in), chosen.name).__name__ == "Net2"


def test_the_last_of_two_classes_of_one_name_is_the_one(submit, notes):
    handed_in = submit(HEAD + network("Net") + network("Net"))
    assert choose_class(handed_in, "Net").line == 6
    assert "code6.py:6: Net is defined a second time, first at code6.py:4" in notes(handed_in)


def test_a_class_that_cannot_be_built_says_why(submit, notes):
    handed_in = submit(HEAD + network("Net", "Missing") + network("Other"))
    with pytest.raises(SubmissionError) as caught:
        choose_class(handed_in, "Net")
    told = "code6.py:4: class Net cannot be built: it needs Missing, which this file never defines"
    assert caught.value.what == told
    assert "code6.py:4: class Net was left out" in notes(handed_in)
    assert handed_in.undefined == (("Missing", 4),)


def test_a_broken_class_does_not_take_the_others_with_it(submit, execute):
    handed_in = submit(HEAD + network("Broken", "Missing") + network("Net"))
    assert choose_class(handed_in, "Net").name == "Net"
    assert execute(handed_in).Net()


def test_a_base_that_is_defined_further_down_is_named_as_such(notebook):
    handed_in = notebook(HEAD, network("Net", "Base"), network("Base"))
    with pytest.raises(SubmissionError, match="needs Base, which is defined only further down"):
        choose_class(handed_in, "Net")


def test_classes_in_a_choice_between_versions_are_found(submit):
    text = HEAD + "try:\n    import fast\n    x = 1\nexcept ImportError:\n    class Net(nn.Module): pass\n"
    assert found(submit(text))["Net"].looks_like_network
    text = HEAD + "if torch.cuda.is_available():\n    class Net(nn.Module): pass\nelse:\n    Net = None\n"
    assert found(submit(text))["Net"].line == 5
