"""How a network is trained, as data: optimiser, schedule, augmentation.

Promises: a `Recipe` holds names, numbers and a trace of learning rates, never an object of the student; what
comes over the wire is checked against what torch's own classes take, so that the trainer can use it as it is.
`describe_*` run in the worker on the student's objects, `read_*` in the grader on what arrived. Does not train;
does not know what a good recipe is.
"""

from dlgrade.recipe._describe import NotDescribed, describe_optimizer, describe_schedule, describe_transform
from dlgrade.recipe._nouns import OPTIMIZERS, BadRecipe, Group, Optimizer, Plateau, Recipe, Schedule, Transform
from dlgrade.recipe._plain import from_plain, to_plain
from dlgrade.recipe._read import from_assignment, read_optimizer, read_schedule
from dlgrade.recipe._torchvision import ensure_torchvision
from dlgrade.recipe._transforms import Units, check_size, filled, padded, read_transforms, size_after, units_at

__all__ = [
    "OPTIMIZERS",
    "BadRecipe",
    "Group",
    "NotDescribed",
    "Optimizer",
    "Plateau",
    "Recipe",
    "Schedule",
    "Transform",
    "Units",
    "check_size",
    "describe_optimizer",
    "describe_schedule",
    "describe_transform",
    "ensure_torchvision",
    "filled",
    "from_assignment",
    "from_plain",
    "padded",
    "read_optimizer",
    "read_schedule",
    "read_transforms",
    "size_after",
    "to_plain",
    "units_at",
]
