"""What a finished training shows to checks, wherever it ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlgrade.course import TrainingSummary
from dlgrade.quantity import Share

if TYPE_CHECKING:
    from dlgrade.trainer._images import Images


@dataclass
class Figures:
    """The figures of a finished training.

    Attributes:
        summary: what the report shows.
    """

    summary: TrainingSummary

    @property
    def final_accuracy(self) -> Share:
        """Share of test images classified correctly after the last epoch."""
        return Share(self.summary.final_accuracy)

    @property
    def first_accuracy(self) -> Share:
        """The same after the first epoch: how fast it learns."""
        return Share(self.summary.curve[0].test_accuracy)

    def worst_of_last(self, epochs: int) -> Share:
        """The lowest test accuracy among the last `epochs`: what holds steadily, not once."""
        return Share(min(row.test_accuracy for row in self.summary.curve[-epochs:]))

    def accuracy_on(self, images: Images) -> Share:
        """Accuracy on other labelled images, normalised as the training images were."""
        raise NotImplementedError
