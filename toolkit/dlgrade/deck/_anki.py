"""Write notes as a package of Anki, or as a table that Anki and other programs read.

Promises: whoever imports a package again keeps all reviews, gets what has changed since and nothing twice. For
this the ids of note types and decks never change, note types keep their fields (some are spare, for what is to
come), and notes are as new as the export, since Anki takes over only what is newer than what it has.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib
import io
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlgrade import markup
from dlgrade.deck._notes import Note
from dlgrade.errors import MachineError

_BASIC_ID, _CLOZE_ID = 1748203911, 1748203912
_BASIC_NAME, _CLOZE_NAME = "dlgrade basic", "dlgrade cloze"
_SPARE = ("Spare 1", "Spare 2", "Spare 3", "Spare 4")
_BASIC_FIELDS = ("Front", "Back", "Extra", "Source", "Id", *_SPARE)
_CLOZE_FIELDS = ("Text", "Answer", "Extra", "Source", "Id", *_SPARE)
_BELOW = (
    '{{#Extra}}<div class="extra">{{Extra}}</div>{{/Extra}}{{#Source}}<div class="source">{{Source}}</div>{{/Source}}'
)
_LOWEST, _HIGHEST = 1 << 30, 1 << 31  # where Anki's own ids do not come
_TEMPLATES = Path(__file__).with_name("templates")


def package(notes: Sequence[Note], title: str, file: Path, moment: float | None = None) -> None:
    """Write the notes as an ``.apkg`` with a deck for each of theirs below one called `title`.

    Args:
        moment: when this export was made, in seconds since 1970; None for now.

    Raises:
        MachineError: the file cannot be written.
    """
    genanki = _genanki()
    models = {False: _basic(), True: _cloze()}
    decks: dict[str, Any] = {}
    for note in notes:
        deck = decks.get(note.deck.id)
        if deck is None:
            deck = decks[note.deck.id] = genanki.Deck(_number("deck", note.deck.id), _name(title, note))
        fields = [*note.fields, *("" for _ in _SPARE)]
        deck.add_note(genanki.Note(models[note.cloze], fields, guid=note.guid, tags=[*note.tags], due=note.due))
    with tempfile.TemporaryDirectory(prefix="dlgrade-deck-") as folder:
        pictures = {name: picture for note in notes for name, picture in note.pictures.items()}
        for name, picture in pictures.items():
            (Path(folder) / name).write_text(picture, encoding="utf-8")
        media = [os.path.join(folder, name) for name in sorted(pictures)]
        written = Path(folder) / "package"
        genanki.Package([*decks.values()], media).write_to_file(written, timestamp=moment or time.time())
        _put(file, written.read_bytes())


def table(notes: Sequence[Note], title: str, file: Path) -> None:
    """Write the notes as tab-separated text with HTML in it; pictures stand in the fields themselves.

    Raises:
        MachineError: the file cannot be written.
    """
    text = io.StringIO()
    text.write("#separator:tab\n#html:true\n#guid column:1\n#notetype column:2\n#deck column:3\n#tags column:4\n")
    rows = csv.writer(text, delimiter="\t", lineterminator="\n")
    for note in notes:
        kind = _CLOZE_NAME if note.cloze else _BASIC_NAME
        fields = [_with_pictures(field, note) for field in note.fields]
        rows.writerow([note.guid, kind, _name(title, note), " ".join(note.tags), *fields])
    _put(file, text.getvalue().encode())


def style() -> str:
    """The style sheet of the cards."""
    return (_TEMPLATES / "card.css").read_text(encoding="utf-8") + markup.styles(night=".nightMode")


def _basic() -> Any:
    genanki = _genanki()
    back = '{{FrontSide}}<hr id="answer"><div class="back">{{Back}}</div>' + _BELOW
    template = {"name": "Card", "qfmt": '<div class="front">{{Front}}</div>', "afmt": back}
    return genanki.Model(_BASIC_ID, _BASIC_NAME, _fields(_BASIC_FIELDS), [template], style())


def _cloze() -> Any:
    genanki = _genanki()
    back = '<div class="front">{{cloze:Text}}</div>{{#Answer}}<div class="back">{{Answer}}</div>{{/Answer}}' + _BELOW
    template = {"name": "Cloze", "qfmt": '<div class="front">{{cloze:Text}}</div>', "afmt": back}
    kind = genanki.Model.CLOZE
    return genanki.Model(_CLOZE_ID, _CLOZE_NAME, _fields(_CLOZE_FIELDS), [template], style(), model_type=kind)


def _genanki() -> Any:
    """The library, which has no types."""
    return importlib.import_module("genanki")


def _fields(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def _number(*parts: str) -> int:
    """An id for Anki that is always the same for the same words."""
    digest = hashlib.sha256("\0".join(["dlgrade", *parts]).encode()).digest()
    return _LOWEST + int.from_bytes(digest[:8], "big") % (_HIGHEST - _LOWEST)


def _name(title: str, note: Note) -> str:
    return f"{_level(title)}::{_level(note.deck.title)}"


def _level(title: str) -> str:
    """A title as one level of the name of a deck."""
    return " ".join(title.replace("::", ":").split())


def _with_pictures(field: str, note: Note) -> str:
    for name, picture in note.pictures.items():
        data = base64.b64encode(picture.encode()).decode()
        field = field.replace(f'src="{name}"', f'src="data:image/svg+xml;base64,{data}"')
    return field


def _put(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}", delete=False) as partial:
            partial.write(content)
        os.chmod(partial.name, 0o644)
        os.replace(partial.name, file)
    except OSError as error:
        raise MachineError(f"cannot write {file}: {error.strerror}") from None
