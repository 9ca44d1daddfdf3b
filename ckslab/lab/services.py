"""services.json: where a lab's services listen and by what they are trusted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ckslab.evidence import ServiceFact

SERVICES = "services.json"


def write_services(folder: Path, services: Sequence[ServiceFact]) -> None:
    """Keep the services' facts in the lab's folder."""
    path = folder / SERVICES
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(service) for service in services]))


def read_services(folder: Path) -> tuple[ServiceFact, ...]:
    """The services' facts of a lab."""
    return tuple(ServiceFact(**data) for data in json.loads((folder / SERVICES).read_text()))
