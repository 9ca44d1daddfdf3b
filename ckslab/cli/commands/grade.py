"""Grading: grade, from the lab, from files handed in, or while the learner works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ckslab.cli import usecases
from ckslab.cli.choose import choose, suffix
from ckslab.cli.examples import examples
from ckslab.cli.options import ReportOutput, Scenarios, extra_roots
from ckslab.errors import UsageError

if TYPE_CHECKING:
    from ckslab.grading.report import Report


def grade(
    ctx: typer.Context,
    lab: Annotated[
        str | None,
        typer.Argument(metavar="LAB", help="The lab; with --files the scenario, which must be named."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Grade files at each change; Enter grades all, q leaves.")
    ] = False,
    output: Annotated[
        ReportOutput, typer.Option("--output", "-o", help="How to print it.")
    ] = ReportOutput.text,
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

        raise typer.Exit(watch_lab(choose(lab)))
    if files is None:
        report = _from_lab(choose(lab))
    elif lab is None:
        raise UsageError("--files needs the scenario", advice=f"ckslab grade --files {files} SCENARIO")
    else:
        report = usecases.grade_files(files, lab, extra_roots(ctx, scenarios))
    _print(report, output)
    from ckslab.grading.report import exit_code

    raise typer.Exit(exit_code(report))


def _from_lab(lab: str) -> Report:
    from ckslab.render.progress import shown_progress

    with shown_progress() as progress:
        return usecases.grade_lab(lab, progress)


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
