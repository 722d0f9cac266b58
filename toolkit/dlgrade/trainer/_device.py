"""Which device trains, and how to make it repeatable."""

from __future__ import annotations

import torch

from dlgrade.errors import MachineError
from dlgrade.machine import processor_name


def choose_device(wanted: str = "auto") -> torch.device:
    """The device called ``auto``, ``cpu``, ``cuda`` or ``mps``; ``auto`` takes a GPU where there is one.

    Raises:
        MachineError: the wanted device is not there.
    """
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if present[name]))
    if not present.get(wanted, False):
        raise MachineError(f"torch sees no {wanted} device here", "Use --device cpu, or install a torch built for it.")
    return torch.device(wanted)


def describe_device(device: torch.device) -> str:
    """The processor's name, for the report."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return processor_name()


def single_threaded() -> None:
    """One thread per training: two threads on small maps lose more at their barriers than they win.

    Must come before the first operator of the process where that process will fork (DESIGN 9).
    """
    torch.set_num_threads(1)
