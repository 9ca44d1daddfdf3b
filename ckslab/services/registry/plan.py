"""What the node runs for a registry: its configuration, its keys, and how its clients find and trust it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from ckslab.certificates import Authority
from ckslab.cluster.backend import CONF, NodeFile, NodeLayer, NodeService
from ckslab.cluster.node import network
from ckslab.cluster.node.environment import TRUST
from ckslab.needs.service import ServiceFact
from ckslab.services.kind import PlannedService
from ckslab.services.registry.running import service_name
from ckslab.services.registry.settings import Registry

PROGRAM = "registry"
ROUNDS = 4
"""The fewest that bcrypt knows: each request is asked for the password, and that of a lab is no secret."""

LOGIN = """registry: {address}
user: {user}
password: {password}
"""


def layer() -> NodeLayer:
    """The program in the node's /lab/bin."""
    return NodeLayer("the registry", version="1", tools={PROGRAM: PROGRAM})


def plan(name: str, settings: Registry, authority: Authority) -> PlannedService:
    """The registry called `name` of a new lab. Its fact's values: ca (PEM, signed its certificate), address
    ("HOST:PORT"), user and password ("" for one that asks for none).
    """
    service, address = service_name(name), settings.address
    pair, password = authority.server(settings.host), secrets.token_hex(8) if settings.user else ""
    node = NodeService(
        name=service,
        argv=(PROGRAM, "serve", f"{CONF}/{service}/config.yml"),
        hosts=(settings.host,),
        files={
            "config.yml": json.dumps(_config(service, settings), indent=1).encode(),
            "server.crt": pair.certificate,
            "server.key": pair.key,
            **({"htpasswd": _htpasswd(settings.user, password)} if settings.user else {}),
        },
        address=network.ADDRESS,
        environment={"OTEL_TRACES_EXPORTER": "none"},  # 3.x sends traces to a collector on localhost else
    )
    values = {
        "ca": authority.certificate.decode(),
        "address": address,
        "user": settings.user or "",
        "password": password,
    }
    fact = ServiceFact(name, PROGRAM, f"https://{address}", values)
    files = (*_trusted(service, settings, authority), *_login(settings, values))
    return PlannedService(node, fact, files, storage(service))


def _config(service: str, settings: Registry) -> dict[str, Any]:
    """YAML that is JSON (distribution, docs/content/about/configuration.md)."""
    inside = f"{CONF}/{service}"
    auth = {"auth": {"htpasswd": {"realm": settings.host, "path": f"{inside}/htpasswd"}}} if settings.user else {}
    return {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": storage(service)}, "delete": {"enabled": True}},
        "http": {
            "addr": f"{network.ADDRESS}:{settings.port}",
            "tls": {"certificate": f"{inside}/server.crt", "key": f"{inside}/server.key"},
        },
        **auth,
    }


def storage(service: str) -> str:
    """Where a registry keeps what it holds."""
    return f"/var/lib/{service}"


def _htpasswd(user: str, password: str) -> bytes:
    import bcrypt

    return b"%s:%s\n" % (user.encode(), bcrypt.hashpw(password.encode(), bcrypt.gensalt(ROUNDS)))


def _trusted(service: str, settings: Registry, authority: Authority) -> tuple[NodeFile, ...]:
    """For containerd and nerdctl as their documents say it; the lab's other programs look into TRUST."""
    folder, server = f"/etc/containerd/certs.d/{settings.address}", f"https://{settings.address}"
    hosts = f'server = "{server}"\nca = "{folder}/ca.crt"\n'
    return (
        NodeFile(f"{folder}/hosts.toml", hosts.encode()),
        NodeFile(f"{folder}/ca.crt", authority.certificate),
        NodeFile(f"{TRUST}/{service}.crt", authority.certificate),
    )


def _login(settings: Registry, values: dict[str, str]) -> tuple[NodeFile, ...]:
    if settings.login_file is None:
        return ()
    return (NodeFile(settings.login_file, LOGIN.format_map(values).encode(), 0o600),)
