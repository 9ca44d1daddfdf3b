"""One round of collecting: needs of every type side by side, and a fact for each whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ckslab.errors import CkslabError
from ckslab.evidence import Collect, Fact, FileFact, Need, Unavailable, fault
from ckslab.handed_in import HandedIn
from ckslab.needs.sources import HandedInSources, LabSource, Sources

Collector = Callable[[Collection[Any]], Mapping[Any, Fact]]
"""A need type's `collect` or `of_files` with its source filled in."""


def collect(sources: Sources) -> Collect:
    """Collects from a running lab; what cannot be found out is Unavailable."""

    def round_(needs: frozenset[Need]) -> dict[Need, Fact]:
        groups = _groups(needs, "collect")
        if not groups:
            return {}

        def one(group: list[Need]) -> Mapping[Need, Fact]:
            return _safely(lambda some: type(group[0]).collect(some, sources), group)

        with ThreadPoolExecutor(len(groups)) as pool:
            return {need: fact for found in pool.map(one, groups) for need, fact in found.items()}

    return round_


def collect_from_files(
    files: HandedIn, lab: LabSource | None = None, laid: Mapping[str, FileFact] | None = None
) -> Collect:
    """Collects from files that somebody handed in, and from what their lab said of itself (None: nothing did).

    laid: files as every lab of the scenario has them at its start. UsageError when the files are gone.
    """
    sources = HandedInSources(files, lab, laid or {})

    def round_(needs: frozenset[Need]) -> dict[Need, Fact]:
        found: dict[Need, Fact] = {}
        for group in _groups(needs, "of_files"):
            found |= type(group[0]).of_files(group, sources)
        return found

    return round_


def _groups(needs: Collection[Need], method: str) -> list[list[Need]]:
    """The needs by the code that meets them: those of one type, and of types that inherit it from one place."""
    groups: dict[object, list[Need]] = {}
    for need in needs:
        groups.setdefault(getattr(type(need), method).__func__, []).append(need)
    return list(groups.values())


def _safely(collector: Collector, needs: list[Need]) -> Mapping[Need, Fact]:
    try:
        return collector(needs)
    except CkslabError as error:
        return dict.fromkeys(needs, Unavailable(error.message))
    except Exception as error:  # a fault of one collector leaves the others' facts alone
        return dict.fromkeys(needs, Unavailable(fault(f"collecting {type(needs[0]).__name__}", error)))
