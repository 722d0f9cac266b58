"""The gradebook: what was attempted and what it earned, in one SQLite file.

Promises: an attempt that was added is never changed or removed; a file of a newer dlgrade, or one that is no
gradebook, is refused in one line and left as it is; several processes may read while one writes. Does not grade,
and does not know what a quiz or an assignment is: it keeps results as they are given.
"""

from dlgrade.gradebook._ours import is_ours
from dlgrade.gradebook._store import ME, SCHEMA, Attempt, Gradebook, gradebook_file

__all__ = ["ME", "SCHEMA", "Attempt", "Gradebook", "gradebook_file", "is_ours"]
