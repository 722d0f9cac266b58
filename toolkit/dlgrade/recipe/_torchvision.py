"""Make torchvision importable beside a torch without CUDA."""

from __future__ import annotations

import importlib.util

import torch

_LIBRARY: list[torch.library.Library] = []


def ensure_torchvision() -> bool:
    """Register the two operator schemas that torchvision's import looks up; False where it is not installed.

    PyPI's torchvision is a CUDA build whose compiled operators do not load beside a CPU-only torch; its import
    then stops at "operator torchvision::nms does not exist". Transforms, data sets and models do not need
    them. Only missing schemas are added: where the compiled operators load, nothing is done.
    """
    if importlib.util.find_spec("torchvision") is None:
        return False
    try:
        import torchvision
    except RuntimeError:
        pass
    else:
        return True
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in ("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
                   "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"):  # fmt: skip
        if not hasattr(torch.ops.torchvision, schema.partition("(")[0]):
            library.define(schema)
    _LIBRARY.append(library)  # the schemas live as long as this object
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # half-imported by the attempt above
    import torchvision  # noqa: F401

    return True
