"""One scenario at a glance: what it asks, what it needs, what it is graded on."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ckslab.render.rows import cell, hanging, show, table
from ckslab.scenario.model import Scenario


def print_overview(out: Console, scenario: Scenario) -> None:
    """Print the head of `scenario` and its checks with their points; the task is Markdown and follows."""
    show(out, hanging(out, Text(), cell(f"{scenario.id} · {scenario.title}", "bold"), 0))
    about = f"{scenario.topic} · {scenario.difficulty} · {scenario.minutes} minutes"
    if scenario.requires:
        about += f" · requires {', '.join(scenario.requires)}"
    show(out, [*hanging(out, Text(), cell(about, "dim"), 0), Text()])
    rows = [[cell(check.id), cell(check.points), cell(check.title)] for check in scenario.checks]
    show(out, [*table(out, ("CHECK", "POINTS", "STATEMENT"), rows), Text()])
