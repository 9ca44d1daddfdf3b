"""exam start: draw an exam and start its clock."""

from __future__ import annotations

from typing import Annotated

import typer

from ckslab.cli.commands.exam.options import Web
from ckslab.cli.commands.exam.terminal import begin_clock
from ckslab.cli.complete import complete_scenario
from ckslab.cli.options import Cluster, ClusterOption, Output, OutputOption, Scenarios, examples, roots


def start(
    ctx: typer.Context,
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO",
            help="Exactly these tasks; drawn where none is named.",
            autocompletion=complete_scenario,
        ),
    ] = None,
    minutes: Annotated[
        int | None,
        typer.Option(
            "--minutes", min=1, max=1440, help="The time: 120, or the tasks' own where --tasks or names are given."
        ),
    ] = None,
    tasks: Annotated[
        int | None, typer.Option("--tasks", min=1, help="How many (as many as the time holds).")
    ] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Only of this topic (repeatable).")] = None,
    level: Annotated[str | None, typer.Option("--level", help="Only easy, medium or hard ones.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Draw the same exam again.")] = None,
    labs: Annotated[
        int | None, typer.Option("--labs", min=1, max=20, help="Hosts that run at once (measured unless given).")
    ] = None,
    practice: Annotated[
        bool, typer.Option("--practice", help="The clock can be paused; the report says so.")
    ] = False,
    stock: Annotated[
        bool, typer.Option("--stock", help="Edits take the exam's own time, nearly a minute each.")
    ] = False,
    web: Web = False,
    cluster: ClusterOption = Cluster.auto,
    folders: Scenarios = None,
    output: OutputOption = Output.text,
) -> None:
    """Draw an exam and start its clock.

    The first two hosts are made before the clock starts, the others while you work. What this machine cannot run is
    left out, and named.
    """
    from ckslab.exam.begin import ExamWish, draw_exam
    from ckslab.render.console import console
    from ckslab.render.exam_screen import print_drawn
    from ckslab.render.progress import shown_progress

    wish = ExamWish(
        roots(ctx, folders),
        minutes,
        tasks,
        tuple(topic or ()),
        level,
        tuple(scenarios or ()),
        seed,
        labs,
        cluster.value,
        practice,
        stock,
    )
    _check(wish.topics, level)
    if web:
        _check_web(output)
    with shown_progress() as progress:
        progress.step("looking at what can run here")
        sitting = draw_exam(wish)
    if output is Output.text:
        print_drawn(console(), sitting)
    begin_clock(sitting, output, web=web)


def _check(topics: tuple[str, ...], level: str | None) -> None:
    from ckslab.errors import nearest
    from ckslab.exam.draw import LEVELS, TOPICS

    for topic in topics:
        if topic not in TOPICS:
            raise typer.BadParameter(f"there is no topic {topic!r}{nearest(topic, TOPICS)}")
    if level is not None and level not in LEVELS:
        raise typer.BadParameter(f"there is no level {level!r}; known: {', '.join(LEVELS)}")


def _check_web(output: Output) -> None:
    """Whether there will be a page: before anything is drawn."""
    from ckslab.errors import UsageError
    from ckslab.web.serve import need_extra

    if output is not Output.text:
        raise UsageError("--web prints the page's address, for people", advice="ckslab exam --web later on")
    need_extra()


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        epilog=examples(
            "ckslab exam start",
            "ckslab exam start --tasks 4 --level medium",
            "ckslab exam start --minutes 60 --topic images --topic scanning",
            "ckslab exam start --seed 4711",
            "ckslab exam start --tasks 4 --web",
            "ckslab exam start ipw-tls vap-registry --practice",
        )
    )(start)
