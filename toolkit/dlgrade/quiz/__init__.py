"""Quizzes: banks of questions from YAML, checked against the machine, put to a learner and scored.

Promises: `load_bank` returns checked nouns or raises `CourseError` with file, line and the mend; `sitting` and
`instances` give the same items for the same seed everywhere; `build` refuses a bank whose answers it could not
confirm; `score` says for every answer what it earned and why. Does not import torch: what authors' programs
print is found out in a process of their own, and only when a bank is built.
"""

from dlgrade.quiz._chance import shuffled
from dlgrade.quiz._draw import DRAWS, draw
from dlgrade.quiz._load import load_bank, load_banks
from dlgrade.quiz._nouns import KINDS, Bank, Item, Kind, Mark, Option, Question, WrongNumber
from dlgrade.quiz._numbers import typed_number
from dlgrade.quiz._score import NotAnAnswer, right_answer, right_sides, score
from dlgrade.quiz._sitting import instances, sitting

__all__ = [
    "DRAWS",
    "KINDS",
    "Bank",
    "Item",
    "Kind",
    "Mark",
    "NotAnAnswer",
    "Option",
    "Question",
    "WrongNumber",
    "draw",
    "instances",
    "load_bank",
    "load_banks",
    "right_answer",
    "right_sides",
    "score",
    "shuffled",
    "sitting",
    "typed_number",
]
