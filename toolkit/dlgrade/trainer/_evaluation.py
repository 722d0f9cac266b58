"""What a trained network answers: loss, accuracy, confusion, the surest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from dlgrade.course import EpochFigures, Mistake, TrainingSummary
from dlgrade.trainer._images import Batches, Images

_EVALUATION_BATCH = 500
_MISTAKES_KEPT = 60
_SPREAD = 2_654_435_761  # Knuth, The Art of Computer Programming 3, 6.4: multiplicative hashing of 32 bits


@dataclass(frozen=True)
class Evaluation:
    """One pass over labelled images in evaluation mode.

    Attributes:
        loss: mean cross-entropy.
        accuracy: share of right answers, between 0 and 1.
        predicted: class of each image, int64 (N,); -1 where the answer is not a number.
        confidence: softmax share of the predicted class, float32 (N,).
    """

    loss: float
    accuracy: float
    predicted: torch.Tensor
    confidence: torch.Tensor


def evaluate(network: nn.Module, batches: Batches, images: Images) -> Evaluation:
    """Answers of `network` to `images`, normalised as `batches` normalises."""
    network.eval()
    loss, predicted, confidence = 0.0, [], []
    with torch.no_grad():
        for start in range(0, len(images), _EVALUATION_BATCH):
            logits = network(batches.evaluation(images, start, start + _EVALUATION_BATCH)).float()
            labels = images.labels[start : start + _EVALUATION_BATCH]
            loss += float(F.cross_entropy(logits, labels, reduction="sum"))
            shares, best = logits.softmax(1).max(1)
            # max of a row with NaN picks the NaN's place; such an answer is no answer.
            best = torch.where(torch.isfinite(logits).all(1), best, torch.full_like(best, -1))
            predicted.append(best)
            confidence.append(shares)
    answers, shares = torch.cat(predicted).cpu(), torch.cat(confidence).cpu()
    right = int((answers == images.labels.cpu()).sum())
    return Evaluation(loss / len(images), right / len(images), answers, shares)


def confusion(seen: Evaluation, images: Images) -> tuple[tuple[int, ...], ...]:
    """Counts by true label (rows) and predicted class (columns); answers that are no class are left out."""
    labels = images.labels.cpu()
    classes = int(labels.max()) + 1
    valid = (seen.predicted >= 0) & (seen.predicted < classes)
    counts = torch.bincount(labels[valid] * classes + seen.predicted[valid], minlength=classes * classes)
    return tuple(tuple(row) for row in counts.reshape(classes, classes).tolist())


def mistakes(seen: Evaluation, images: Images) -> tuple[Mistake, ...]:
    """The misclassified images, the surest first."""
    labels = images.labels.cpu()
    wrong = ((seen.predicted != labels) & (seen.predicted >= 0)).nonzero().flatten()
    surest = wrong[seen.confidence[wrong].argsort(descending=True, stable=True)][:_MISTAKES_KEPT]
    pixels = images.pixels.cpu()
    return tuple(
        Mistake(
            index=int(i), label=int(labels[i]), predicted=int(seen.predicted[i]), confidence=float(seen.confidence[i]),
            pixels=pixels[i, 0].numpy().tobytes(), shape=(pixels.shape[2], pixels.shape[3]),
        )
        for i in surest
    )  # fmt: skip


def halves(seen: Evaluation, images: Images) -> tuple[float, float]:
    """Accuracy on two fixed halves of the images, drawn by a hash of their place."""
    right = seen.predicted == images.labels.cpu()
    public = (torch.arange(len(right)) * _SPREAD) % (1 << 32) < 1 << 31
    return tuple(float(right[half].double().mean()) if half.any() else 0.0 for half in (public, ~public))  # type: ignore[return-value]


def summary_of(
    device: str, curve: Sequence[EpochFigures], samples: int, seconds: float, final: Evaluation, test: Images,
    *, recipe: str = "", notes: Sequence[str] = (), untrained: float | None = None,
) -> TrainingSummary:  # fmt: skip
    """The summary of a training whose last evaluation on `test` was `final`."""
    public, private = halves(final, test)
    return TrainingSummary(
        device=device, epochs=len(curve), samples=samples, curve=tuple(curve), seconds=seconds,
        confusion=confusion(final, test), mistakes=mistakes(final, test.on(torch.device("cpu"))), recipe=recipe,
        notes=tuple(notes), untrained_accuracy=untrained, public_accuracy=public, private_accuracy=private,
    )  # fmt: skip
