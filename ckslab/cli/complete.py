"""What the shell offers at Tab: scenario ids, lab names, check ids. Silent whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def complete_scenario(incomplete: str) -> list[str]:
    """Ids of scenarios that begin so."""
    return _offer(incomplete, _scenario_ids)


def complete_lab(incomplete: str) -> list[str]:
    """Names of labs that begin so."""
    return _offer(incomplete, _lab_names)


def complete_check(incomplete: str) -> list[str]:
    """Ids of checks of the only lab that begin so."""
    return _offer(incomplete, _check_ids)


def _offer(incomplete: str, find: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return [name for name in find() if name.startswith(incomplete)]
    except Exception:  # a traceback in the middle of a command line would be worse than no offer
        return []


def _scenario_ids() -> Iterable[str]:
    from ckslab.cli import usecases
    from ckslab.cli.options import extra_roots

    return [header.id for header in usecases.scenarios(extra_roots(None, None))]


def _lab_names() -> Iterable[str]:
    from ckslab.store.labs import lab_names

    return lab_names()


def _check_ids() -> Iterable[str]:
    from ckslab.cli import usecases
    from ckslab.cli.choose import choose

    return [check.id for check in usecases.lab_scenario(choose(None)).checks]
