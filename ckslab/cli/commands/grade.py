"""Grading: grade, from the lab, from files handed in, or while the learner works."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ckslab import lab
from ckslab.cli.choose import choose, suffix
from ckslab.cli.options import ReportOutput, Scenarios, examples, roots
from ckslab.errors import UsageError

if TYPE_CHECKING:
    from ckslab.grading.report import Report
    from ckslab.lab.model import Lab


def grade(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="LAB", help="The lab; with --files the scenario, unless ckslab hand-in made them."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Grade files at each change; Enter grades all, q leaves.")
    ] = False,
    brief: Annotated[
        bool, typer.Option("--brief", help="Points only: no reasons, which may give the answer away.")
    ] = False,
    output: Annotated[ReportOutput, typer.Option("--output", "-o", help="How to print it.")] = ReportOutput.text,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--files",
            metavar="DIR|ARCHIVE|-",
            allow_dash=True,
            help="Grade a folder or archive of a node's files (repeatable; - is standard input).",
        ),
    ] = None,
    scenarios: Scenarios = None,
) -> None:
    """Grade a lab, or files that were handed in.

    Exit code: 0 full marks, 1 fewer, 3 something could not be found out.
    """
    from ckslab.cli.faultlog import log_faults

    log_faults()
    if brief and (files or watch or output is not ReportOutput.text):
        raise UsageError("--brief goes with a lab and with text only")
    if watch:
        if files or output is not ReportOutput.text:
            raise UsageError("--watch goes with a lab and with text only")
        from ckslab.cli.watching import watch_lab

        raise typer.Exit(watch_lab(choose(name).name))
    if files:
        from ckslab.cli.handed_in import grade_files

        raise typer.Exit(grade_files([str(file) for file in files], name, roots(ctx, scenarios), output))
    chosen = choose(name)
    report = _from_lab(chosen)
    learnt = lab.take_away(chosen) if report.passed and output is ReportOutput.text else ""
    _print_points(report) if brief else print_reports([report], output, learnt)
    raise typer.Exit(lab.exit_code(report))


def _from_lab(chosen: Lab) -> Report:
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        return lab.grade_lab(chosen, progress)


def _print_points(report: Report) -> None:
    from ckslab.render.brief import print_brief
    from ckslab.render.console import console

    print_brief(console(), report)


def print_reports(reports: Sequence[Report], output: ReportOutput, take_away: str = "") -> None:
    """Print one report, or several as one document. take_away: from a lab with full marks."""
    if output is ReportOutput.json:
        from ckslab.render.report_json import report_json, reports_json

        typer.echo(report_json(reports[0]) if len(reports) == 1 else reports_json(reports))
    elif output is ReportOutput.junit:
        from ckslab.render.report_junit import report_junit

        typer.echo(report_junit(*reports))
    else:
        from ckslab.render.console import console
        from ckslab.render.report_text import print_report

        for number, report in enumerate(reports):
            typer.echo("\n" if number else "", nl=False)
            print_report(console(), report, lab=suffix(report.lab) if report.lab else "", take_away=take_away)


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "grade",
        epilog=examples(
            "ckslab grade",
            "ckslab grade ipw-complete --output json",
            "ckslab grade --watch",
            "ckslab grade --brief",
            "ckslab grade --files ipw-complete.tar.gz",
            "ckslab grade --files alice.zip --files bob.tar ipw-complete",
        ),
    )(grade)
