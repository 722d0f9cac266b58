"""CPU time per batch of this trainer, of the usual DataLoader loop and of the bare step, as ratios in one run.

    python benchmarks/trainer.py [--rounds 7] [--steps 30]

The same network (code6's reference), optimiser and rotation (±7 degrees), one thread each. The three take turns,
and the medians of the rounds are compared, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from dlgrade import data, wire
from dlgrade.course import TrainingRecipe
from dlgrade.graph import Network, decode, encode
from dlgrade.recipe import Recipe, ensure_torchvision, from_assignment
from dlgrade.trainer import Images
from dlgrade.trainer._loop import _Run

BATCH = 128
ROOT = Path(__file__).resolve().parents[1]


def reference() -> nn.Module:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "graders/code6/reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Net()  # type: ignore[no-any-return]


def carried() -> nn.Module:
    """The same network as it arrives over the wire, which is what the trainer trains."""
    with io.BytesIO() as stream:
        wire.send(stream, encode(reference(), (1, 28, 28), []))
        stream.seek(0)
        return Network(decode(wire.receive(stream)))


def ours(images: Images, recipe: Recipe, steps: int) -> Callable[[], None]:
    """Epochs of exactly `steps` batches through the trainer's own loop, metering included."""
    part = Images(images.pixels[: steps * BATCH], images.labels[: steps * BATCH]).on(torch.device("cpu"))
    run = _Run(carried(), recipe, part, part, 0, torch.device("cpu"), None)
    return lambda: run._one_epoch(1) and None


def usual(steps: int) -> Callable[[], None]:
    """torchvision's MNIST, PIL transforms and a DataLoader in this process."""
    ensure_torchvision()
    from torchvision import datasets, transforms

    chain = transforms.Compose(
        [transforms.RandomRotation(7), transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
    )
    images = datasets.MNIST(data.data_root(), train=True, transform=chain)
    loader = torch.utils.data.DataLoader(images, batch_size=BATCH, shuffle=True)
    network, batches = reference().train(), iter(loader)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)

    def epoch() -> None:
        for _ in range(steps):
            x, labels = next(batches)
            optimizer.zero_grad()
            F.cross_entropy(network(x), labels).backward()
            optimizer.step()

    return epoch


def bare(images: Images, steps: int, memory_format: torch.memory_format) -> Callable[[], None]:
    """Forward, backward and step on one batch that is already there."""
    network = reference().train().to(memory_format=memory_format)
    x = ((images.pixels[:BATCH].unsqueeze(1).float() / 255 - 0.1307) / 0.3081).contiguous(memory_format=memory_format)
    labels = images.labels[:BATCH]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)

    def epoch() -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            F.cross_entropy(network(x), labels).backward()
            optimizer.step()

    return epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=30)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    images = Images.of(data.load("mnist").train)
    written = TrainingRecipe(options={"momentum": 0.9}, rotation=7.0, batch_size=BATCH)
    recipe = from_assignment(written, 1_000, args.steps)
    runs = {
        "this trainer": ours(images, recipe, args.steps),
        "DataLoader + torchvision": usual(args.steps),
        "bare step, channels last": bare(images, args.steps, torch.channels_last),
        "bare step, default layout": bare(images, args.steps, torch.contiguous_format),
    }
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(args.rounds + 1):
        for name, run in runs.items():
            start = time.process_time()
            run()
            spent[name].append((time.process_time() - start) / args.steps)
    medians = {name: statistics.median(times[1:]) for name, times in spent.items()}  # the first round warms up
    for name, median in medians.items():
        print(f"{name:<28} {1000 * median:6.1f} ms of CPU per batch of {BATCH}")
    mine = medians["this trainer"]
    print(f"against DataLoader + torchvision: {mine / medians['DataLoader + torchvision']:.2f} (wanted at most 0.55)")
    print(f"against the bare step:            {mine / medians['bare step, channels last']:.2f} (wanted at most 1.15)")


if __name__ == "__main__":
    main()
