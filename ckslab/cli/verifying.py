"""`author verify`: results shown as they come, and what they mean together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ckslab.lab.results import AnswerResult
    from ckslab.progress import Progress

    Play = Callable[[Progress], Iterator[AnswerResult]]


def verify_all(play: Play, *, as_json: bool) -> int:
    """Print every result; the exit code: 3 a lab failed, 1 an answer does not hold, 2 none was played."""
    from ckslab.render.console import console
    from ckslab.render.listing import print_played
    from ckslab.render.progress import shown_progress

    played: list[AnswerResult] = []
    # Results go to standard output and progress to standard error: on one terminal only one may move.
    both = sys.stdout.isatty() and sys.stderr.isatty()
    with shown_progress() as progress:
        for one in play(progress):
            played.append(one)
            if both:
                progress.pause()
            if not as_json:
                print_played(console(), one)
    return _end(played, as_json=as_json)


def _end(played: list[AnswerResult], *, as_json: bool) -> int:
    outcomes = [one.outcome for one in played]
    if as_json:
        from ckslab.render.listing_json import listing_json

        typer.echo(listing_json("played", played))
    else:
        counts = ", ".join(f"{outcomes.count(kind)} {kind}" for kind in ("pass", "fail", "unknown"))
        typer.echo(f"{len(played)} played: {counts}")
    if not played:
        return 2
    return 3 if "unknown" in outcomes else 1 if "fail" in outcomes else 0
