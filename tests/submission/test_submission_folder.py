"""Folders and zips: which file is graded, and what it brings along."""

import json

import pytest

from dlgrade.errors import SubmissionError
from dlgrade.submission import choose_class, read

NET = "import torch.nn as nn\nclass Net(nn.Module):\n    def forward(self, x): return x\n"


# -- which file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "main"),
    [
        (["code6.py", "code5.py"], "code6.py"),
        (["code6.ipynb", "code5.py"], "code6.ipynb"),
        (["code6.py", "code6.ipynb"], "code6.py"),
        (["Code6.py", "model.py"], "Code6.py"),
        (["hw/code6.py", "hw/utils.py"], "hw/code6.py"),
        (["code6.py", "old/code6.py"], "code6.py"),
        (["smith_1234_code6-1.py", "code60.py"], "smith_1234_code6-1.py"),
        (["code6.py", "test_code6.py"], "code6.py"),
        (["my_code6.py", "test_code6.py"], "my_code6.py"),
        (["whatever.py"], "whatever.py"),
        (["whatever.ipynb", "test_it.py"], "whatever.ipynb"),
        (["code6.py", ".ipynb_checkpoints/code6.py", "__MACOSX/code6.py", "._code6.py"], "code6.py"),
    ],
)
def test_the_file_named_after_the_assignment_is_graded(folder, zipped, files, main):
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "x = 1"}
    book = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})
    texts = {name: book if name.endswith("ipynb") else "x = 1\n" for name in files}
    assert read(folder(texts), "code6").main.name == main
    assert read(zipped(texts), "code6").main.name == main


def test_without_that_name_the_file_with_the_most_networks_is_graded_and_said(folder, notes):
    files = {
        "main.py": "from model import Net\n",
        "model.py": NET,
        "utils.py": "def f(): pass\n",
        "bad.py": "x =",
    }
    handed_in = read(folder(files), "code6")
    assert handed_in.main.name == "model.py"
    assert "model.py: this file is graded: of all files it defines the most networks" in notes(handed_in)


def test_of_a_notebook_and_its_export_the_export_is_graded(folder, notes):
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": NET}
    book = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})
    handed_in = read(folder({"mine.py": NET, "mine.ipynb": book}), "code6")
    assert handed_in.main.name == "mine.py"
    assert "not looked at: mine.ipynb" in notes(handed_in)


@pytest.mark.parametrize(
    ("files", "listed"),
    [
        ({"a.py": NET, "b.py": NET, "c.py": ""}, r"a\.py and b\.py"),
        ({"a.py": "", "b.py": ""}, r"a\.py and b\.py"),
        ({"x/code6.py": "", "y/code6.py": ""}, r"x/code6\.py and y/code6\.py"),
    ],
)
def test_an_ambiguous_folder_lists_the_candidates(folder, files, listed):
    with pytest.raises(SubmissionError, match=rf"which file is to be graded\?\n  Name one of them: {listed}\."):
        read(folder(files), "code6")


def test_a_folder_without_source_says_so(folder):
    with pytest.raises(SubmissionError, match=r"holds no \.py and no \.ipynb file"):
        read(folder({"readme.txt": "hi", ".hidden.py": "x = 1", "venv/lib/a.py": "x = 1"}))


def test_a_folder_that_holds_one_zip_is_read_through_it(folder, zipped):
    archive = zipped({"hw/code6.py": NET})
    root = folder({"readme.txt": "see the zip"})
    archive.rename(root / "upload.ZIP")
    assert read(root, "code6").main.name == "hw/code6.py"


# -- siblings ----------------------------------------------------------------------------------------------


def test_imported_files_come_along_in_an_order_that_can_be_executed(folder, execute):
    files = {
        "code6.py": "from model import Net\nfrom tools import helper\nimport tools\n",
        "model.py": "from blocks import width\nclass Net:\n    width = width\n",
        "tools.py": "from blocks import width\ndef helper(): return width\n",
        "blocks.py": "width = 3\n",
        "unused.py": "x = = 1",
    }
    handed_in = read(folder(files), "code6")
    assert [s.module for s in handed_in.siblings] == ["blocks", "model", "tools"]
    assert execute(handed_in).Net.width == 3


