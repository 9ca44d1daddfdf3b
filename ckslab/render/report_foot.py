"""The foot of a report: the cluster's state, time and hints, and the next commands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console
from rich.text import Text

from ckslab.grading.report import Report
from ckslab.render.rows import cell, hanging


def foot(out: Console, report: Report, lab: str) -> Iterator[Text]:
    """Its lines; see `print_report` for `lab`."""
    for remark in report.aside.remarks:
        yield from hanging(out, Text(), cell(remark, "yellow"), 0)
    if facts := " · ".join(_facts(report)):
        yield from hanging(out, Text(), cell(facts, "dim"), 0)
    if steps := next_steps(report, lab):
        yield from hanging(out, Text("next:"), cell(" · ".join(steps), "cyan"), 6)


def next_steps(report: Report, lab: str) -> list[str]:
    """Commands that help from here, the most useful first."""
    suffix = f" {lab}" if lab else ""
    if report.passed:
        return [f"ckslab stop{suffix}", "ckslab list"] if report.lab else []
    if not report.lab:
        return [f"ckslab show {report.scenario}"]
    steps = []
    failed = [check for check in report.checks if check.outcome == "fail" and not check.after]
    if failed:
        steps.append(f"ckslab hint {failed[0].id}{suffix}")
    if report.aside.api_server_down:
        steps.append(f"ckslab rescue{suffix}")
    if report.undecided:
        steps += [f"ckslab grade{suffix}", "ckslab doctor"]
    return steps


def _facts(report: Report) -> Iterator[str]:
    used = _minutes(report.started_at, report.graded_at)
    if used is not None and report.aside.minutes:
        yield f"{used} of {report.aside.minutes} minutes"
    if report.lab:
        yield f"{report.hints_used or 'no'} hint{'' if report.hints_used == 1 else 's'} used"
    if report.solution_shown:
        yield "solution shown"


def _minutes(start: str, end: str) -> int | None:
    try:
        return max(
            0, int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()) // 60
        )
    except (ValueError, TypeError):
        return None
