"""Reading afterwards: report, on the terminal, as JSON, or as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ckslab import lab
from ckslab.cli.complete import complete_report
from ckslab.cli.options import Output, OutputOption, examples
from ckslab.cli.output_file import PIPE, refuse_output, write_output
from ckslab.errors import UsageError

if TYPE_CHECKING:
    from ckslab.review.model import Review

COMMAND = "ckslab report --html"


def report(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="LAB|EXAM",
            help="A lab, also one that was removed, or an exam; the only lab, else the last exam, unless given.",
            autocompletion=complete_report,
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page that needs nothing else (- is standard output)."),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in your browser.")] = False,
    with_solution: Annotated[
        bool, typer.Option("--with-solution", help="Show the solution; from then on it counts as shown.")
    ] = False,
    output: OutputOption = Output.text,
) -> None:
    """Show where the points of the last grade went.

    The page has each check with its place, the lines around it, and the solution as a difference from your files.
    """
    from ckslab.review.find import find_review

    if output is Output.json and (html or open_):
        raise UsageError("--output json goes without --html and --open")
    if html == PIPE and open_:
        raise UsageError("--open goes with a file, not with standard output")
    if html:
        refuse_output(html, "a page", COMMAND, "report.html")
    found = find_review(name, with_solution=with_solution)
    if html or open_:
        _page(found, html, show=open_)
    else:
        _print(found, output)


def _print(found: Review, output: Output) -> None:
    if output is Output.json:
        from ckslab.render.review_json import review_json

        typer.echo(review_json(found))
        return
    from ckslab.render.console import console
    from ckslab.render.review_text import print_review

    print_review(console(), found, f"ckslab report {found.name} --html {found.name}.html")


def _page(found: Review, html: Path | None, *, show: bool) -> None:
    from ckslab.render.html import report_html

    file = html or lab.private_folder("reports") / f"{found.name}.html"
    write_output(file, report_html(found).encode(), COMMAND)
    if file == PIPE:
        return
    typer.echo(f"{file} holds the report of {found.kind} {found.name}")
    if show and not _shown(file):
        typer.echo("no browser could be started here: open that file yourself", err=True)


def _shown(file: Path) -> bool:
    import webbrowser

    return webbrowser.open(file.absolute().as_uri())


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "report",
        epilog=examples(
            "ckslab report",
            "ckslab report --html report.html",
            "ckslab report ipw-complete --open",
            "ckslab report --output json",
        ),
    )(report)