def test_a_package_and_its_submodules_come_along(folder, execute):
    files = {
        "code6.py": "from models.net import Net\nfrom layers import conv\n",
        "models/__init__.py": "from .net import Net\n",
        "models/net.py": "from .parts.block import size\nfrom . import extra\nclass Net:\n    n = size + extra.more\n",
        "models/extra.py": "more = 1\n",
        "models/parts/block.py": "size = 3\n",
        "layers/conv.py": "k = 3\n",
    }
    handed_in = read(folder(files), "code6")
    assert {s.module: s.name for s in handed_in.siblings} == {
        "models": "models/__init__.py",
        "models.net": "models/net.py",
        "models.extra": "models/extra.py",
        "models.parts": "models/parts/__init__.py",
        "models.parts.block": "models/parts/block.py",
        "layers": "layers/__init__.py",
        "layers.conv": "layers/conv.py",
    }
    net = next(s for s in handed_in.siblings if s.module == "models.net")
    assert net.source.startswith("from models.parts.block import size\nfrom models import extra\n")


def test_a_relative_import_beside_the_main_file_is_mended(folder, execute, notes):
    handed_in = read(
        folder({"code6.py": "from .model import width\nfrom . import model\n", "model.py": "width = 3\n"}),
        "code6",
    )
    assert execute(handed_in).width == 3
    assert "code6.py:1: a relative import works only inside a package" in notes(handed_in)


def test_files_that_import_each_other_do_not_go_round_for_ever(folder):
    handed_in = read(
        folder({"code6.py": "import a\n", "a.py": "import b\n", "b.py": "import a\nimport code6\n"}), "code6"
    )
    assert [s.module for s in handed_in.siblings] == ["b", "a"]


def test_imports_are_found_beside_the_main_file_and_at_the_top(zipped):
    files = {"hw/code6.py": "import near\nimport far\nfrom hw import near\n", "hw/near.py": "", "far.py": ""}
    handed_in = read(zipped(files), "code6")
    assert {s.module for s in handed_in.siblings} == {"near", "far", "hw", "hw.near"}


def test_a_sibling_is_cleaned_like_the_main_file(folder, execute):
    files = {
        "code6.py": "from model import size\n",
        "model.py": "print('training')\nsize = 3\nraise SystemExit\n",
    }
    handed_in = read(folder(files), "code6")
    assert execute(handed_in).size == 3
    assert any(note.where == "model.py:1" for note in handed_in.notes)


def test_a_sibling_that_cannot_be_read_is_named(folder):
    with pytest.raises(SubmissionError, match=r"^model\.py:1: "):
        read(folder({"code6.py": "import model\n", "model.py": "x = = 1\n"}), "code6")


def test_a_sibling_never_takes_the_place_of_a_real_module(folder, notes):
    handed_in = read(folder({"code6.py": "import random\nimport torch\n", "random.py": "x = 1\n"}), "code6")
    assert handed_in.siblings == ()
    assert "random.py: has the name of a module of Python or torch" in notes(handed_in)


def test_a_stand_in_never_takes_the_place_of_a_sibling(folder):
    handed_in = read(folder({"code6.py": "import tools\nimport tools.missing\n", "tools.py": "x = 1\n"}), "code6")
    assert handed_in.stand_ins == ()
    handed_in = read(folder({"code6.py": "import tqdm\n", "tqdm.py": "def tqdm(x): return x\n"}, "b"), "code6")
    assert ([s.module for s in handed_in.siblings], handed_in.stand_ins) == (["tqdm"], ())


def test_a_sibling_changes_the_hash_and_an_unused_file_does_not(folder):
    files = {"code6.py": "import model\n", "model.py": "x = 1\n"}
    first = read(folder(files, "a"), "code6").sha256
    assert first == read(folder({**files, "notes.py": "y = 1\n"}, "b"), "code6").sha256
    assert first != read(folder({**files, "model.py": "x = 2\n"}, "c"), "code6").sha256


def test_a_single_file_does_not_reach_for_its_neighbours_unless_allowed(folder, notes):
    path = folder({"alice.py": "from bob import Net\n", "bob.py": NET}) / "alice.py"
    assert read(path).siblings == ()
    assert "alice.py:1: imports bob, which is neither installed" in notes(read(path))
    assert [s.module for s in read(path, beside=True).siblings] == ["bob"]


