"""Tables on the terminal: scenarios, a scenario, labs, the doctor's findings, lint's problems, verify's results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ckslab.curriculum import bullet
from ckslab.render.console import marks
from ckslab.render.rows import cell, hanging, show, table

if TYPE_CHECKING:  # slow to import
    from ckslab.cluster.backend import Examined
    from ckslab.lab.catalogue import CatalogueEntry
    from ckslab.lab.results import AnswerResult, LabStatus, LintProblem
    from ckslab.scenario.model import Scenario

_LEVEL = {"ok": ("pass", "green"), "warn": ("unknown", "yellow"), "bad": ("fail", "red")}
_OUTCOME = {"pass": "green", "fail": "red", "unknown": "yellow"}


def print_scenarios(out: Console, entries: Sequence[CatalogueEntry]) -> None:
    """The catalogue, in the order given; each run of scenarios of one bullet has it above."""
    head = ("ID", "TOPIC", "LEVEL", "MIN", "BEST", "TITLE")
    above = {
        number: _bullet(entry.bullet)
        for number, entry in enumerate(entries)
        if entry.bullet and (number == 0 or entries[number - 1].bullet != entry.bullet)
    }
    show(out, table(out, head, [_scenario(entry) for entry in entries], above))


def _bullet(name: str) -> Text:
    known = bullet(name)
    return cell(f"{known.text} · {name}" if known else name, "bold")


def print_overview(out: Console, scenario: Scenario) -> None:
    """Print the head of `scenario` and its checks with their points; the task is Markdown and follows."""
    show(out, hanging(out, Text(), cell(f"{scenario.id} · {scenario.title}", "bold"), 0))
    about = f"{scenario.topic} · {scenario.difficulty} · {scenario.minutes} minutes"
    if scenario.bullet:
        about += f" · {scenario.bullet}"
    if scenario.requires:
        about += f" · requires {', '.join(scenario.requires)}"
    show(out, [*hanging(out, Text(), cell(about, "dim"), 0), Text()])
    rows = [[cell(check.id), cell(check.points), cell(check.title)] for check in scenario.checks]
    show(out, [*table(out, ("CHECK", "POINTS", "STATEMENT"), rows), Text()])


def print_labs(out: Console, labs: Sequence[LabStatus]) -> None:
    """The labs; what is wrong with the broken ones follows below."""
    head = ("LAB", "SCENARIO", "CLUSTER", "SCORE", "HINTS", "STARTED", "STATE")
    show(out, table(out, head, [_lab(lab) for lab in labs]))
    for lab in labs:
        if lab.reason:
            show(out, hanging(out, Text(), cell(f"{lab.name}: {lab.reason}", "red"), 0))
        if lab.advice:
            show(out, hanging(out, Text("next:"), cell(lab.advice, "cyan"), 6))


def print_findings(out: Console, findings: Sequence[Examined]) -> None:
    """What the doctor found, and what to do about what is not well."""
    width = max((len(finding.name) for finding in findings), default=0)
    for finding in findings:
        mark, style = _LEVEL[finding.level]
        label = Text("  ").append(marks(out)[mark], style=style).append(" ").append_text(cell(finding.name))
        show(out, hanging(out, label, cell(finding.detail), width + 6))
        if finding.level != "ok":
            for line in finding.advice.splitlines():
                show(out, hanging(out, Text(), cell(line, "cyan"), width + 6))


def print_problems(out: Console, problems: Sequence[LintProblem]) -> None:
    """Lint's problems as `file:line: severity: message`, which editors understand."""
    for problem in problems:
        place = f"{problem.file}:{problem.line}" if problem.line else f"{problem.file}"
        style = "red" if problem.severity == "error" else "yellow"
        severity = Text(f" {problem.severity}: ", style=style)
        show(out, [cell(place + ":").append_text(severity).append_text(cell(problem.message))])


def print_played(out: Console, played: AnswerResult) -> None:
    """One line for an answer as verify played it, and why where it did not hold."""
    label = Text("  ").append(marks(out)[played.outcome], style=_OUTCOME[played.outcome])
    title = cell(f"{played.scenario}  {played.answer}").append(
        f"  {played.cluster}, {played.seconds:.1f} s", style="dim"
    )
    show(out, hanging(out, label, title, 4))
    if played.outcome != "pass":
        for line in played.detail.splitlines():
            show(out, hanging(out, Text(), cell(line, _OUTCOME[played.outcome]), 6))


def _scenario(entry: CatalogueEntry) -> list[Text]:
    best = "" if entry.best is None else f"{entry.best}/{entry.points}"
    done = "green" if entry.best is not None and entry.best >= entry.points else ""
    values = (entry.id, entry.topic, entry.difficulty, entry.minutes)
    return [*map(cell, values), cell(best, done), cell(entry.title)]


def _lab(lab: LabStatus) -> list[Text]:
    score = "" if lab.score is None else f"{lab.score}/{lab.max}"
    values = (lab.name, lab.scenario, lab.cluster, score, lab.hints_used, _local(lab.started_at))
    return [*map(cell, values), cell(lab.state, "green" if lab.state == "running" else "yellow")]


def _local(instant: str) -> str:
    """An RFC 3339 instant as local time to the minute; what cannot be read is given back as it is."""
    try:
        return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):
        return instant
