"""services.json: where a lab's services listen and by what they are trusted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ckslab.needs.service import ServiceFact

SERVICES = "services.json"


def write_services(folder: Path, services: Sequence[ServiceFact]) -> None:
    """Keep the services' facts in the lab's folder."""
    path = folder / SERVICES
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(service) for service in services]))


def read_services(folder: Path) -> tuple[ServiceFact, ...]:
    """The services' facts of a lab."""
    return tuple(_fact(data) for data in json.loads((folder / SERVICES).read_text()))


def _fact(data: dict[str, Any]) -> ServiceFact:
    """A service as it was kept; 0.1.0 knew image scanners only, and named their values one by one."""
    if "values" in data:
        return ServiceFact(**data)
    values = {"ca": data["ca_pem"], "certificate": data["certificate_pem"], "client-ca": data["client_ca_pem"]}
    return ServiceFact(data["name"], "image-scanner", data["url"], values)
