"""``dlgrade doctor``: what holds on this machine, and what to do about what does not."""

from __future__ import annotations

import json
from dataclasses import asdict

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def doctor(as_json: bool) -> None:
    """Try the sandbox on this machine and say what holds.

    Starts it, tries from inside what must not work, and lets programs run away that must be stopped. Exits
    with 0 when everything holds and with 3 when something does not.
    """
    from dlgrade.sandbox import cells, probe

    found = probe(refresh=True)
    fast = cells() if found.holds else None
    if as_json:
        told = {"holds": found.holds, **asdict(found), "cells": asdict(fast) if fast else None}
        click.echo(json.dumps(told, indent=2))
        raise SystemExit(0 if found.holds else 3)
    width = max(len(check.name) for check in found.checks)
    for check in sorted(found.checks, key=lambda check: check.ok):  # failures first, else in order
        click.echo(f"  {'ok  ' if check.ok else 'FAIL'}  {check.name:<{width}}  {check.says}")
        if check.mend:
            click.echo(f"        {'':<{width}}{check.mend}")
    click.echo()
    click.echo(f"  kernel      {found.kernel}")
    click.echo(f"  bubblewrap  {found.bubblewrap or 'none'}")
    if found.holds:
        by = "the kernel (control group)" if found.memory_by == "cgroup" else "a watchdog that samples it"
        click.echo(f"  memory      limited by {by}")
        if fast is not None:
            click.echo(f"  cells       {'yes: ' if fast.ok else 'no: '}{fast.says}")
        click.echo("\n  The sandbox holds: submissions can be graded here.")
        return
    click.echo("\n  The sandbox does not hold: `dlgrade grade` refuses here, `dlgrade check` runs without it.")
    raise SystemExit(3)
