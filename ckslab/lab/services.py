"""services.json: the services of a lab, where they listen and by what they are trusted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ckslab.errors import LabError
from ckslab.needs.service import ServiceFact
from ckslab.needs.sources import RunningService
from ckslab.services import SERVICE_KINDS

SERVICES = "services.json"


def write_services(folder: Path, services: Sequence[ServiceFact]) -> None:
    """Keep the services' facts in the lab's folder."""
    path = folder / SERVICES
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(service) for service in services]))


def read_services(folder: Path) -> tuple[ServiceFact, ...]:
    """The services' facts of a lab; LabError where their file is missing or damaged."""
    path = folder / SERVICES
    try:
        return tuple(_fact(data) for data in json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LabError(
            f"{path}: not the services of a lab ({error})", advice=f"next: ckslab reset {folder.name}"
        ) from error


def running_services(folder: Path) -> dict[str, RunningService]:
    """The services of a lab whose node runs, by name."""
    return {fact.name: SERVICE_KINDS[fact.kind].running(fact) for fact in read_services(folder)}


def _fact(data: dict[str, Any]) -> ServiceFact:
    if "kind" not in data:  # ckslab 0.1.0 knew image scanners only
        values = {"ca": data["ca_pem"], "certificate": data["certificate_pem"], "client-ca": data["client_ca_pem"]}
        return ServiceFact(data["name"], "image-scanner", data["url"], values)
    return ServiceFact(**data)
