"""A class's submissions as each system lays them out; every builder takes a folder and students and returns the folder.

The forms are those of nbgrader, Canvas, Moodle and Gradescope themselves; `dlgrade.intake` says where they are from.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CODE = "import torch.nn as nn\n\n\nclass Net(nn.Module):\n    pass\n"


@dataclass(frozen=True)
class Student:
    """One who handed in.

    Attributes:
        number: what a course system gives out: Canvas' user id, Moodle's participant.
        files: what was handed in, by name.
        again: how often it was handed in before, as Canvas counts.
        when: as Gradescope and nbgrader write it, without a zone.
    """

    who: str = "s001"
    first: str = "Ann"
    last: str = "One"
    number: int = 12001
    files: Mapping[str, str | bytes] = field(default_factory=lambda: {"code6.py": CODE})
    late: bool = False
    again: int = 0
    when: str = "2026-03-01 10:00:00"

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        return f"{self.who}@example.edu"


def a_class(count: int, **fields: object) -> list[Student]:
    """Students s001, s002, ... with names of their own."""
    return [
        Student(f"s{i:03}", f"First{i}", f"Last{i}", 12000 + i, **fields)  # type: ignore[arg-type]
        for i in range(1, count + 1)
    ]


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def as_files(root: Path, students: Sequence[Student]) -> Path:
    """``s001.py``: the first file of each."""
    for student in students:
        name, content = next(iter(student.files.items()))
        write(root / f"{student.who}{Path(name).suffix}", content)
    return root


def as_folders(root: Path, students: Sequence[Student]) -> Path:
    """``s001/code6.py``."""
    for student in students:
        for name, content in student.files.items():
            write(root / student.who / name, content)
    return root


def as_nbgrader(root: Path, students: Sequence[Student], assignment: str = "code6") -> Path:
    """A course folder with ``submitted/s001/code6/code6.py`` and ``timestamp.txt``."""
    for student in students:
        home = root / "submitted" / student.who / assignment
        for name, content in student.files.items():
            write(home / name, content)
        write(home / "timestamp.txt", f"{student.when}.000000 UTC")
    write(root / "source" / assignment / "code6.ipynb", "{}")
    write(root / "nbgrader_config.py", "c = get_config()\n")
    return root


def as_canvas(root: Path, students: Sequence[Student], *, anonymous: bool = False) -> Path:
    """``lastfirst_LATE_12001_90001_code6-1.py``; without names where the assignment is anonymous."""
    attachment = 90_000
    for student in students:
        name = re.sub(r"\W", "", f"{student.last}, {student.first}").lower()
        late = "LATE_" if student.late else ""
        whose = f"{late}anon_x{student.number}" if anonymous else f"{name}_{late}{student.number}"
        for file, content in student.files.items():
            attachment += 1
            stem, ending = os.path.splitext(file)
            again = f"-{student.again}" if student.again else ""
            write(root / f"{whose}_{attachment}_{stem}{again}{ending}", content)
    return root


def as_moodle(root: Path, students: Sequence[Student]) -> Path:
    """``Ann One_12001_assignsubmission_file_/code6.py``."""
    for student in students:
        home = root / f"{student.name}_{student.number}_assignsubmission_file_"
        for name, content in student.files.items():
            write(home / name, content)
    return root


def as_moodle_flat(root: Path, students: Sequence[Student]) -> Path:
    """``Ann One_12001_assignsubmission_file_code6.py``."""
    for student in students:
        for name, content in student.files.items():
            write(root / f"{student.name}_{student.number}_assignsubmission_file_{name}", content)
    return root


def as_gradescope(root: Path, students: Sequence[Student]) -> Path:
    """``assignment_77_export/submission_212001/code6.py`` with ``submission_metadata.yml``."""
    export = root / "assignment_77_export"
    lines = ["---"]
    for student in students:
        folder = f"submission_2{student.number}"
        for name, content in student.files.items():
            write(export / folder / name, content)
        lines += [
            f"{folder}:",
            "  :submitters:",
            f"  - :name: {student.name}",
            f"    :sid: '{student.who}'",
            f"    :email: {student.email}",
            f"  :created_at: {student.when}.018556000 Z",
            "  :score: 0.0",
            "  :status: processed",
            "  :results:",
            "    tests:",
            "    - name: 'hello: world'",
            "      output: |",
            "        :submitters: are not here",
            "  :history:",
            "  - :submitters: []",
            "    :created_at: 2026-02-01 10:00:00.000000000 Z",
            "    :id: 1",
        ]
    write(export / "submission_metadata.yml", "\n".join(lines) + "\n")
    return root


BUILDERS: Mapping[str, tuple[str, Callable[[Path, Sequence[Student]], Path]]] = {
    "files": ("files", as_files),
    "folders": ("folders", as_folders),
    "nbgrader": ("nbgrader", as_nbgrader),
    "canvas": ("canvas", as_canvas),
    "moodle": ("moodle", as_moodle),
    "moodle-flat": ("moodle", as_moodle_flat),
    "gradescope": ("gradescope", as_gradescope),
}
"""By name: the layout that it is, and who builds it."""


def zipped(folder: Path, to: Path | None = None) -> Path:
    """The folder as one zip archive; it is removed."""
    path = to or folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    shutil.rmtree(folder)
    return path


def zip_of(entries: Mapping[str, str | bytes]) -> bytes:
    """An archive in memory."""
    from io import BytesIO

    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()
