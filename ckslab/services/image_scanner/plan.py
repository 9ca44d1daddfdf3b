"""What the node runs for an image scanner: its keys, the configuration that names them, and what checks know."""

from __future__ import annotations

import json

from ckslab.certificates import Authority
from ckslab.cluster.backend import CONF, NodeService
from ckslab.needs.service import ServiceFact
from ckslab.services.image_scanner.running import log_path, service_name, socket_path
from ckslab.services.image_scanner.settings import ImageScanner
from ckslab.services.kind import PlannedService


def plan(name: str, settings: ImageScanner, authority: Authority) -> PlannedService:
    """The scanner called `name` of a new lab. Its fact's values are PEM: ca (signed its certificate),
    certificate (its own), client-ca (signs the client certificates that it accepts).
    """
    inside = f"{CONF}/{service_name(name)}"
    config = {
        "listen": f"127.0.0.1:{settings.port}",
        "path": settings.path,
        "cert": f"{inside}/server.crt",
        "key": f"{inside}/server.key",
        "client_ca": f"{inside}/client-ca.crt",
        "deny": [{"image": rule.image, "reason": rule.reason} for rule in settings.deny],
        "log": log_path(name),
        "control": socket_path(name),
    }
    pair, ca = authority.server(settings.host), authority.certificate
    node = NodeService(
        name=service_name(name),
        argv=("labnode", "scanner", "--config", f"{inside}/config.json"),
        hosts=(settings.host,),
        files={
            "config.json": json.dumps(config, indent=1).encode(),
            "server.crt": pair.certificate,
            "server.key": pair.key,
            "client-ca.crt": ca,
        },
    )
    values = {"ca": ca.decode(), "certificate": pair.certificate.decode(), "client-ca": ca.decode()}
    url = f"https://{settings.host}:{settings.port}{settings.path}"
    return PlannedService(node, ServiceFact(name, "image-scanner", url, values))
