"""Trivy as an add-on: the program, and a frozen database where it looks for one: every scan works at once."""

from __future__ import annotations

from collections.abc import Mapping

from ckslab.add_ons.add_on import AddOn
from ckslab.add_ons.trivy import learners
from ckslab.add_ons.trivy.settings import Trivy
from ckslab.cluster.backend import NodeFile, NodeLayer


class TrivyAddOn(AddOn[Trivy]):
    """See `ckslab.add_ons.add_on`. It asks nothing of the cluster."""

    name = "trivy"
    settings = Trivy

    def layers(self, settings: Trivy) -> tuple[NodeLayer, ...]:
        """The program."""
        return (NodeLayer("Trivy", version="1", tools={"trivy": "trivy"}),)

    def files(self, settings: Trivy) -> tuple[NodeFile, ...]:
        """Its databases, and its completion."""
        return learners.files()

    def environment(self, settings: Trivy) -> Mapping[str, str]:
        """Where it finds the node's images, and that it need not look for anything newer."""
        return learners.ENVIRONMENT
