"""The zip that Gradescope builds an autograder from: two scripts, one assignment with its graders, this package.

It holds hidden graders, but neither the reference solution nor the mutants. The versions of all packages are those
that run here, so that Gradescope's trainer is this one.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import re
import stat
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import dlgrade
from dlgrade.course import MISCONCEPTIONS, Assignment, Course, Profile
from dlgrade.errors import UsageError
from dlgrade.lms._harness import SETTINGS
from dlgrade.lms._nouns import Content
from dlgrade.lms._text import counted

_ONE_DAY = (2020, 1, 1, 0, 0, 0)  # the same sources, the same zip
_SCRIPTS = ("setup.sh", "run_autograder")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_WHEELS = "https://download.pytorch.org/whl/cpu"


def write(course: Course, assignment: Assignment, *, profile: Profile = "full", seed: int = 0) -> Content:
    """The zip of one assignment.

    Raises:
        UsageError: the assignment has no checks.
    """
    if not (assignment.folder / "checks.py").is_file():
        raise UsageError(f"{assignment.id} has no checks.py", "Write the public checks first.")
    steps = _steps(course, assignment)
    files: dict[str, str | bytes] = {
        **dict(_scripts()),
        "requirements.txt": _requirements(),
        "constraints.txt": _constraints(),
        "python-version": f"{sys.version_info.major}.{sys.version_info.minor}\n",
        SETTINGS: json.dumps({"assignment": assignment.id, "profile": profile, "seed": seed, "device": "cpu",
                              "data": assignment.data if assignment.kind != "functions" else ""}, indent=1) + "\n",
        "course/course.yaml": _course(course, steps),
        **dict(_course_files(course, steps)),
        **dict(_package()),
    }  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _ONE_DAY)
            entry.external_attr = (stat.S_IFREG | (0o755 if name in _SCRIPTS else 0o644)) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    hidden = sum(name.startswith(f"course/graders/{assignment.id}/") for name in files)
    did = f"{assignment.id} at {profile} with {counted(hidden, 'hidden grader file')}"
    return Content(packed.getvalue(), did, (), tuple(_notes(assignment)))


def _notes(assignment: Assignment) -> Iterator[str]:
    yield (
        "Gradescope's containers have no sandbox: submissions run as plain processes, can read these graders, and "
        "every result says so"
    )
    if assignment.follows is not None:
        earlier = assignment.follows.assignment
        yield f"it is compared with the reference of {earlier}, since a student's own report of that is not there"
    if assignment.choices:
        yield "its constants differ from student to student elsewhere; there everybody's are the first of each list"


def _scripts() -> Iterator[tuple[str, bytes]]:
    folder = Path(__file__).with_name("templates") / "gradescope"
    for name in _SCRIPTS:
        yield name, (folder / name).read_bytes()


def _steps(course: Course, assignment: Assignment) -> list[Assignment]:
    """The assignment, and those before it that it is compared with; a course holds them together."""
    steps = [assignment]
    while (follows := steps[-1].follows) is not None and follows.assignment not in {one.id for one in steps}:
        steps += [one for one in course.assignments if one.id == follows.assignment]
        if steps[-1].id != follows.assignment:
            break
    return steps


def _course(course: Course, steps: list[Assignment]) -> str:
    """A course of these assignments alone; JSON is YAML."""
    tracks = {one.track: course.tracks[one.track] for one in steps}
    return json.dumps({"title": course.title, "tracks": tracks}, indent=1) + "\n"


def _course_files(course: Course, steps: list[Assignment]) -> Iterator[tuple[str, bytes]]:
    shelves = [("assignments", one.id, one.folder) for one in steps]
    if steps[0].graders is not None:
        shelves.append(("graders", steps[0].id, steps[0].graders))
    for shelf, name, folder in shelves:
        for file in sorted(folder.rglob("*")):
            inner = file.relative_to(folder)
            if file.is_file() and not file.is_symlink() and _goes(shelf, inner):
                yield f"course/{shelf}/{name}/{inner.as_posix()}", file.read_bytes()
    beliefs = course.root / "quizzes" / f"{MISCONCEPTIONS}.yaml"
    if beliefs.is_file():
        yield f"course/quizzes/{beliefs.name}", beliefs.read_bytes()


def _goes(shelf: str, inner: Path) -> bool:
    if any(part.startswith(".") or part == "__pycache__" for part in inner.parts):
        return False
    return shelf == "assignments" or not (inner.parts[0] == "mutants" or inner.name in {"reference.py", "proof.json"})


def _package() -> Iterator[tuple[str, bytes]]:
    root = Path(dlgrade.__file__).parent
    for file in sorted(root.rglob("*")):
        inner = file.relative_to(root)
        if file.is_file() and "__pycache__" not in inner.parts and inner.parts[0] != "_course":
            yield f"toolkit/dlgrade/{inner.as_posix()}", file.read_bytes()


def _declared() -> list[str]:
    """What this package requires: of its project file where it runs from a checkout, else of its metadata."""
    project = Path(dlgrade.__file__).parents[2] / "pyproject.toml"
    if project.is_file():
        return list(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"])
    return [one for one in importlib.metadata.requires("dlgrade") or [] if "extra ==" not in one]


def _requirements() -> str:
    return "\n".join([f"--extra-index-url {_WHEELS}", *sorted(_declared())]) + "\n"


def _constraints() -> str:
    """The versions that run here, of all that is required, directly or not."""
    versions: dict[str, str] = {}
    waiting = _declared()
    while waiting:
        found = _NAME.match(waiting.pop().strip())
        name = found[0] if found else ""
        try:
            installed = importlib.metadata.distribution(name)
        except (importlib.metadata.PackageNotFoundError, ValueError):
            continue  # for another system
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key not in versions:
            # Of torch the version for processors is the same without what follows the plus.
            versions[key] = installed.version.partition("+")[0]
            waiting += [one for one in installed.requires or [] if "extra ==" not in one]
    return "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))
