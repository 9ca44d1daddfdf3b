"""Starting a lab: start, task."""

from __future__ import annotations

from typing import Annotated

import typer

from ckslab import lab
from ckslab.cli.choose import choose, suffix
from ckslab.cli.options import Cluster, ClusterOption, LabName, ScenarioId, Scenarios, examples, roots
from ckslab.errors import UsageError


def start(
    ctx: typer.Context,
    scenario: ScenarioId,
    cluster: ClusterOption = Cluster.auto,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Repeat what chance drew for another lab.")
    ] = None,
    new_seed: Annotated[
        bool, typer.Option("--new-seed", help="Draw another task than in your labs of it before.")
    ] = False,
    name: Annotated[
        str | None, typer.Option("--name", metavar="LAB", help="Name the lab (the scenario's id else).")
    ] = None,
    node_image: Annotated[
        str | None,
        typer.Option("--node-image", metavar="IMAGE", help="Of kind's nodes (also CKSLAB_KIND_IMAGE)."),
    ] = None,
    stock: Annotated[
        bool, typer.Option("--stock", help="Edits take the exam's own time, nearly a minute each.")
    ] = False,
    scenarios: Scenarios = None,
) -> None:
    """Start a lab, or go on with one that is there."""
    from ckslab.render.progress import shown_progress

    if new_seed and seed is not None:
        raise UsageError("give --seed or --new-seed, not both")
    wanted = lab.Wanted(scenario, roots(ctx, scenarios), cluster.value, name, seed, node_image, stock, new_seed)
    with shown_progress() as progress:
        started = lab.start_lab(wanted, progress)
    made = started.lab.name
    why = f" ({started.why})" if started.why else ""
    how = "goes on" if started.resumed else "is ready"
    typer.echo(f"lab {made} {how} on {started.lab.record.cluster}{why}")
    if new_seed:
        typer.echo(f"drawn by --seed {started.lab.record.seed}, which draws the same again")
    named = f" {shown}" if (shown := suffix(made)) else ""
    typer.echo(f"next: ckslab task{named} · ckslab shell{named} · ckslab grade{named}")


def task(name: LabName = None) -> None:
    """Show what the lab asks of you."""
    from ckslab.render.markdown import print_markdown

    print_markdown(choose(name).scenario.task)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "start",
        epilog=examples(
            "ckslab start ipw-complete",
            "ckslab start ipw-complete --cluster local --name second",
            "ckslab start ipw-debug-down --new-seed",
        ),
    )(start)
    app.command("task", epilog=examples("ckslab task", "ckslab task ipw-complete"))(task)
