"""What is in the real data sets, and that torchvision reads the same out of the same folders."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

from dlgrade import data
from dlgrade.data import _catalog

# Beside a torch without compiled torchvision operators, torchvision's import stops until their schemas are
# known; in a process of its own, so that nothing is registered twice.
TORCHVISION = """
import hashlib, json, sys, torch
try:
    import torchvision
except RuntimeError:
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    operators = torch.library.Library("torchvision", "DEF")
    operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from torchvision.datasets import MNIST, FashionMNIST
found = {}
for kind in (MNIST, FashionMNIST):
    for train in (True, False):
        files = kind(sys.argv[1], train=train, download=False)
        images = hashlib.sha256(files.data.numpy().tobytes()).hexdigest()
        found[f"{kind.__name__} {train}"] = [list(files.data.shape), images, files.targets.tolist()]
        if kind is FashionMNIST:
            found["names"] = files.classes
print(json.dumps(found))
"""


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_the_arrays_have_the_promised_shapes_and_types(request, name):
    loaded = request.getfixturevalue("mnist" if name == "mnist" else "fashion")
    assert (loaded.name, loaded.classes, len(loaded.labels)) == (name, 10, 10)
    for split, count in ((loaded.train, 60_000), (loaded.test, 10_000)):
        assert len(split) == count
        assert (split.images.shape, split.images.dtype) == ((count, 28, 28), np.uint8)
        assert (split.labels.shape, split.labels.dtype) == ((count,), np.int64)
        assert (split.labels.min(), split.labels.max()) == (0, 9)
        assert split.images.flags.writeable, "torch.from_numpy warns about arrays that are not"


def test_the_first_digits_are_the_known_ones(mnist):
    assert mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(mnist.train.labels).min() == 5421


@pytest.mark.usefixtures("mnist", "fashion")
def test_the_files_have_the_published_md5_sums_as_well():
    for entry in _catalog.CATALOG.values():
        for spec, state in zip(entry.files, data.verify(entry.name), strict=True):
            assert hashlib.md5(state.path.read_bytes()).hexdigest() == spec.md5, state.path


def test_torchvision_reads_the_same_from_the_same_folder(mnist, fashion):
    done = subprocess.run(
        [sys.executable, "-c", TORCHVISION, str(data.data_root())],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert tuple(found.pop("names")) == fashion.labels
    expected = {
        f"{kind} {train}": [
            list(split.images.shape),
            hashlib.sha256(split.images.tobytes()).hexdigest(),
            split.labels.tolist(),
        ]
        for kind, loaded in (("MNIST", mnist), ("FashionMNIST", fashion))
        for train, split in ((True, loaded.train), (False, loaded.test))
    }
    assert found == expected


def test_what_is_available_is_said_without_having_it(monkeypatch, tmp_path):
    monkeypatch.setenv("DLGRADE_DATA", str(tmp_path / "nothing"))
    digits, clothes = data.available()
    assert (digits.name, digits.title, digits.labels[7]) == ("mnist", "MNIST", "7")
    assert (clothes.name, clothes.title, clothes.labels[7]) == ("fashion-mnist", "Fashion-MNIST", "Sneaker")
    assert {(d.train_images, d.test_images, d.size) for d in data.available()} == {(60_000, 10_000, 54_950_048)}


def test_importing_the_module_imports_nothing_heavy():
    heavy = ("numpy", "torch", "urllib.request", "platformdirs", "rich", "tarfile", "hashlib")
    code = f"import sys, dlgrade.data, dlgrade.cli._data; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
