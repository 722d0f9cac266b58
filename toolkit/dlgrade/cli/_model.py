"""``dlgrade model``: the layer table of any network."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.errors import UsageError

if TYPE_CHECKING:
    from dlgrade.course import Layer, NetworkSummary


def _shape(ctx: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(side) for side in value.replace("x", ",").split(","))
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1:
        raise click.BadParameter(f"{value!r} is not a shape; write channels,height,width, as in 3,32,32")
    return shape


@click.command()
@click.argument("file", metavar="FILE[:CLASS]")
@click.option("--input", "shape", default="1,28,28", show_default=True, callback=_shape,
              help="Shape of one input: channels,height,width.")  # fmt: skip
def model(file: str, shape: tuple[int, ...]) -> int:
    """Show a network layer by layer: shapes, parameters, MACs, memory, receptive field.

    FILE is any .py or .ipynb with a network; :CLASS names one where there are several.
    """
    from dlgrade import submission
    from dlgrade.student import Student, StudentError

    path, _, name = file.rpartition(":") if ":" in file and not Path(file).exists() else (file, "", "")
    if not Path(path).exists():
        raise UsageError(f"there is no {path}")
    read = submission.read(Path(path), beside=True)
    chosen = submission.choose_class(read, "Net", name or None)
    with Student(read, chosen, input_shape=shape) as student:
        try:
            network = student.network()
        except StudentError as error:
            where = f"{error.problem.where}  " if error.problem.where else ""
            click.echo(f"{where}{error.problem.what}", err=True)
            if error.problem.mend:
                click.echo(f"  {error.problem.mend}", err=True)
            return 1
        summary = network.summary()
    _print(summary)
    return 0


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "1"


def _print(summary: NetworkSummary) -> None:
    header = ("layer", "output", "parameters", "MACs", "field", "where")
    rows = [header, *(_row(layer) for layer in summary.layers)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    click.echo(f"{summary.name}  input {_by(summary.input_shape)}, output {_by(summary.output_shape)}\n")
    for row in rows:
        cells = [row[i].ljust(widths[i]) if i in (0, 1, 5) else row[i].rjust(widths[i]) for i in range(len(header))]
        click.echo("  ".join(cells).rstrip())
    click.echo(f"\n{summary.parameters:,} parameters, {summary.macs:,} MACs per image, "
               f"{_bytes(summary.memory_bytes)} for one image (parameters and activations, float32)")  # fmt: skip
    if summary.unused:
        click.echo(f"unused, and counted: {', '.join(summary.unused)}")
    if summary.extra_numbers:
        click.echo(f"{summary.extra_numbers:,} numbers in buffers, constants and generated tensors")


def _row(layer: Layer) -> tuple[str, ...]:
    field = "" if layer.receptive_field is None else str(layer.receptive_field)
    return (layer.name, _by(layer.output_shape), f"{layer.parameters:,}" if layer.parameters else "",
            f"{layer.macs:,}" if layer.macs else "", field, layer.where)  # fmt: skip


def _bytes(count: int) -> str:
    power = min(3, int(math.log(max(1, count), 1024)))
    return f"{count / 1024**power:.1f} {('B', 'KiB', 'MiB', 'GiB')[power]}"
