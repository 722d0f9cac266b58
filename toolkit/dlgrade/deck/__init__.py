"""Flashcards: decks from YAML, checked against the machine and written for Anki.

Promises: `load_decks` returns checked nouns or raises `CourseError` with file, line and the mend; `build` refuses a
deck whose numbers, code, figures or references it could not confirm; what `export` writes keeps the review
history of everyone who imports it again. Does not import torch: code on cards runs in a process of its own, and only
when a deck is built.
"""

from dlgrade.deck._build import Built, build
from dlgrade.deck._export import Choice, Exported, export
from dlgrade.deck._load import load_decks
from dlgrade.deck._nouns import Card, Deck

__all__ = ["Built", "Card", "Choice", "Deck", "Exported", "build", "export", "load_decks"]
