"""A network as data: written in the worker, checked, counted, inspected and rebuilt in the grader.

Promises: `decode` accepts only what `encode` writes, with operators from an allowlist, checked and traced
without numbers before any of them runs; the rebuilt network trains like the original, also in batch-norm
statistics and dropout; parameters, structure and receptive field are read from the graph that is trained.
Generates no code, evaluates no text, never unpickles. Does not judge whether a graph is the honest image of the
student's network: that is the agreement check of `student`.
"""

from dlgrade.graph._carried import EXTRA_ALLOWANCE, CarriedNetwork, Place
from dlgrade.graph._decode import decode, tensor_of
from dlgrade.graph._encode import encode, raw
from dlgrade.graph._export import NotCarried
from dlgrade.graph._fingerprint import fingerprint
from dlgrade.graph._graph import Graph
from dlgrade.graph._network import Network
from dlgrade.graph._nouns import BadGraph
from dlgrade.graph._structure import Operation

__all__ = [
    "EXTRA_ALLOWANCE",
    "BadGraph",
    "CarriedNetwork",
    "Graph",
    "Network",
    "NotCarried",
    "Operation",
    "Place",
    "decode",
    "encode",
    "fingerprint",
    "raw",
    "tensor_of",
]
