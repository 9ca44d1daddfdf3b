"""Arguments, options and the examples under help, as several commands have them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ckslab import lab
from ckslab.cli.complete import complete_check, complete_lab, complete_scenario


class Output(StrEnum):
    """How a table is printed."""

    text = "text"
    json = "json"


class ReportOutput(StrEnum):
    """How a report is printed."""

    text = "text"
    json = "json"
    junit = "junit"


class Cluster(StrEnum):
    """What gives a lab its cluster."""

    auto = "auto"
    local = "local"
    kind = "kind"


LabName = Annotated[
    str | None,
    typer.Argument(
        metavar="LAB", help="The lab; may be left out where there is only one.", autocompletion=complete_lab
    ),
]
CheckOrLab = Annotated[
    str | None,
    typer.Argument(metavar="CHECK", help="A check's id from `ckslab grade`.", autocompletion=complete_check),
]
ScenarioId = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help="An id from `ckslab list`.", autocompletion=complete_scenario),
]
ScenarioIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help="Scenarios; all where none is named.", autocompletion=complete_scenario),
]
Scenarios = Annotated[
    list[Path] | None,
    typer.Option(
        "--scenarios",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="A folder of scenarios beside the built-in ones (repeatable; also CKSLAB_SCENARIOS).",
    ),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print it.")]
ClusterOption = Annotated[
    Cluster,
    typer.Option(
        "--cluster",
        envvar="CKSLAB_CLUSTER",
        show_envvar=False,
        help="What runs the control plane; auto: kind where an engine answers (also CKSLAB_CLUSTER).",
    ),
]


def roots(ctx: typer.Context, own: list[Path] | None) -> list[Path]:
    """Folders of scenarios: those named before the command and after it, then the built-in ones."""
    first = ctx.obj if isinstance(ctx.obj, list) else []
    return lab.scenario_roots([*first, *(own or [])])


def examples(*commands: str) -> str:
    """An epilog that keeps its lines, by the mark that click has for that."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
