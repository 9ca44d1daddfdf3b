"""The initial API objects of a lab: those that its scenario's checks compare with what became of them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ckslab.checks import CHECK_TYPES
from ckslab.cluster.api import Api
from ckslab.errors import LabError
from ckslab.needs.objects import InitialObjectNeed, ObjectNeed, ObjectsFact, objects
from ckslab.scenario.model import Scenario
from ckslab.store.disk import read_json, write_json

FILE = "initial-objects.json"


def compared(scenario: Scenario) -> frozenset[ObjectNeed]:
    """The objects whose beginning a check of the scenario asks for."""
    needs = (need for check in scenario.checks for need in CHECK_TYPES[check.type].needs(check.params))
    return frozenset(need.now for need in needs if isinstance(need, InitialObjectNeed))


def capture(api: Api, folder: Path, needs: Collection[ObjectNeed]) -> None:
    """Keep the objects as they are now in the lab's folder; LabError where the API server does not give them."""
    kept = []
    for need in sorted(needs, key=repr):
        fact = objects(api, need)
        if not isinstance(fact, ObjectsFact):
            raise LabError(f"the lab's {need.kind} objects could not be kept: {fact.reason}")
        kept.append({"of": [need.api_version, need.kind, need.namespace, need.name], "items": fact.items})
    write_json(folder / FILE, {"objects": kept})


def read(folder: Path) -> dict[ObjectNeed, ObjectsFact]:
    """What was kept; nothing in a lab that kept none. LabError: the file is damaged."""
    way_out = f"ckslab reset {folder.name}"
    try:
        kept = read_json(folder / FILE, way_out=way_out)
        return {ObjectNeed(*one["of"]): ObjectsFact(tuple(one["items"])) for one in kept["objects"]}
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError) as error:
        raise LabError(f"{folder / FILE} is damaged: {error}", advice=way_out) from error
