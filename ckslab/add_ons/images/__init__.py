"""Image tools as an add-on: BuildKit and nerdctl on the kubelet's own store, so that what is built can be run."""

from __future__ import annotations

from ckslab.add_ons.add_on import AddOn
from ckslab.add_ons.images import mirror, tools
from ckslab.add_ons.images.settings import Images
from ckslab.cluster.api import Api
from ckslab.cluster.backend import Node, NodeFile, NodeLayer, NodeService
from ckslab.progress import Progress


class ImagesAddOn(AddOn[Images]):
    """See `ckslab.add_ons.add_on`. A build's files have owners, and its steps users."""

    name = "images"
    settings = Images
    requires = frozenset({"running-pods", "image-builds"})

    def layers(self, settings: Images) -> tuple[NodeLayer, ...]:
        """The programs."""
        return (tools.layer(),)

    def files(self, settings: Images) -> tuple[NodeFile, ...]:
        """Their configuration."""
        return (*tools.files(), *mirror.files())

    def services(self, settings: Images) -> tuple[NodeService, ...]:
        """BuildKit's daemon, and the mirror of public names."""
        return (tools.buildkitd(), mirror.service())

    def start(self, node: Node, api: Api, settings: Images, progress: Progress) -> None:
        """Until BuildKit answers."""
        tools.await_buildkitd(node, progress)
