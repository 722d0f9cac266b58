"""The report on a terminal: words before symbols, and lines of at most 80 columns where there are 80."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from dlgrade.course import Report
from dlgrade.neutral import NAME_LIMIT, encodable, neutral, visible
from dlgrade.report import _words as words

_WIDEST = 100  # longer lines are hard to read
_PIPED = 80
_UNDER = 8  # where the lines under a criterion begin, and its id
_GAP = "   "
_LONGEST_ID = 28
_NARROWEST = 24  # a column narrower than this is not worth having


def terminal(
    report: Report,
    console: Console | None = None,
    *,
    html_path: str | None = None,
    instructor: bool = False,
) -> None:
    """Print the report.

    Args:
        console: where to; standard output if None. Colour appears only where the console says that it is a
            terminal.
        html_path: the page that tells the same at length, named in the last line.
        instructor: also print the detail that students must not see.
    """
    console = console or Console(highlight=False)
    # rich takes a pipe's width from the terminal beside it; what lands in a file should not depend on that.
    page = _Page(console, min(console.width, _WIDEST if console.is_terminal else _PIPED))
    _header(page, report, instructor)
    _problem(page, report, instructor)
    _criteria(page, report, instructor)
    _closing(page, report, html_path)


@dataclass(frozen=True)
class _Page:
    """Puts text on a console, wrapped by display cells and with a hanging indent; nothing is markup."""

    console: Console
    width: int

    def text(self, plain: str, style: str = "") -> Text:
        return Text(encodable(visible(plain), self.console.encoding), style)

    def put(self, plain: str = "", *, lead: Text | None = None, hang: int = 0, style: str = "") -> None:
        """Print ``lead`` and, from column ``hang`` on, the text; below a lead that is too long."""
        lead = lead or Text()
        if self.width - hang < _NARROWEST:
            hang = min(hang, _UNDER if self.width > _UNDER + _NARROWEST else 2)
        lines = list(self.text(plain, style).wrap(self.console, max(self.width - hang, 1)))
        if lead.cell_len > hang:
            self._print(lead)
            lead = Text()
        for line in lines or [Text()]:
            self._print(Text.assemble(lead, " " * (hang - lead.cell_len), line))
            lead = Text()

    def _print(self, line: Text) -> None:
        line.rstrip()
        for piece in line.wrap(self.console, self.width):
            self.console.print(piece, soft_wrap=True, highlight=False, markup=False, emoji=False)


def _header(page: _Page, report: Report, instructor: bool) -> None:
    network = report.network
    name = neutral(network.name, NAME_LIMIT // 2) if network else ""
    column = max(len(report.assignment), page.text(name).cell_len) + 2
    rows = [(report.assignment, report.title, words.run_line(report))]
    if network:
        rows.append((name, f"{words.count(network.parameters)} parameters", words.budget_line(report)))
    _two_columns(page, rows, column)
    if instructor or not network:
        page.put(_submission(report, instructor), hang=column)
    if report.training:
        page.put(words.training_line(report), hang=column)
    if instructor:
        page.put("instructor's view: holds what students must not see", hang=column)
    page.put()


def _two_columns(page: _Page, rows: list[tuple[str, str, str]], column: int) -> None:
    """Rows of a label, a text and one at the right edge, all of which begin in one column where they fit."""
    lefts = [column + page.text(left).cell_len + 2 for _, left, _ in rows]
    rights = [page.text(right).cell_len for _, _, right in rows]
    start = page.width - max((b for a, b in zip(lefts, rights, strict=True) if a + b <= page.width), default=0)
    for (label, left, right), end, length in zip(rows, lefts, rights, strict=True):
        fits = end <= start and start + length <= page.width
        page.put(left + " " * (start - end + 2) + right if fits else left, lead=page.text(label), hang=column)
        if right and not fits:
            page.put(right, hang=column)


def _submission(report: Report, instructor: bool) -> str:
    name = neutral(report.submission.name, NAME_LIMIT)
    return f"{name}  sha256 {report.submission.sha256[:12]}" if instructor else name


def _problem(page: _Page, report: Report, instructor: bool) -> None:
    if report.problem is None:
        return
    page.put(words.problem_line(report), lead=_word(page, "STOP", "bold red"), hang=_UNDER, style="bold")
    if report.problem.mend:
        page.put(neutral(report.problem.mend), hang=_UNDER)
    if instructor:
        _detail(page, words.lines_of(report.problem.detail))
    page.put()


def _criteria(page: _Page, report: Report, instructor: bool) -> None:
    told = [words.tell(result, report, instructor=instructor) for result in report.criteria]
    ids = min(max((len(one.id) for one in told), default=0), _LONGEST_ID)
    points = max((len(one.points) for one in told), default=0)
    hang = _UNDER + ids + 1 + points + len(_GAP)
    last = next((one for one in reversed(told) if one.cards), None)
    for one in told:
        lead = _word(page, one.mood.word, one.mood.style)
        lead.append_text(page.text(f"{one.id:<{ids}} {one.points:>{points}}"))
        page.put(one.line, lead=lead, hang=hang)
        for line in one.found:
            page.put(line, hang=_UNDER)
        if one.hint:
            page.put(one.hint, hang=_UNDER)
        if one.cards:
            _cards(page, one.cards, words.review_command(report) if one is last else "")
        _detail(page, one.detail)


def _word(page: _Page, word: str, style: str) -> Text:
    lead = Text("  ")
    lead.append_text(page.text(word, style))
    lead.append(" " * (_UNDER - lead.cell_len))
    return lead


def _cards(page: _Page, cards: tuple[str, ...], command: str) -> None:
    """The cards and, after the last of them, the command for all; on two lines where one is too short."""
    line = "cards: " + "  ".join(cards)
    both = f"{line}      {command}"
    if command and _UNDER + len(both) <= page.width:
        page.put(both, hang=_UNDER)
        return
    page.put(line, hang=_UNDER)
    if command:
        page.put(command, hang=_UNDER)


def _detail(page: _Page, lines: tuple[str, ...]) -> None:
    for line in lines:
        page.put(f"| {line}", hang=_UNDER, style="dim")


def _closing(page: _Page, report: Report, html_path: str | None) -> None:
    notes = words.notes_of(report)
    if notes:
        page.put()
    for note in notes:
        page.put(note, lead=_word(page, "note", ""), hang=_UNDER)
    page.put()
    rehearsal = words.rehearsal_line(report)
    if rehearsal:
        page.put(rehearsal, hang=2)
    where = f"  report: {html_path}" if html_path else ""
    page.put(f"{words.score_line(report)}.{where}", hang=2)
