"""What a file that cannot be read says: place, line, one plain sentence, and a mend where there is one."""

import codecs
import os

import pytest

from dlgrade import submission
from dlgrade.errors import SubmissionError


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        ("x = 1\ny = (1,\n     2\nz = 3\n", "code6.py:2: '(' was never closed: y = (1,", ""),
        ("x = 'abc\n", "code6.py:1: the quote that opens here is not closed on this line: x = 'abc", ""),
        ("x = 1\ny = '''a\n\n", "code6.py:2: the triple quotes that open here are never closed: y = '''a", ""),
        ("if x\n    y = 1\n", "code6.py:1: a colon is missing: if x", "Put ':' at the end of the line."),
        ("print 'hello'\n", "code6.py:1: print without parentheses is Python 2: print 'hello'", "Write print(...)."),
        ("exec 'x'\n", "code6.py:1: exec without parentheses is Python 2: exec 'x'", "Write exec(...)."),
        ("def f():\n\tx = 1\n        y = 2\n", "code6.py:3: tabs and spaces are mixed in the indentation: y = 2",
         "Indent with four spaces throughout; an editor can convert the tabs."),
        ("def f():\n        x = 1\n    y = 2\n",
         "code6.py:3: this line is indented like none of the blocks above it: y = 2",
         "Indent it exactly as the lines that it belongs with."),
        ("x = 1\n  y = 2\n", "code6.py:2: this line is indented, but no block begins above it: y = 2",
         "Remove the spaces in front of it."),
        ("def f():\nreturn 1\n",
         "code6.py:2: expected an indented block after function definition on line 1: return 1", ""),
        ("x = 1\n<<<<<<< HEAD\ny = 1\n=======\n", "code6.py:2: a merge conflict was left in the file: <<<<<<< HEAD",
         "Keep one of the two versions and delete the marks."),
        ("x = 5 6\n", "code6.py:1: Python cannot read this line: x = 5 6", ""),
        ("def f(a, a): pass\n", "code6.py:1: duplicate argument 'a' in function definition: def f(a, a): pass", ""),
        ("x = 0777\n", "code6.py:1: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
         "for octal integers: x = 0777", ""),
    ],
)  # fmt: skip
def test_a_syntax_error_is_told_with_its_place_and_line(submit, text, what, mend):
    with pytest.raises(SubmissionError) as caught:
        submit(text)
    assert (caught.value.what, caught.value.mend) == (what, mend)


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        (
            "x = “a”\n",
            "column 5 holds “ (U+201C, left double quotation mark), which is not Python",
            "keyboard",
        ),
        (
            "xé = ’a’\n",
            "column 6 holds ’ (U+2019, right single quotation mark), which is not Python",
            "keyboard",
        ),
        ("x = 1 − 2\n", "column 7 holds − (U+2212, minus sign), which is not Python", "Type a minus"),
        ("x = 3 – 2\n", "column 7 holds – (U+2013, en dash), which is not Python", "Type a minus"),
        ("x\u00a0= 1\n", "column 2 holds U+00A0 (no-break space), which is not Python", "ordinary space"),
        ("x = 1\u200b\n", "column 6 holds U+200B (zero width space), which is not Python", "ordinary space"),
        ("x = 1\x1b[31m\n", "column 6 holds U+001B (a control character), which is not Python", "Delete it"),
    ],
)
def test_a_pasted_character_is_named_with_its_column(submit, text, what, mend):
    with pytest.raises(SubmissionError) as caught:
        submit(text)
    assert what in caught.value.what
    assert mend in caught.value.mend
    assert caught.value.what.replace("\u00a0", "").isprintable()


def test_such_characters_inside_texts_and_comments_do_no_harm(submit):
    text = "x = '“−\u00a0'  # ’ –\n"
    assert submit(text).main.source == text


# -- encodings ---------------------------------------------------------------------------------------------

ACCENT = "name = 'Zoë'\n"


