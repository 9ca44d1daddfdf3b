"""A registry of the lab's own: the CNCF distribution on the node, with TLS, and with a user where one is named."""

from __future__ import annotations

from ckslab.certificates import Authority
from ckslab.cluster.backend import NodeLayer
from ckslab.needs.service import ServiceFact
from ckslab.services.kind import PlannedService, ServiceKind
from ckslab.services.registry.plan import layer, plan
from ckslab.services.registry.running import RunningRegistry
from ckslab.services.registry.settings import Registry


class RegistryKind(ServiceKind[Registry]):
    """See `ckslab.services.kind`."""

    name = "registry"
    settings = Registry
    values = frozenset({"ca", "address", "user", "password"})

    def layers(self, settings: Registry) -> tuple[NodeLayer, ...]:
        """Its program."""
        return (layer(),)

    def lays(self, settings: Registry) -> tuple[str, ...]:
        """Where user and password are told."""
        return (settings.login_file,) if settings.login_file else ()

    def holds(self, settings: Registry) -> str:
        """Names with its address."""
        return f"{settings.address}/"

    def plan(self, name: str, settings: Registry, authority: Authority) -> PlannedService:
        """With a certificate and a password of the lab's own."""
        return plan(name, settings, authority)

    def running(self, fact: ServiceFact) -> RunningRegistry:
        """By the node's init."""
        return RunningRegistry(fact.name, fact.values["address"])