# -- classes of siblings -----------------------------------------------------------------------------------


def test_a_class_imported_from_a_sibling_can_be_graded(folder):
    handed_in = read(folder({"code6.py": "from model import Net\n", "model.py": NET}), "code6")
    chosen = choose_class(handed_in, "Net")
    assert (chosen.module, chosen.where) == ("model", "model.py:2")


def test_only_what_the_main_file_imports_is_a_candidate(folder):
    nets = "import torch.nn as nn\n" + "".join(f"class Net{i}(nn.Module): pass\n" for i in range(1, 4))
    handed_in = read(folder({"code6.py": "from model import Net2\n", "model.py": nets}), "code6")
    assert choose_class(handed_in, "Net").name == "Net2"
    handed_in = read(folder({"code6.py": "from model import Net3 as Net\n", "model.py": nets}, "b"), "code6")
    assert choose_class(handed_in, "Net").alias_of == "Net3"
    handed_in = read(folder({"code6.py": "import model\n", "model.py": nets}, "c"), "code6")
    with pytest.raises(SubmissionError, match=r"Net1 \(model\.py:2\), Net2 \(model\.py:3\)"):
        choose_class(handed_in, "Net")


def test_a_class_that_a_package_passes_on_is_found(folder):
    files = {
        "models/__init__.py": "from .net import *\nfrom .other import Other as Best\n",
        "models/net.py": NET,
        "models/other.py": NET.replace("Net", "Other"),
    }
    handed_in = read(folder({**files, "code6.py": "from models import Best\n"}), "code6")
    assert choose_class(handed_in, "Net").where == "models/other.py:2"
    handed_in = read(folder({**files, "code6.py": "from models import Net\n"}, "c"), "code6")
    assert choose_class(handed_in, "Net").where == "models/net.py:2"
    handed_in = read(folder({**files, "code6.py": "import models\n"}, "b"), "code6")
    assert choose_class(handed_in, "Other").module == "models.other"


def test_a_network_may_inherit_from_a_siblings_class(folder):
    files = {
        "code6.py": "from base import Base\nclass Mine(Base): pass\n",
        "base.py": "import torch.nn as nn\nclass Base(nn.Module): pass\n",
    }
    assert choose_class(read(folder(files), "code6"), "Net").name == "Mine"


def test_a_block_from_a_sibling_is_no_candidate(folder):
    files = {
        "code6.py": "import torch.nn as nn\nfrom blocks import Block\nclass Mine(nn.Module):\n"
        "    def __init__(self):\n        self.b = Block()\n",
        "blocks.py": "import torch.nn as nn\nclass Block(nn.Module): pass\n",
    }
    assert choose_class(read(folder(files), "code6"), "Net").name == "Mine"


# -- links -------------------------------------------------------------------------------------------------


def test_a_link_that_leads_out_of_the_folder_is_refused(folder, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text("key = 1\n")
    root = folder({"code6.py": "import other\n"})
    (root / "other.py").symlink_to(secret)
    with pytest.raises(SubmissionError, match=r"other\.py: this is a link that leads out of the folder"):
        read(root, "code6")


def test_a_link_inside_the_folder_is_followed(folder):
    root = folder({"src/net.py": "x = 1\n"})
    (root / "code6.py").symlink_to(root / "src" / "net.py")
    assert read(root, "code6").main.source == "x = 1\n"


def test_linked_folders_and_circles_are_not_entered(folder, tmp_path):
    root = folder({"code6.py": "x = 1\n"})
    (root / "round").symlink_to(root)
    (root / "out").symlink_to(tmp_path)
    (root / "self.py").symlink_to(root / "self.py")
    with pytest.raises(SubmissionError, match=r"self\.py: this is a link"):
        read(root, "code6")
    (root / "self.py").unlink()
    assert read(root, "code6").main.name == "code6.py"


def test_a_neighbour_outside_the_folder_is_not_reached_by_a_link(folder, tmp_path):
    root = folder({"code6.py": "import other\n"})
    (tmp_path / "other.py").write_text("x = 1\n")
    (root / "other.py").symlink_to(tmp_path / "other.py")
    with pytest.raises(SubmissionError, match="leads out of the folder"):
        read(root / "code6.py", beside=True)
