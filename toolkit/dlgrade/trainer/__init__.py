"""The training loop: resident data, metered epochs, seeded, the same code on CPU, CUDA and MPS.

Promises: as many samples as the budget allows and not one more, counted here; on a CPU two runs with the same
seed give identical numbers; initial parameters are permuted entry by entry, so that knowledge put into them
is gone; a run stops early only when its outcome cannot change (parameters that are not numbers stay so). A run
that never learns is started again once with another seed, and the result says so. Does not know criteria or
points; does not run student code, only a rebuilt network. A grader does even that in another process, under
limits of memory and time: `Trainer`; which may keep finished trainings on a shelf, for identical ones.
"""

from dlgrade.trainer._apart import TrainedApart, TrainedBefore, Trainer, TrainingStopped
from dlgrade.trainer._device import choose_device, describe_device
from dlgrade.trainer._evaluation import Evaluation, summary_of
from dlgrade.trainer._figures import Figures
from dlgrade.trainer._images import Batches, Images, shifted
from dlgrade.trainer._initial import arranged, permute_initial
from dlgrade.trainer._loop import Progress, Training, overfit, train

__all__ = [
    "Batches",
    "Evaluation",
    "Figures",
    "Images",
    "Progress",
    "TrainedApart",
    "TrainedBefore",
    "Trainer",
    "Training",
    "TrainingStopped",
    "arranged",
    "choose_device",
    "describe_device",
    "overfit",
    "permute_initial",
    "shifted",
    "summary_of",
    "train",
]
