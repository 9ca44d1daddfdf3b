"""The scenarios that can be started."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ckslab.curriculum import BULLET_IDS
from ckslab.errors import CkslabError, LabError, ScenarioError, few
from ckslab.scenario.find import doubled_problem, doubled_scenarios, find_scenarios, scenario_folder
from ckslab.scenario.header import Header, header
from ckslab.store.history.index import JOURNAL, Summed, summed
from ckslab.store.history.tally import Tally
from ckslab.store.home import home

if TYPE_CHECKING:
    from ckslab.scenario.kinds import Kinds
    from ckslab.scenario.model import Scenario

SHIPPED = Path(__file__).resolve().parent.parent / "scenarios"

ORDER = {"easy": 0, "medium": 1, "hard": 2}


@dataclass(frozen=True, slots=True)
class CatalogueEntry(Header):
    """A scenario that can be started. best: the best score; tally: of all gradings; None before the first."""

    best: int | None = None
    tally: Tally | None = None


def scenario_roots(extra: Sequence[Path] = ()) -> list[Path]:
    """Scenario folders: --scenarios, then CKSLAB_SCENARIOS (separated as in PATH), then ours."""
    named = [Path(text) for text in os.environ.get("CKSLAB_SCENARIOS", "").split(os.pathsep) if text]
    return [*extra, *named, SHIPPED]


def scenario_ids(folders: Sequence[Path]) -> list[str]:
    """The ids of all of them, sorted; none of them is read."""
    return sorted(find_scenarios(folders))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """entries: all that can be shown, by bullet, topic and difficulty. problems: why others are left out."""

    entries: tuple[CatalogueEntry, ...]
    problems: tuple[CkslabError, ...] = ()


def scenarios(folders: Sequence[Path]) -> Catalogue:
    """All of them; one that cannot be read is named, and takes no other one with it."""
    doubled = doubled_scenarios(folders)
    problems: list[CkslabError] = [ScenarioError(doubled_problem(same)) for same in doubled.values()]
    known = _history(problems).tallies
    found = []
    for name, folder in find_scenarios(folders).items():
        if name in doubled:
            continue
        tally = known.get(name)
        best = tally.best.score if tally and tally.best else None
        try:
            about = asdict(header(folder)) | {"id": name, "best": best, "tally": tally}
        except ScenarioError as error:
            problems.append(error)
        else:
            found.append(CatalogueEntry(**about))
    found.sort(key=_place)
    return Catalogue(tuple(found), tuple(problems))


def _place(one: CatalogueEntry) -> tuple[int, str, int, str]:
    """By the bullet's place in the curriculum; without a bullet last."""
    bullet = BULLET_IDS.index(one.bullet) if one.bullet in BULLET_IDS else len(BULLET_IDS)
    return bullet, one.topic, ORDER.get(one.difficulty, 9), one.id


def _history(problems: list[CkslabError]) -> Summed:
    """What was graded so far; where some or all of it cannot be read that is said."""
    try:
        found = summed()
    except CkslabError as error:
        problems.append(error)
        return Summed()
    problems += map(LabError, troubles(found))
    return found


def troubles(found: Summed) -> Iterator[str]:
    """What of the history cannot be read, in sentences."""
    if found.trouble:
        yield found.trouble
    if numbers := found.damaged:
        lines = f"line {numbers[0]} is" if len(numbers) == 1 else f"lines {few(map(str, numbers))} are"
        yield f"{home() / JOURNAL}: {lines} no grading: skipped, and kept as it is"


def load_scenario(name: str, folders: Sequence[Path], nonce: str | None = None, seed: int | None = 0) -> Scenario:
    """A scenario by its id; UsageError with the nearest names, ScenarioError with file and line."""
    folder = scenario_folder(find_scenarios(folders), name)
    if same := doubled_scenarios(folders).get(name):
        raise ScenarioError(doubled_problem(same))
    return load_folder(folder, nonce, seed)


def load_folder(folder: Path, nonce: str | None = None, seed: int | None = 0) -> Scenario:
    """The scenario in a folder, as in the lab with this nonce and seed (see `load`)."""
    from ckslab.scenario.loading.load import load

    return load(folder, kinds(), nonce=nonce, seed=seed)


def kinds() -> Kinds:
    """What the checks, services and add-ons of a scenario may be."""
    from ckslab.add_ons import ADD_ONS
    from ckslab.checks import CHECK_TYPES
    from ckslab.scenario.kinds import Kinds
    from ckslab.services import SERVICE_KINDS

    return Kinds(CHECK_TYPES, SERVICE_KINDS, ADD_ONS)
