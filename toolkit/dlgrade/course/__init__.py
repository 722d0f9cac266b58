"""The nouns of the house, and how a course is read from its YAML files.

Promises: every noun is a frozen dataclass without behaviour beyond what can be derived from its fields;
`load_course` and `load_assignment` either return checked nouns or raise `CourseError` with file, line and the
mend. What differs from student to student is drawn from a secret and written into what they get. Does not import
torch, does not run code, knows nothing of how things are measured.
"""

from dlgrade.course._load import find_course, load_assignment, load_course, varied, with_variant
from dlgrade.course._misconceptions import MISCONCEPTIONS, Misconception, load_misconceptions, read_misconceptions
from dlgrade.course._nouns import (
    PROFILES,
    SCHEMA,
    Assignment,
    Budget,
    Course,
    Criterion,
    CriterionResult,
    Environment,
    EpochFigures,
    Follows,
    ImageChange,
    Layer,
    Metric,
    Mistake,
    NetworkSummary,
    Problem,
    Profile,
    Report,
    SubmissionIdentity,
    Tier,
    TrainingRecipe,
    TrainingSummary,
    Verdict,
)
from dlgrade.course._release import student_files, written_for
from dlgrade.course._variant import read_secret
from dlgrade.course._yaml import Located, read_yaml, validated

__all__ = [
    "MISCONCEPTIONS",
    "PROFILES",
    "SCHEMA",
    "Assignment",
    "Budget",
    "Course",
    "Criterion",
    "CriterionResult",
    "Environment",
    "EpochFigures",
    "Follows",
    "ImageChange",
    "Layer",
    "Located",
    "Metric",
    "Misconception",
    "Mistake",
    "NetworkSummary",
    "Problem",
    "Profile",
    "Report",
    "SubmissionIdentity",
    "Tier",
    "TrainingRecipe",
    "TrainingSummary",
    "Verdict",
    "find_course",
    "load_assignment",
    "load_course",
    "load_misconceptions",
    "read_misconceptions",
    "read_secret",
    "read_yaml",
    "student_files",
    "validated",
    "varied",
    "with_variant",
    "written_for",
]
