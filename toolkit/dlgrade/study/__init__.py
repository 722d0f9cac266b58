"""What a student does day by day: plans, progress and drills.

Promises: what is called done, passed or known was measured on this machine; looking changes nothing. A drill keeps
every answer before it says what it is worth. Does not grade and does not import torch; what is typed in a drill of
code runs in the sandboxed worker, as a submission does, and never here.
"""

from dlgrade.study._bench import Bench
from dlgrade.study._blank import Blanks
from dlgrade.study._blank import run as run_blanks
from dlgrade.study._drill import Drill, sum_up
from dlgrade.study._drill import run as run_drill
from dlgrade.study._known import Known, LastReport, known, last_report
from dlgrade.study._log import Answered, History, history, log_file, slowness
from dlgrade.study._next import Advice, advice
from dlgrade.study._outline import Outline, outline
from dlgrade.study._plan import Day, Plan, plan_files, read_plan
from dlgrade.study._programs import sources
from dlgrade.study._progress import DeckState, Progress, QuizState, TrackState, progress
from dlgrade.study._steps import DayState, Step, next_step, plan_state
from dlgrade.study._topics import questions_of

__all__ = [
    "Advice",
    "Answered",
    "Bench",
    "Blanks",
    "Day",
    "DayState",
    "DeckState",
    "Drill",
    "History",
    "Known",
    "LastReport",
    "Outline",
    "Plan",
    "Progress",
    "QuizState",
    "Step",
    "TrackState",
    "advice",
    "history",
    "known",
    "last_report",
    "log_file",
    "next_step",
    "outline",
    "plan_files",
    "plan_state",
    "progress",
    "questions_of",
    "read_plan",
    "run_blanks",
    "run_drill",
    "slowness",
    "sources",
    "sum_up",
]
