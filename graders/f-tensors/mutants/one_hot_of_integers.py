"""Leaves the ones and zeros whole numbers.

Fails: number_types
"""

import torch


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def flat_images(x):
    return x.flatten(1)


def centred(x):
    return x - x.mean(0)


def distances(a, b):
    return ((a[:, None] - b[None]) ** 2).sum(2).sqrt()


def one_hot(labels, classes):
    return (labels[:, None] == torch.arange(classes)).long()


def class_counts(labels, classes):
    return torch.bincount(labels, minlength=classes)


def masked_mean(x, mask):
    count = mask.sum(1).clamp(min=1)
    return x.masked_fill(~mask, 0).sum(1) / count


def pick(log_p, labels):
    return log_p.gather(1, labels[:, None])[:, 0]


def top_class(logits):
    return logits.argmax(1)


def brightness(x, by):
    return (x.float() + by).clamp(0, 255) / 255
