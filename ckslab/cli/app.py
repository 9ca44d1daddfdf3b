"""The typer application: global options, and the commands in the order in which a learner needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ckslab import __version__
from ckslab.cli.commands import (
    author,
    catalogue,
    grade,
    guidance,
    hand_in,
    learning,
    life,
    machine,
    past,
    report,
    start,
    work,
)
from ckslab.cli.commands.exam import group as exam
from ckslab.cli.options import examples

# Without rich, help is printed in half the time; it reads the same in pipes and manuals.
app = typer.Typer(
    name="ckslab",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples("ckslab list", "ckslab start ipw-complete", "ckslab task", "ckslab grade"),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ckslab {__version__}")
        raise typer.Exit


@app.callback()
def ckslab(
    ctx: typer.Context,
    scenarios: Annotated[
        list[Path] | None,
        typer.Option(
            "--scenarios",
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="A folder of scenarios beside the built-in ones (repeatable; also CKSLAB_SCENARIOS).",
        ),
    ] = None,
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A practice lab for the supply-chain part of the CKS exam, graded on a real control plane."""
    ctx.obj = scenarios or []


for module in (catalogue, start, work, grade, report, hand_in, guidance, learning, past, life, machine):
    module.add_to(app)
app.add_typer(exam.app, name="exam")
app.add_typer(author.app, name="author")
