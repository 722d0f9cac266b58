"""The tables, version by version, and how a file of one version becomes one of the next.

A new file goes through all versions, so that it cannot differ from one that was brought up to date.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

MARK = 0x646C6762
"""``dlgb``, SQLite's application_id: tells our files from anybody else's."""

_FIRST = """
create table attempts (
    number   integer primary key,
    who      text not null,
    kind     text not null check (kind in ('quiz', 'assignment')),
    id       text not null,
    seed     integer not null,
    started  text not null,
    finished text not null,
    points   real not null,
    max      real not null,
    results  text not null
);
create index attempts_by_what on attempts (who, kind, id, number);
create trigger attempts_stay before update on attempts
    begin select raise(abort, 'an attempt is never changed'); end;
create trigger attempts_remain before delete on attempts
    begin select raise(abort, 'an attempt is never removed'); end;
create table drafts (
    who   text not null,
    kind  text not null,
    id    text not null,
    state text not null,
    primary key (who, kind, id)
) without rowid;
"""

# `repeat` is 0 where a key is recorded for the first time and rises where it was graded again on purpose.
_SECOND = """
alter table attempts add column handed_in text;
alter table attempts add column key text not null default '';
alter table attempts add column repeat integer not null default 0;
create unique index attempts_once on attempts (who, kind, id, key, repeat) where key <> '';
create index attempts_by_id on attempts (kind, id, number);
create table people (
    who   text primary key not null check (trim(who) <> ''),
    name  text not null,
    other text not null
) without rowid;
create table decisions (
    number    integer primary key,
    who       text not null,
    id        text not null,
    attempt   integer references attempts (number),
    criterion text not null,
    verdict   text not null check (verdict in ('passed', 'failed', '')),
    points    real,
    by_whom   text not null check (trim(by_whom) <> ''),
    why       text not null check (trim(why) <> ''),
    at        text not null,
    check ((criterion = '') = (attempt is null) and (criterion = '') = (verdict = '')
           and (criterion = '' or points is null))
);
create index decisions_by_what on decisions (who, id, number);
create trigger decisions_stay before update on decisions
    begin select raise(abort, 'a decision is never changed'); end;
create trigger decisions_remain before delete on decisions
    begin select raise(abort, 'a decision is never removed'); end;
"""

_VERSIONS = (_FIRST, _SECOND)
SCHEMA = len(_VERSIONS)
"""Version of the tables; a file with a higher one was written by a newer dlgrade."""


def version(file: sqlite3.Connection) -> int:
    """Of which version the tables of a file are; 0 where there are none."""
    (found,) = file.execute("pragma user_version").fetchone()
    return int(found)


def bring_up_to_date(file: sqlite3.Connection) -> None:
    """Make or change tables until they are of today's version, inside the transaction that is open."""
    for script in _VERSIONS[version(file) :]:
        for statement in _statements(script):
            file.execute(statement)
    file.execute(f"pragma application_id = {MARK}")
    file.execute(f"pragma user_version = {SCHEMA}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; a trigger has semicolons of its own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
