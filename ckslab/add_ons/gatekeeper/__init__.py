"""Gatekeeper as an add-on: its own manifest and image, on every backend the same."""

from __future__ import annotations

from types import MappingProxyType

from ckslab.add_ons.add_on import AddOn
from ckslab.add_ons.gatekeeper import layers, manifest, policies, start
from ckslab.add_ons.gatekeeper.settings import Gatekeeper
from ckslab.cluster.api import Answer, Api
from ckslab.cluster.backend import Node, NodeFile, NodeLayer
from ckslab.control_plane.policies import Awaited
from ckslab.progress import Progress


class GatekeeperAddOn(AddOn[Gatekeeper]):
    """See `ckslab.add_ons.add_on`. Its pods have runAsUser, and the API server calls its Service."""

    name = "gatekeeper"
    settings = Gatekeeper
    requires = frozenset({"running-pods", "many-ids", "services"})
    tools = MappingProxyType({"gator": "files alone cannot be graded for policies"})

    def layers(self, settings: Gatekeeper) -> tuple[NodeLayer, ...]:
        """The image of its manager, and where it is installed its objects at rest."""
        return (layers.image_layer(), layers.installed_layer()) if settings.installed else (layers.image_layer(),)

    def files(self, settings: Gatekeeper) -> tuple[NodeFile, ...]:
        """The manifest, where the learner is to install it."""
        return () if settings.manifest is None else (NodeFile(settings.manifest, manifest.manifest().encode()),)

    def start(self, node: Node, api: Api, settings: Gatekeeper, progress: Progress) -> None:
        """With keys of the lab's own, until its webhook serves."""
        if settings.installed:
            start.start_gatekeeper(node, api, progress)

    def awaited(self, api: Api, settings: Gatekeeper) -> Awaited | None:
        """Gatekeeper itself, and that its pods take up templates and constraints."""
        return policies.awaited(api)

    def acting_policies(self, api: Api, settings: Gatekeeper) -> frozenset[str]:
        """The names of all constraints."""
        return policies.constraint_names(api)

    def lags(self, answer: Answer) -> bool:
        """A constraint whose kind is served while the webhook has not read its template."""
        return policies.NO_TEMPLATE_YET in answer.text
