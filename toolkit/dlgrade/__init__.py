"""Grades deep-learning coursework by measuring the student's network.

The floors of the package, each importing only from those below it: ``cli``; ``report``; ``grading``;
``student`` and ``worker``; ``trainer``; ``graph``, ``recipe`` and ``submission``; ``course``, ``wire``,
``sandbox`` and ``data``; ``errors``.
"""

__version__ = "0.1.0"
