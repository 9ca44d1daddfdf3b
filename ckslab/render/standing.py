"""How far a learner is, and what is next, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ckslab.render.rows import cell, hanging, show, table

if TYPE_CHECKING:  # slow to import
    from ckslab.lab.learning.advice import Advice
    from ckslab.lab.learning.standing import Group, Standing


def print_standing(out: Console, standing: Standing) -> None:
    """Bullets, topics, and the checks that failed most."""
    show(out, _lines(out, standing))


def print_advice(out: Console, advice: Advice) -> None:
    """The scenario, why, and how to begin."""
    show(out, hanging(out, Text(), cell(f"{advice.scenario} · {advice.title}", "bold"), 0))
    about = " · ".join(one for one in (advice.bullet, advice.difficulty, f"{advice.minutes} minutes") if one)
    show(out, hanging(out, Text(), cell(about, "dim"), 0))
    show(out, hanging(out, Text("why:"), cell(advice.reason), 6))
    show(out, hanging(out, Text("next:"), cell(_start(advice), "cyan"), 6))


def _start(advice: Advice) -> str:
    return f"ckslab start {advice.scenario}"


def _lines(out: Console, standing: Standing) -> Iterator[Text]:
    yield from _groups(out, "BULLET", standing.bullets)
    yield Text()
    yield from _groups(out, "TOPIC", standing.topics)
    if standing.failed:
        yield Text()
        rows = [[cell(one.attempts), cell(one.scenario), cell(one.check)] for one in standing.failed]
        yield from table(out, ("FAILED", "SCENARIO", "CHECK"), rows)
    yield Text()
    yield from hanging(out, Text("next:"), cell("ckslab next", "cyan"), 6)


def _groups(out: Console, title: str, groups: Sequence[Group]) -> Iterator[Text]:
    return table(out, ("TRIED", "PASSED", "MASTERED", "TIME", title), [_group(one) for one in groups])


def _group(one: Group) -> list[Text]:
    if not one.scenarios:
        return [*([cell("-", "dim")] * 3), cell(""), cell(f"{one.text} (no scenario yet)", "dim")]
    time = "" if one.seconds is None else f"{round(one.seconds / 60)} of {one.minutes} min"
    late = one.seconds is not None and one.minutes is not None and one.seconds > one.minutes * 60
    return [
        cell(f"{one.tried}/{one.scenarios}"),
        cell(one.passed),
        cell(one.mastered, "green" if one.mastered == one.scenarios else ""),
        cell(time, "yellow" if late else ""),
        cell(one.text),
    ]
