"""What the shell offers at Tab: scenario ids, lab names, check ids. Silent whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ckslab import lab
from ckslab.cli.choose import choose
from ckslab.curriculum import BULLET_IDS


def complete_scenario(incomplete: str) -> list[str]:
    """Ids of scenarios that begin so."""
    return _offer(incomplete, lambda: lab.scenario_ids(lab.scenario_roots()))


def complete_bullet(incomplete: str) -> list[str]:
    """Bullets of the curriculum that begin so."""
    return _offer(incomplete, lambda: BULLET_IDS)


def complete_lab(incomplete: str) -> list[str]:
    """Names of labs that begin so."""
    return _offer(incomplete, lambda: lab.lab_names())


def complete_report(incomplete: str) -> list[str]:
    """Names of labs, removed ones among them, and of exams, that begin so."""
    return _offer(incomplete, _reviewed)


def complete_exam(incomplete: str) -> list[str]:
    """Ids of exams that begin so."""

    def ids() -> list[str]:
        from ckslab.exam.sitting import exam_ids

        return exam_ids()

    return _offer(incomplete, ids)


def complete_check(incomplete: str) -> list[str]:
    """Ids of checks of the only lab that begin so."""
    return _offer(incomplete, lambda: [check.id for check in choose(None).scenario.checks])


def _reviewed() -> list[str]:
    from ckslab.review.find import review_names

    return review_names()


def _offer(incomplete: str, find: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return [name for name in find() if name.startswith(incomplete)]
    except Exception:  # a traceback in the middle of a command line would be worse than no offer
        return []
