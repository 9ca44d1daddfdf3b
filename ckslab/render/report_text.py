"""A report on the terminal: each root cause once, what waits in one line, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console
from rich.text import Text

from ckslab.grading.report import ApiServer, CheckReport, Report
from ckslab.render.console import marks
from ckslab.render.rows import cell, hanging, show

_STYLE = {"pass": "green", "fail": "red", "unknown": "yellow", "waiting": "dim"}
_POINTS_WIDTH = 5


def print_report(out: Console, report: Report, *, lab: str = "", take_away: str = "") -> None:
    """Print `report`. `lab`: the name that next commands must give, "" where there is only one lab. take_away: what
    whoever has full marks should remember.
    """
    show(out, _lines(out, report, lab, take_away))


def _lines(out: Console, report: Report, lab: str, take_away: str) -> Iterator[Text]:
    yield from _head(out, report)
    yield Text()
    own = [check for check in report.checks if not check.after]
    column = max([8, *(len(check.id) for check in own)])
    column = min(column, max(8, out.width // 4))
    for check in own:
        yield from _check(out, check, column)
    yield from _waiting(out, report.checks)
    if report.not_graded:
        names = cell("not graded without a cluster: " + ", ".join(report.not_graded), "dim")
        yield from hanging(out, Text(f"  {marks(out)['waiting']}"), names, 11)
    yield Text()
    yield from _foot(out, report, lab, take_away)


def _head(out: Console, report: Report) -> Iterator[Text]:
    score = Text(f"{report.score} of {report.max}", style="bold green" if report.passed else "bold")
    if report.undecided:
        score.append(f" ({report.undecided} undecided)", style="yellow")
    title = cell(f"{report.scenario} · {report.title} · {report.submission or report.cluster}", "bold")
    if title.cell_len + 2 + score.cell_len <= out.width:
        yield title.append(" " * (out.width - title.cell_len - score.cell_len)).append_text(score)
    else:
        yield from hanging(out, Text(), title, 0)
        yield score


def _check(out: Console, check: CheckReport, column: int) -> Iterator[Text]:
    style = _STYLE[check.outcome]
    earned = "?" if check.outcome == "unknown" else str(check.earned)
    label = Text("  ").append(marks(out)[check.outcome], style=style)
    label.append(" " + f"{earned}/{check.points}".rjust(_POINTS_WIDTH) + "  ").append_text(cell(check.id))
    indent = 6 + _POINTS_WIDTH + column + 2
    yield from hanging(out, label, cell(check.title, "" if check.outcome == "pass" else "bold"), indent)
    if check.outcome == "pass":
        return
    for name, value in _details(check):
        detail = Text(" " * (6 + _POINTS_WIDTH)).append(name, style="dim")
        yield from hanging(out, detail, value, indent)


def _details(check: CheckReport) -> Iterator[tuple[str, Text]]:
    if check.expected:
        yield "expected", cell(check.expected)
    if check.observed:
        yield "why" if check.outcome == "unknown" else "seen", cell(check.observed)
    if check.where:
        place = check.where.path + (f":{check.where.line}" if check.where.line else "")
        yield "where", cell(f"{place}  {check.where.field}", "cyan")
    if check.log:
        yield "log", cell(check.log)
    if check.message:
        yield "note", cell(check.message)


def _waiting(out: Console, checks: tuple[CheckReport, ...]) -> Iterator[Text]:
    groups: dict[tuple[str, tuple[str, ...]], list[CheckReport]] = {}
    for check in checks:
        if check.after:
            groups.setdefault((check.outcome, check.after), []).append(check)
    for (outcome, roots), group in groups.items():
        earned = "?" if outcome == "unknown" else "0"
        points = f"{earned}/{sum(check.points for check in group)}"
        label = Text(f"  {marks(out)['waiting']} {points.rjust(_POINTS_WIDTH)}", style="dim")
        verb = "waits for" if len(group) == 1 else "wait for"
        text = f"{', '.join(check.id for check in group)} {verb}: {', '.join(roots)}"
        yield from hanging(out, label, cell(text, "dim"), 6 + _POINTS_WIDTH)


def _foot(out: Console, report: Report, lab: str, take_away: str) -> Iterator[Text]:
    """The cluster's state, time and hints, and the next commands."""
    for remark in [*report.notes, *_remarks(report.api_server)]:
        yield from hanging(out, Text(), cell(remark, "yellow"), 0)
    if facts := " · ".join(_facts(report)):
        yield from hanging(out, Text(), cell(facts, "dim"), 0)
    if take_away:
        yield from (Text(), *hanging(out, Text(), cell(take_away), 0), Text())
    if steps := next_steps(report, lab):
        yield from hanging(out, Text("next:"), cell(" · ".join(steps), "cyan"), 6)


def _remarks(server: ApiServer | None) -> Iterator[str]:
    """What explains several checks at once: that the API server does not serve."""
    if server is None or server.state == "ready":
        return
    times = f" (restarted {server.restarts} time{'s' if server.restarts > 1 else ''})" if server.restarts else ""
    if server.state == "not-ready":
        yield f"The API server runs and is not ready{times}."
    else:
        since = f" since {_clock(server.down_since)}" if server.down_since else ""
        yield f"The API server is down{since}{times}."


def _clock(instant: str) -> str:
    """The local time of day of an RFC 3339 instant; what cannot be read is given back as it is."""
    try:
        return datetime.fromisoformat(instant).astimezone().strftime("%H:%M:%S")
    except (ValueError, OverflowError):
        return instant


def next_steps(report: Report, lab: str) -> list[str]:
    """Commands that help from here, the most useful first."""
    suffix = f" {lab}" if lab else ""
    if report.passed and report.lab and report.not_graded:
        return [f"ckslab grade{suffix}"]
    if report.passed:
        onward = [f"ckslab explain {report.scenario}", f"ckslab stop{suffix}", "ckslab next"]
        return onward if report.lab else []
    if not report.lab:
        whole = ["ckslab hand-in (in the lab)"] if report.undecided and not report.from_lab else []
        return [*whole, f"ckslab show {report.scenario}"]
    failed = [check for check in report.checks if check.outcome == "fail" and not check.after]
    down = report.api_server is not None and report.api_server.state == "down"
    hints = [f"ckslab hint {check.id}{suffix}" for check in failed if not check.root][:1]
    # A hint is on what the task asks for: it does not help where the API server runs with something else.
    rooted = any(check.root for check in failed)
    rescue = [f"ckslab rescue{suffix}"] if rooted or down else []
    steps = [*rescue, *hints] if rooted else [*hints, *rescue]
    if report.undecided:
        steps += [f"ckslab grade{suffix}", "ckslab doctor"]
    return steps


def _facts(report: Report) -> Iterator[str]:
    used = _minutes(report.started_at, report.graded_at)
    if used is not None and report.minutes:
        yield f"{used} of {report.minutes} minutes"
    if report.from_lab:
        yield f"from lab {report.from_lab}"
    if report.lab:
        yield f"{report.hints_used or 'no'} hint{'' if report.hints_used == 1 else 's'} used"
    if report.solution_shown:
        yield "solution shown"


def _minutes(start: str, end: str) -> int | None:
    try:
        return max(0, int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()) // 60)
    except (ValueError, TypeError):
        return None
