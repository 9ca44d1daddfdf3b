"""The scenarios that can be started."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ckslab.lab.results import CatalogueEntry
from ckslab.scenario.find import find_scenarios, scenario_folder

if TYPE_CHECKING:
    from ckslab.scenario.kinds import Kinds
    from ckslab.scenario.model import Scenario

SHIPPED = Path(__file__).resolve().parent.parent / "scenarios"

ORDER = {"easy": 0, "medium": 1, "hard": 2}


def roots(extra: Sequence[Path] = ()) -> list[Path]:
    """Scenario folders: --scenarios, then CKSLAB_SCENARIOS (separated as in PATH), then ours."""
    named = [Path(text) for text in os.environ.get("CKSLAB_SCENARIOS", "").split(os.pathsep) if text]
    return [*extra, *named, SHIPPED]


def scenarios(folders: Sequence[Path]) -> list[CatalogueEntry]:
    """All of them, by topic and difficulty."""
    from ckslab.scenario.header import header
    from ckslab.store.scores import best_scores

    best = best_scores()
    found = []
    for name, folder in find_scenarios(folders).items():
        kept = best.get(name)
        about = asdict(header(folder)) | {"id": name, "best": kept.score if kept else None}
        found.append(CatalogueEntry(**about))
    return sorted(found, key=lambda one: (one.topic, ORDER.get(one.difficulty, 9), one.id))


def load(name: str, folders: Sequence[Path], nonce: str | None = None) -> Scenario:
    """A scenario by its id; UsageError with the nearest names, ScenarioError with file and line."""
    return load_folder(scenario_folder(find_scenarios(folders), name), nonce)


def load_folder(folder: Path, nonce: str | None = None) -> Scenario:
    """The scenario in a folder."""
    from ckslab.scenario.loading.load import load as load_scenario

    return load_scenario(folder, kinds(), nonce=nonce)


def kinds() -> Kinds:
    """What the checks, services and add-ons of a scenario may be."""
    from ckslab.add_ons import ADD_ONS
    from ckslab.checks import CHECK_TYPES
    from ckslab.scenario.kinds import Kinds
    from ckslab.services import SERVICE_KINDS

    return Kinds(CHECK_TYPES, SERVICE_KINDS, ADD_ONS)


def lab_scenario(name: str) -> Scenario:
    """The scenario of a lab, with the lab's nonce filled in."""
    from ckslab.store.labs import find_lab

    record = find_lab(name)
    return load_folder(record.folder, record.nonce)
