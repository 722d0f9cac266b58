r"""The small Markdown of questions and cards, as HTML and as plain words.

Promises: HTML in the text is shown as text and never used; a link leads to http or https or is no link; control
and bidirectional characters are written out; math becomes MathML or stays TeX between ``\(`` and ``\)``, and in
plain words keeps its meaning (what cannot be said in a line stays TeX); cloze markers ``{{c1::..}}`` come through
`html` whole, also inside math and highlighted code. `faults` names what an author must mend.

Does not promise all of Markdown (docs/quizzes-and-decks.md says what there is) nor all of TeX, and does not raise:
text with faults is shown as well as it can be.
"""

from dlgrade.markup._cloze import Cloze, clozes, revealed
from dlgrade.markup._faults import faults
from dlgrade.markup._highlight import code, styles
from dlgrade.markup._html import html
from dlgrade.markup._plain import plain

__all__ = ["Cloze", "clozes", "code", "faults", "html", "plain", "revealed", "styles"]