@pytest.mark.parametrize(
    "data",
    [
        ACCENT.encode("utf-8"),
        codecs.BOM_UTF8 + ACCENT.encode("utf-8"),
        ACCENT.encode("utf-16"),
        codecs.BOM_UTF16_BE + ACCENT.encode("utf-16-be"),
        ACCENT.encode("utf-32"),
        b"# -*- coding: latin-1 -*-\n" + ACCENT.encode("latin-1"),
        b"#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\n" + ACCENT.encode("iso-8859-15"),
        b"\n# coding=cp1252\n" + ACCENT.encode("cp1252"),
    ],
)
def test_every_declared_encoding_is_read_without_a_word(submit, execute, data):
    handed_in = submit(data)
    assert execute(handed_in).name == "Zoë"
    assert handed_in.notes == ()


def test_undeclared_windows_text_is_read_with_a_note(submit, execute, notes):
    handed_in = submit("x = '“Zoë”'\n".encode("cp1252"))
    assert execute(handed_in).x == "“Zoë”"
    assert "is not UTF-8 and was read as Windows text (cp1252)" in notes(handed_in)


def test_bytes_that_even_windows_does_not_know_are_read_as_latin_1(submit):
    assert submit(b"x = '\x81'\n").main.source == "x = '\x81'\n"


@pytest.mark.parametrize("name", ["rot13", "unicode_escape", "punycode", "hex", "undefined", "no-such", "utf-7"])
def test_a_coding_line_that_names_no_character_set_is_ignored(submit, execute, name):
    assert execute(submit(f"# coding: {name}\nx = 'a'\n".encode())).x == "a"


@pytest.mark.parametrize("text", ["x = 1\r\ny = 2\r\n", "x = 1\ry = 2\r", "x = 1\n\x0cy = 2\n", "\tx = 1\ry = 2"])
def test_line_ends_and_form_feeds_count_as_python_counts_them(submit, text):
    if text.startswith("\t"):
        with pytest.raises(SubmissionError, match=r"code6\.py:1: "):
            submit(text.encode())
    else:
        assert submit(text.encode()).main.source.split("\n")[1].strip("\x0c") == "y = 2"


def test_nul_characters_are_told(submit):
    with pytest.raises(SubmissionError, match="holds NUL characters, so it is not a plain text file"):
        submit(b"x = 1\0\n")


def test_half_a_character_in_a_notebook_is_told(submit):
    book = '{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}, '
    with pytest.raises(SubmissionError, match=r"cell 1: line 1 holds U\+D800, half of a character"):
        submit(book + '"outputs": [], "execution_count": null, "source": "x = \'\\ud800\'"}]}', "a.ipynb")


def test_an_archive_that_is_called_python_is_told_so(submit):
    with pytest.raises(SubmissionError, match=r"ending \.zip"):
        submit(b"PK\x03\x04rest", "code6.py")


def test_an_empty_file_is_read(submit):
    assert submit(b"").classes == ()


# -- what cannot be opened ---------------------------------------------------------------------------------


def test_a_missing_file_names_the_near_ones(submit, tmp_path):
    submit("x = 1", "code6.py")
    with pytest.raises(SubmissionError, match=r"no such file\n  Did you mean code6\.py\?"):
        submission.read(tmp_path / "cod6.py")


def test_a_file_of_another_kind_says_what_is_read(submit):
    with pytest.raises(SubmissionError, match="this kind of file is not read"):
        submit("x", "essay.docx")


def test_a_pipe_that_poses_as_a_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "code6.py")
    with pytest.raises(SubmissionError, match="not a regular file"):
        submission.read(tmp_path / "code6.py")


def test_a_large_notebook_is_told_how_to_get_smaller(submit):
    with pytest.raises(SubmissionError, match=r"10\.0 MB; at most 10 MB are read\n  Clear the notebook's outputs"):
        submit(b" " * 10_000_001, "a.ipynb")


def test_weights_in_the_source_are_refused(submit):
    with pytest.raises(SubmissionError, match="holds 600,006 characters of code; at most 500,000 are read"):
        submit("x = '" + "a" * 600_000 + "'")
