"""Arguments that several commands on exams have."""

from __future__ import annotations

from typing import Annotated

import typer

from ckslab.cli.complete import complete_exam

ExamId = Annotated[
    str | None,
    typer.Argument(metavar="EXAM", help="The exam, the last one unless given.", autocompletion=complete_exam),
]
Web = Annotated[bool, typer.Option("--web", help="Sit it in a browser: serve its page, and open no terminal.")]
