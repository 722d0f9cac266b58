"""A small course to write decks into, and Anki's own engine to import them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

COURSE = """\
title: A course
tracks: {one: The first}
"""
ASSIGNMENT = """\
title: Averages
track: one
criteria:
  shape: {points: 1, says: The shape is right., cards: [one]}
  budget: {points: 1, says: The budget is kept., cards: [one]}
"""
DECK = """\
title: Sizes
order: 10
lesson: code6
cards:
  one:
    front: What is 1 + 1?
    back: "2"
    check: 1 + 1 == 2
"""


class Course:
    """A course in a folder of its own; decks are given as indented YAML."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("assignments/code6", "flashcards", "quizzes"):
            (root / folder).mkdir(parents=True)
        self.write("course.yaml", COURSE)
        self.write("assignments/code6/assignment.yaml", ASSIGNMENT)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def deck(self, text: str, name: str = "deck-one") -> Path:
        return self.write(f"flashcards/{name}.yaml", text)

    def cards(self, text: str, name: str = "deck-one") -> Path:
        """A deck of these cards; the line of the first is 3."""
        return self.deck("title: Sizes\ncards:\n" + textwrap.indent(textwrap.dedent(text), "  "), name)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """An own course with one deck that is right, in force for the command line."""
    made = Course(tmp_path / "course")
    made.deck(DECK)
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("DLGRADE_COURSE", str(made.root))
    monkeypatch.setenv("DLGRADE_HOME", str(tmp_path / "home"))
    return made


class Anki:
    """An empty collection of Anki."""

    def __init__(self, folder: Path) -> None:
        from anki.collection import Collection

        folder.mkdir()
        self.collection: Any = Collection(str(folder / "collection.anki2"))

    def take(self, package: Path) -> Any:
        """Import a package as the program does by itself; what Anki says of it."""
        from anki.collection import ImportAnkiPackageOptions, ImportAnkiPackageRequest

        options = ImportAnkiPackageOptions()  # as in Anki's dialogue: update what is newer
        request = ImportAnkiPackageRequest(package_path=str(package), options=options)
        return self.collection.import_anki_package(request).log

    def note(self, key: str) -> Any:
        """The note of a card by its id in the deck's file."""
        (found,) = self.collection.find_notes(f'"Id:*/{key}"')
        return self.collection.get_note(found)

    def cards(self, key: str) -> list[Any]:
        return self.note(key).cards()

    def every_card(self) -> list[Any]:
        return [self.collection.get_card(one) for one in self.collection.find_cards("", order="c.due, c.ord")]


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Anki]:
    pytest.importorskip("anki.collection")
    made = Anki(tmp_path / "anki")
    yield made
    made.collection.close()


@pytest.fixture
def exported(course: Course, tmp_path: Path) -> Callable[..., Path]:
    """Export the course's decks as if at a moment given in seconds."""
    from dlgrade.deck import Choice, export

    def write(moment: float = 1_700_000_000.0, choice: Choice | None = None) -> Path:
        file = tmp_path / "cards.apkg"
        export(course.root, choice or Choice(), file, moment=moment)
        return file

    return write
