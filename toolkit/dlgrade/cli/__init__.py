"""The command line: parse, call one function, print, exit code.

Exit codes: 0 everything that this run could measure passed, 1 something did not, 2 the command or the course is
wrong, 3 the sandbox or the machine could not do it, 130 stopped by Ctrl-C. Imports nothing heavy before a command
needs it. Holds no logic of its own.
"""

from dlgrade.cli._main import main

__all__ = ["main"]
