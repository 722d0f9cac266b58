"""What a student hands in (.py, notebook, folder, zip) becomes clean source that a worker can execute.

Promises: reads files and works on syntax trees, and never executes, imports or unpacks anything of the
student's. What is kept at module level is definitions, imports and constants; training loops, prints and
everything else is blanked, and every line keeps its number. A module-level call is kept only when it gives
back a plain value (``torch.device("cpu")``, ``dict(lr=0.1)``) or builds something with torch, numpy or the
standard library that a kept definition needs, such as ``act = nn.ReLU()`` read by ``forward``. Whatever was
left out, supplied or mended is said in `Submission.notes`; what cannot be read is one `SubmissionError` with
file, line and the mend.

Does not promise that the kept source is harmless: a class body, a default value or a decorator is code of the
student's and runs when the source is executed, so that belongs into a sandbox. Does not promise that it
runs: only what must fail for certain is found here. Hidden state of a notebook (cells run in another order)
is not rebuilt.
"""

from dlgrade.submission._choose import choose_class
from dlgrade.submission._nouns import ClassFound, Note, SourceFile, Submission
from dlgrade.submission._read import read
from dlgrade.submission._stand_ins import install_stand_ins

__all__ = ["ClassFound", "Note", "SourceFile", "Submission", "choose_class", "install_stand_ins", "read"]
