"""ckslab exam, alone: a terminal, or the page, of the exam that is being sat."""

from __future__ import annotations

from typing import Annotated

import typer

from ckslab.cli.commands.exam import results, sitting, start
from ckslab.cli.commands.exam.terminal import open_terminal, serve_page
from ckslab.cli.options import examples
from ckslab.errors import UsageError

app = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""Sit an exam: drawn tasks, a host for each, and a clock.

    Without a command: open a terminal of the exam that is being sat, as many as you like. With --web: serve
    its page for your browser, laid out as the real exam is; both may be used by turns.

    `start` draws tasks and starts the clock. On base, `tasks` lists them and `ssh cks-1` opens the first host.
    Hints, solutions and grades come after `submit`.""",
    epilog=examples(
        "ckslab exam start --tasks 4",
        "ckslab exam",
        "ckslab exam --web --port 8080",
        "ckslab exam submit",
        "ckslab exam report",
    ),
)


@app.callback()
def exam(
    ctx: typer.Context,
    web: Annotated[
        bool, typer.Option("--web", help="Sit it in a browser: serve its page on this machine.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The page's port (one that is free unless given).")
    ] = 0,
) -> None:
    """See the application's help."""
    if command := ctx.invoked_subcommand:
        if web or port:
            behind = f"ckslab exam {command} --web" if command in ("start", "resume") else "ckslab exam --web"
            raise UsageError(f"--web and --port do not go before {command}", advice=behind)
        return
    from ckslab.exam.attend import attend

    if port and not web:
        raise UsageError("--port goes with --web", advice=f"ckslab exam --web --port {port}")
    if web:
        serve_page(attend(), port)
    else:
        open_terminal(attend())


for module in (start, sitting, results):
    module.add_to(app)
