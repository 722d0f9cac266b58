"""The group of commands, loaded one by one, and how errors become one line and an exit code."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from dlgrade import __version__
from dlgrade.errors import DlgradeError

_COMMANDS = {
    # name: (module, attribute, group heading)
    "list": ("_list", "list_", "For students"),
    "start": ("_list", "start", "For students"),
    "check": ("_check", "check", "For students"),
    "model": ("_model", "model", "For students"),
    "quiz": ("_quiz", "quiz", "For students"),
    "drill": ("_drill", "drill", "For students"),
    "deck": ("_deck", "deck", "For students"),
    "plan": ("_plan", "plan", "For students"),
    "progress": ("_progress", "progress", "For students"),
    "data": ("_data", "data", "For students"),
    "grade": ("_grade", "grade", "For instructors"),
    "grades": ("_grades", "grades", "For instructors"),
    "leaderboard": ("_leaderboard", "leaderboard", "For instructors"),
    "release": ("_release", "release", "For instructors"),
    "settle": ("_settle", "settle", "For instructors"),
    "doctor": ("_doctor", "doctor", "For instructors"),
    "nbgrader": ("_nbgrader", "nbgrader", "For instructors"),
    "new": ("_author", "new", "For authors"),
    "prove": ("_author", "prove", "For authors"),
}


class _Lazy(click.Group):
    """Imports a command's module when the command is used or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(f"dlgrade.cli.{module}"), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], _COMMANDS, n=1) if args else []
            if near and "Did you mean" not in error.message:
                raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        headings: dict[str, list[tuple[str, str]]] = {}
        for name, (_, _, heading) in _COMMANDS.items():
            command = self.get_command(ctx, name)
            if command is not None:
                headings.setdefault(heading, []).append((name, command.get_short_help_str(60)))
        for heading, rows in headings.items():
            with formatter.section(heading):
                formatter.write_dl(rows)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dlgrade")
@click.option("--course", type=click.Path(path_type=Path, file_okay=False), help="Folder that holds course.yaml.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def _group(ctx: click.Context, course: Path | None, debug: bool) -> None:
    """Grades deep-learning coursework by measuring your network.

    Start with: dlgrade list, then dlgrade start ID, then dlgrade check ID.
    """
    ctx.obj = {"course": course}


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:] if args is None else args
    try:
        code = _group.main(arguments, prog_name="dlgrade", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DlgradeError as error:
        if "--debug" in arguments:
            raise
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
