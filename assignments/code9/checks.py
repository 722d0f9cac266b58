"""What code9 asks, in code that you may read: `dlgrade check code9` runs these on what your file defines.

The transforms are looked at twice: as data, for what they are told, and by what the trainer's own batches make of a
probe image, an ellipse that lies on its side.
"""

import math
from dataclasses import replace

import numpy as np
import torch

from dlgrade.quantity import Share
from dlgrade.recipe import Optimizer, Recipe, Transform
from dlgrade.trainer import Batches, Images

MEAN, STD = 0.1307, 0.3081  # of the training images
BACKGROUND = (0 - MEAN) / STD
COPIES = 400
NOISE = 0.003  # of the difference between two accuracies


def test_scores(network, assignment):
    assert network.output_shape == (assignment.classes,), "give one score per class and nothing else"
    assert network.finite(), "forward answers NaN or infinity to random images"
    assert network.output_kind() != "probabilities", "each row sums to 1: forward ends in a softmax"
    assert network.same_twice(), "two evaluations of one image differ: dropout is still active"
    assert network.same_alone(), "an image alone gets other scores than in a batch"


def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters, network.heaviest()


def without_norm(network):
    """Convolutions with a window from which a way leads to the next layer with weights without a batch norm."""
    for layer in network.operations:
        if layer.kind == "convolution" and max(layer.kernel) > 1:
            for way in network.ways(layer, "convolution", "dense", "average"):
                kinds = [step.kind for step in way]
                if kinds and kinds[-1] in {"convolution", "dense"} and "batch_norm" not in kinds:
                    yield layer


def test_keeps(network):
    read = network.dense_read()
    assert read is None, f"{read} reads a {read.shape} map flattened; average each map first"
    average = network.global_average()
    assert average is not None, "a map with the same average and other numbers gives other scores"
    assert min(average.sides[1:]) >= 3, f"{average}: only {average.shape} is left to average; pool less before it"
    bare = next(without_norm(network), None)
    assert bare is None, f"{bare}: no batch norm before the next layer"


# -- the test transform --------------------------------------------------------------------------------------------

# What it makes of images as the data set gives them; each is shown to it several times.
SEEN = """
import numpy as np
from PIL import Image

def probe(test_transform, images, times):
    transform = test_transform()
    return [[np.asarray(transform(Image.fromarray(image))) for _ in range(times)] for image in images]
"""


def test_untouched(ask):
    images = probe(1).numpy()[:, 0]
    for image, answers in zip(images, ask("test_transform", images, 8, through=SEEN), strict=True):
        first = answers[0]
        assert isinstance(first, np.ndarray), "it does not make a tensor; end with ToTensor() and Normalize"
        assert first.shape == (1, 28, 28), f"it makes {first.shape} of an image, not (1, 28, 28)"
        assert all(np.array_equal(first, other) for other in answers), "the same image comes out differently each time"
        black = f"it makes {first[0, 0, 0]:.4f} of the background, wanted {BACKGROUND:.4f}"
        off = float(np.abs(first[0] - (image / 255 - MEAN) / STD).max())
        assert off < 1e-3, f"{black}; some value is off by {off:.4f}"


# -- the training transform ----------------------------------------------------------------------------------------


def seeded(number):
    return torch.Generator().manual_seed(number)


def probe(count, wide=5.5, high=2.2):
    """Copies of an ellipse in the middle of the image, without an edge."""
    place = torch.arange(28.0) - 13.5
    bright = 255 * torch.exp(-((place / wide) ** 2)[None] / 2 - ((place / high) ** 2)[:, None] / 2)
    return bright.round().to(torch.uint8).expand(count, 1, 28, 28).contiguous()


def epochs_of(recipe, images, *without, epochs=1):
    """What the trainer shows of these images in each epoch, without the transforms of some names.

    With smooth resampling, whatever the transforms say: of nearest neighbours small angles move hardly one.
    """
    steps = tuple(
        replace(step, arguments={**step.arguments, "interpolation": "bilinear"})
        if "interpolation" in step.arguments
        else step
        for step in recipe.transforms
        if step.name not in without
    )
    batches = Batches(Images(images, torch.zeros(len(images)).long()), replace(recipe, transforms=steps), seeded(1))
    return [batches.training(torch.arange(len(images)))[0] for _ in range(epochs)]


def moments(images):
    """Angle in degrees, centre and spread of what is bright in each image."""
    dark = images.amin()
    weight = (images - dark - 0.25 * (images.amax((2, 3), keepdim=True) - dark)).clamp(min=0).double()[:, 0]
    weight = weight / weight.sum((1, 2), keepdim=True)
    place = torch.arange(28.0, dtype=torch.float64)
    x, y = (weight * place).sum((1, 2)), (weight * place[:, None]).sum((1, 2))
    right, down = place - x[:, None, None], place[:, None] - y[:, None, None]
    xx, yy, xy = (weight * right**2).sum((1, 2)), (weight * down**2).sum((1, 2)), (weight * right * down).sum((1, 2))
    return torch.rad2deg(torch.atan2(2 * xy, xx - yy) / 2), (x - 13.5, y - 13.5), (xx + yy).sqrt()


def told(step, name):
    """What a transform is told, None where that does nothing."""
    value = step.arguments.get(name)
    return value if value and any(value) else None


