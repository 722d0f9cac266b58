"""``python -m dlgrade``: the command line, with this Python."""

from dlgrade.cli import main

main()
