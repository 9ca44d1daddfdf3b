"""A report on the terminal by its points alone: what a first look at a broken lab must not give away."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ckslab.grading.report import Report
from ckslab.render.console import marks
from ckslab.render.rows import cell, hanging, show

_STYLE = {"pass": "green", "fail": "red", "unknown": "yellow"}
_POINTS_WIDTH = 5


def print_brief(out: Console, report: Report) -> None:
    """Print each check's points and the score; no reason, no place, no log line, no hint at what is wrong."""
    show(out, _lines(out, report))


def _lines(out: Console, report: Report) -> Iterator[Text]:
    for check in report.checks:
        label = Text("  ").append(marks(out)[check.outcome], style=_STYLE[check.outcome])
        earned = "?" if check.outcome == "unknown" else str(check.earned)
        label.append(" " + f"{earned}/{check.points}".rjust(_POINTS_WIDTH))
        yield from hanging(out, label, cell(check.id), 6 + _POINTS_WIDTH)
    undecided = f" ({report.undecided} undecided)" if report.undecided else ""
    yield from hanging(out, Text(), cell(f"{report.score} of {report.max}{undecided}", "bold"), 0)
    for note in report.notes:
        yield from hanging(out, Text(), cell(note, "yellow"), 0)
