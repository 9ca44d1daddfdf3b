"""For authors of scenarios: author new, lint, schema, try, verify."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ckslab import lab
from ckslab.cli.options import (
    Cluster,
    ClusterOption,
    Output,
    OutputOption,
    ScenarioId,
    ScenarioIds,
    Scenarios,
    examples,
    roots,
)

if TYPE_CHECKING:
    from ckslab.lab.results import AnswerResult
    from ckslab.render.progress import Shown

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Write scenarios and prove them.",
    epilog=examples("ckslab author new my-scenario", "ckslab author lint", "ckslab author verify ipw-complete"),
)


class SchemaOf(StrEnum):
    """The files that have a schema."""

    scenario = "scenario"
    answers = "answers"
    report = "report"
    history = "history"
    review = "review"


@app.command("new", epilog=examples("ckslab author new my-scenario --in ./scenarios --topic images"))
def new(
    id_: Annotated[str, typer.Argument(metavar="ID", help="a-z, 0-9 and -, such as ipw-complete.")],
    folder: Annotated[
        Path, typer.Option("--in", metavar="DIR", help="The folder of scenarios to put it in.")
    ] = Path("scenarios"),
    topic: Annotated[str, typer.Option("--topic", help="Its topic.")] = "image-policy-webhook",
) -> None:
    """Make the folder of a new scenario."""
    made = lab.new_scenario(id_, folder, topic)
    typer.echo(f"{made}\nnext: ckslab --scenarios {folder} author lint {id_}")


@app.command("lint", epilog=examples("ckslab author lint", "ckslab author lint ipw-complete --output json"))
def lint(
    ctx: typer.Context,
    ids: ScenarioIds = None,
    output: OutputOption = Output.text,
    scenarios: Scenarios = None,
) -> None:
    """Find mistakes, each with file and line.

    No cluster is used. Exit code: 2 if there are errors.
    """
    problems = lab.lint_scenarios(ids or [], roots(ctx, scenarios))
    if output is Output.json:
        from ckslab.render.listing_json import listing_json

        typer.echo(listing_json("problems", problems))
    else:
        from ckslab.render.console import console
        from ckslab.render.listing import print_problems

        print_problems(console(), problems)
        typer.echo(f"{len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}", err=True)
    raise typer.Exit(2 if any(problem.severity == "error" for problem in problems) else 0)


@app.command("schema", epilog=examples("ckslab author schema answers > answers.schema.json"))
def schema(
    of: Annotated[
        SchemaOf, typer.Argument(metavar="scenario|answers|report|history|review", help="Of which file.")
    ] = SchemaOf.scenario,
) -> None:
    """Print a JSON Schema for editors."""
    if of is SchemaOf.review:
        import json

        from ckslab.review.model import review_schema

        typer.echo(json.dumps(review_schema(), indent=2))
    else:
        typer.echo(lab.schema(of.value))


@app.command("try", epilog=examples('ckslab author try ipw-complete "no volume mount"', "ckslab grade try"))
def try_(
    ctx: typer.Context,
    id_: ScenarioId,
    answer: Annotated[str, typer.Argument(metavar="ANSWER", help="untouched, solution, or an answer's name.")],
    cluster: ClusterOption = Cluster.auto,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="What is drawn: faults, words.")] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="LAB", help="Name the lab (try else).")] = None,
    scenarios: Scenarios = None,
) -> None:
    """Leave a lab open as an answer left it.

    Look at it with shell and grade as at any other lab, and stop it.
    """
    from ckslab.render.progress import shown_progress

    wanted = lab.Wanted(id_, roots(ctx, scenarios), cluster.value, name, seed)
    with shown_progress() as progress:
        made = lab.try_answer(wanted, answer, progress).lab
    typer.echo(f"lab {made.name} is as {answer!r} left it, on {made.record.cluster}")
    typer.echo(f"next: ckslab grade {made.name} · ckslab shell {made.name} · ckslab stop {made.name}")


@app.command(
    "verify",
    epilog=examples(
        "ckslab author verify ipw-complete",
        "ckslab author verify ipw-complete --only untouched",
        "ckslab author verify --jobs 2 --repeat 2",
        "ckslab author verify --cluster kind --against local",
    ),
)
def verify(
    ctx: typer.Context,
    ids: ScenarioIds = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="untouched|solution|NAME", help="Play only this answer (repeatable)."),
    ] = None,
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Play all of it so often.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="So many labs side by side.")] = 1,
    cluster: ClusterOption = Cluster.auto,
    against: Annotated[
        Cluster | None,
        typer.Option("--against", help="Play all on this one, too: each check must give the same."),
    ] = None,
    output: OutputOption = Output.text,
    scenarios: Scenarios = None,
) -> None:
    """Play every answer and compare the grades.

    Exit code: 1 an answer does not hold what it says, 3 a lab failed.
    """
    from ckslab.render.progress import shown_progress

    planned = lab.plan_jobs(ids or [], roots(ctx, scenarios), only or (), repeat)
    first, second = cluster.value, against.value if against else None
    played: list[AnswerResult] = []
    with shown_progress() as progress:
        for result in lab.run_jobs(planned, labs=jobs, cluster=first, against=second, progress=progress):
            played.append(result)
            if output is Output.text:
                _show(result, progress)
    raise typer.Exit(_end(played, output))


def _show(result: AnswerResult, progress: Shown) -> None:
    from ckslab.render.console import console
    from ckslab.render.listing import print_played

    # Results go to standard output and progress to standard error: on one terminal only one may move.
    if sys.stdout.isatty() and sys.stderr.isatty():
        progress.pause()
    print_played(console(), result)


def _end(played: list[AnswerResult], output: Output) -> int:
    """Sum the results up; the exit code: 3 a lab failed, 1 an answer does not hold, 2 none was played."""
    outcomes = [one.outcome for one in played]
    if output is Output.json:
        from ckslab.render.listing_json import listing_json

        typer.echo(listing_json("played", played))
    else:
        counts = ", ".join(f"{outcomes.count(kind)} {kind}" for kind in ("pass", "fail", "unknown"))
        typer.echo(f"{len(played)} played: {counts}")
    if not played:
        return 2
    return 3 if "unknown" in outcomes else 1 if "fail" in outcomes else 0
