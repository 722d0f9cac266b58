"""Which engine, on which device, with how much room."""

from __future__ import annotations

from dataclasses import dataclass

from dlgrade.batch._local import Local, Slot
from dlgrade.batch._nouns import Engine, Options
from dlgrade.batch._place import Workplace
from dlgrade.batch._room import Room, room
from dlgrade.course import Assignment

_ON_A_CLUSTER = 100
"""Jobs that a cluster is given at a time where nobody says how many."""

_PARTS_OF_A_GPU = 4
"""Trainings that share a GPU of a Ray cluster."""


@dataclass(frozen=True)
class Facts:
    """Where it is done: the device by its kind, and the room there."""

    device: str
    room: Room


def facts_of(assignment: Assignment, options: Options) -> Facts:
    """Resolve what is left open.

    Raises:
        MachineError: the device is not there.
    """
    device, wanted = options.device, options.jobs
    if assignment.kind == "functions":
        device = "cpu"
    if options.engine != "local":
        device = "cpu" if device == "auto" else device
        parts = _PARTS_OF_A_GPU if options.engine == "ray" and device == "cuda" else 1
        share = 1.0 if parts == 1 else 0.9 / parts
        return Facts(device, Room(wanted or _ON_A_CLUSTER, share, "wanted"))
    gpu_bytes = None
    if device != "cpu":
        slot = Slot()  # a process of its own: this one need not import torch, nor hold a piece of the GPU
        try:
            device, gpu_bytes = slot.schedule(look_at, device).result()
        finally:
            slot.close()
    return Facts(device, room(assignment, wanted, gpu_bytes))


def look_at(device: str) -> tuple[str, int | None]:
    """The kind of a device and, of a GPU of CUDA, its free memory.

    Raises:
        MachineError: it is not there.
    """
    import torch

    from dlgrade.trainer import choose_device

    found = choose_device(device)
    free = int(torch.cuda.mem_get_info(found)[0]) if found.type == "cuda" else None
    return found.type, free


def engine_for(options: Options, place: Workplace, jobs: int, facts: Facts) -> Engine:
    """The engine that was chosen.

    Raises:
        UsageError: it is not installed.
        MachineError: it cannot be reached.
    """
    if options.engine == "ray":
        from dlgrade.batch._ray import Ray

        return Ray(jobs, facts.device, facts.room.device_share)
    if options.engine == "slurm":
        from dlgrade.batch._slurm import Slurm

        return Slurm(place.cluster, jobs, facts.device, options)
    return Local(jobs)
