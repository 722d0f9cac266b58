"""How long it will take, from how long it took."""

from __future__ import annotations

import statistics


class Clock:
    """Guesses the time that is left.

    Args:
        jobs: submissions at a time.
    """

    def __init__(self, jobs: int) -> None:
        """Nothing was seen yet."""
        self._jobs = jobs
        self._gates: list[float] = []
        self._trainings: list[float] = []
        self._waited = 0

    def gate(self, seconds: float, *, waits: bool) -> None:
        """The gates of a submission took so long; whether a training comes."""
        self._gates.append(seconds)
        self._waited += waits

    def training(self, seconds: float) -> None:
        """A training took so long."""
        self._trainings.append(seconds)

    def left(self, gates: int, trainings: int) -> float | None:
        """Seconds for so many gates and trainings; None while too little was seen."""
        to_train = trainings + (gates * self._waited / len(self._gates) if self._gates else 0)
        if (gates and not self._gates) or (to_train and not self._trainings):
            return None
        seconds = gates * statistics.fmean(self._gates) if gates else 0.0
        seconds += to_train * statistics.fmean(self._trainings) if to_train else 0.0
        return seconds / self._jobs
