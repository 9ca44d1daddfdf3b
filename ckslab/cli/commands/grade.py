"""Grading: grade, from the lab, from files handed in, or while the learner works."""

from __future__ import annotations

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
        typer.Argument(metavar="LAB", help="The lab; with --files the scenario, which must be named."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Grade files at each change; Enter grades all, q leaves.")
    ] = False,
    output: Annotated[ReportOutput, typer.Option("--output", "-o", help="How to print it.")] = ReportOutput.text,
    files: Annotated[
        Path | None,
        typer.Option(
            "--files", metavar="DIR|TAR", exists=True, help="Grade a folder or archive of a node's files."
        ),
    ] = None,
    scenarios: Scenarios = None,
) -> None:
    """Grade a lab, or files that were handed in.

    Exit code: 0 full marks, 1 fewer, 3 something could not be found out.
    """
    from ckslab.cli.faultlog import log_faults

    log_faults()
    if watch:
        if files is not None or output is not ReportOutput.text:
            raise UsageError("--watch goes with a lab and with text only")
        from ckslab.cli.watching import watch_lab

        raise typer.Exit(watch_lab(choose(name).name))
    if files is None:
        report = _from_lab(choose(name))
    elif name is None:
        raise UsageError("--files needs the scenario", advice=f"ckslab grade --files {files} SCENARIO")
    else:
        report = lab.grade_handed_in(files, name, roots(ctx, scenarios))
    _print(report, output)
    raise typer.Exit(lab.exit_code(report))


def _from_lab(chosen: Lab) -> Report:
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        return lab.grade_lab(chosen, progress)


def _print(report: Report, output: ReportOutput) -> None:
    if output is ReportOutput.json:
        from ckslab.render.report_json import report_json

        typer.echo(report_json(report))
    elif output is ReportOutput.junit:
        from ckslab.render.report_junit import report_junit

        typer.echo(report_junit(report))
    else:
        from ckslab.render.console import console
        from ckslab.render.report_text import print_report

        print_report(console(), report, lab=suffix(report.lab) if report.lab else "")


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "grade",
        epilog=examples(
            "ckslab grade",
            "ckslab grade ipw-complete --output json",
            "ckslab grade --watch",
            "ckslab grade --files handed-in.tar ipw-complete",
        ),
    )(grade)