def test_rotation(recipe, assignment):
    degrees = assignment.variant["degrees"]
    turns = [step for step in recipe.transforms if told(step, "degrees")]
    assert turns, "no transform turns the image"
    if len(turns) == 1:
        low, high = told(turns[0], "degrees")
        said = f"{turns[0].name} turns by {low:g} to {high:g} degrees, wanted {-degrees} to {degrees}"
        assert (low, high) == (-degrees, degrees), said
    angles = moments(epochs_of(recipe, probe(COPIES), "RandomErasing")[0])[0]
    mean, spread, most = float(angles.mean()), float(angles.std()), float(angles.abs().max())
    even = degrees / math.sqrt(3)
    said = f"of {COPIES} images the angles have"
    assert abs(mean) <= degrees / 5, f"{said} the mean {mean:.2f} degrees, wanted 0"
    assert most <= degrees + 0.5, f"{said} at most {most:.1f} degrees, wanted {degrees}"
    assert abs(spread / even - 1) <= 0.15, f"{said} a standard deviation of {spread:.2f} degrees, wanted {even:.2f}"


def test_fresh(recipe):
    first, second = (moments(x)[0] for x in epochs_of(recipe, probe(COPIES), "RandomErasing", epochs=2))
    alike = int(((first - second).abs() < 0.05).sum())
    assert alike <= 0.1 * COPIES, f"{alike} of {COPIES} images stand at the same angle in two epochs"
    alike = int(((first[1:] - first[:-1]).abs() < 0.05).sum())
    assert alike <= 0.1 * COPIES, f"{alike} of {COPIES} images stand at the angle of their neighbour in the batch"


def random_kinds(recipe):
    """What the transforms do at random, in words."""
    for step in recipe.transforms:
        for name, kind in (("degrees", "rotation"), ("translate", "shift"), ("padding", "shift"), ("shear", "shear")):
            if told(step, name):
                yield kind
        if step.name == "RandomAffine" and told(step, "scale"):
            yield "scale"
        if step.name in {"RandomErasing", "ColorJitter"} or "Flip" in step.name:
            yield "erase" if step.name == "RandomErasing" else step.name


def shift_of(recipe):
    """What is wrong with a shift by up to 2 pixels."""
    for axis, moved in zip(("sideways", "up and down"), moments(epochs_of(recipe, probe(COPIES))[0])[1], strict=True):
        most = float(moved.abs().max())
        if not 1.4 <= most <= 2.6 or float(moved.std()) < 0.7:
            yield f"{axis} the images move by up to {most:.1f} pixels, wanted up to 2"


def scale_of(recipe):
    """What is wrong with a scale from 0.9 to 1.1."""
    images = probe(COPIES)
    plain = Recipe(Optimizer("SGD", ()), epochs=1, transforms=(Transform("Normalize", {"mean": [0.0], "std": [1.0]}),))
    sizes = moments(epochs_of(recipe, images)[0])[2] / moments(epochs_of(plain, images)[0])[2]
    low, high = float(sizes.min()), float(sizes.max())
    if not (0.87 <= low <= 0.93 and 1.07 <= high <= 1.13):
        yield f"sizes go from {low:.2f} to {high:.2f} of the original, wanted 0.90 to 1.10"


def erase_of(recipe):
    """What is wrong with erasing 2 to 10 % of one image in four."""
    grey = torch.full((COPIES, 1, 28, 28), 128, dtype=torch.uint8)
    kept = epochs_of(recipe, grey, "RandomRotation", "RandomAffine", "RandomCrop")[0]
    gone = (kept - kept.flatten(1).median(1).values[:, None, None, None]).abs() > 1e-3
    share = gone.flatten(1).any(1)
    if not 0.17 <= float(share.double().mean()) <= 0.33:
        yield f"{int(share.sum())} of {COPIES} images have something erased, wanted one in four"
    elif not 0.02 <= float(gone[share].double().mean()) <= 0.1:
        yield f"{100 * float(gone[share].double().mean()):.1f} % of them is erased on average, wanted 2 to 10 %"


def test_second(recipe, assignment):
    second, found = assignment.variant["second"], set(random_kinds(recipe))
    assert second in found, f"there is no {second} in train_transform"
    assert found <= {second, "rotation"}, f"beside rotation and {second}: {', '.join(found - {second, 'rotation'})}"
    wrong = next({"shift": shift_of, "scale": scale_of, "erase": erase_of}[second](recipe), "")
    assert not wrong, wrong


def test_fill(recipe):
    shown = epochs_of(recipe, probe(COPIES), "RandomErasing", "ColorJitter")[0]
    corners = shown[:, 0, [0, 0, -1, -1], [0, -1, 0, -1]]
    worst = float(corners.flatten()[(corners - BACKGROUND).abs().argmax()])
    assert abs(worst - BACKGROUND) < 0.02, f"a corner becomes {worst:.4f}, wanted {BACKGROUND:.4f}, which is background"


# -- the training --------------------------------------------------------------------------------------------------


def test_gap(training, earlier):
    last = training.summary.curve[-1]
    gap, before = last.train_accuracy - last.test_accuracy, earlier["gap"]
    said = f"training minus test; {earlier.whose('gap')} has {100 * before:.2f} points"
    assert Share(gap) <= before + NOISE, said


def turned(images, degrees):
    """Copies turned by up to so many degrees, background filled in."""
    steps = (
        Transform("RandomRotation", {"degrees": [-degrees, degrees]}),
        Transform("Normalize", {"mean": [0.0], "std": [255.0]}),
    )
    batches = Batches(
        images.on(torch.device("cpu")), Recipe(Optimizer("SGD", ()), epochs=1, transforms=steps), seeded(2)
    )
    shown, labels = batches.training(torch.arange(len(images)))
    return Images((shown * 255).round().clamp(0, 255).to(torch.uint8).contiguous(), labels)


def test_turned(training, held_out, assignment, wanted):
    assert training.accuracy_on(turned(held_out.test, assignment.variant["degrees"])) >= wanted


def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
