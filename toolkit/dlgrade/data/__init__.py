"""MNIST and Fashion-MNIST: where they come from, whether they are the published files, what is in them.

Promises: a file is used only when its SHA-256 is the expected one, every time it is read; a new file appears
under its name only when it is whole and right, whoever else is fetching it and whenever the process is
stopped; a wrong file is named in a `DataError`, never used and never removed without a word; the folders are
laid out so that ``torchvision.datasets.MNIST(data_root())`` and ``FashionMNIST(data_root())`` read them.

Does not train, normalise, augment or batch; does not import torch; does not download what is already there;
does not touch the network where all files are present. Data sets of one's own are not supported.
"""

from dlgrade.data._load import available, get, load, verify
from dlgrade.data._nouns import DataSet, Description, FileState, Progress, Split, State
from dlgrade.data._store import data_root
from dlgrade.data._subset import balanced

__all__ = [
    "DataSet",
    "Description",
    "FileState",
    "Progress",
    "Split",
    "State",
    "available",
    "balanced",
    "data_root",
    "get",
    "load",
    "verify",
]
