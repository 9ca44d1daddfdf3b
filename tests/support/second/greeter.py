"""A greeter as an add-on: an image in the node's store, a ConfigMap that waits in etcd, and words of the lab's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ckslab.add_ons.add_on import AddOn
from ckslab.cluster.api import Answer, Api
from ckslab.cluster.backend import Node, NodeFile, NodeLayer
from ckslab.cluster.image_archive import Image
from ckslab.cluster.node.commands import check_run, retry_run
from ckslab.control_plane.policies import Awaited
from ckslab.errors import LabError
from ckslab.progress import Progress
from ckslab.strict import Strict

KUBECTL = ("kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf")
GREETING = "/api/v1/namespaces/greeter/configmaps/greeting"
IMAGE = "registry.lab/greeter:1"
MERGE = "application/merge-patch+json"


class Greeter(Strict):
    """What it says."""

    words: str


class GreeterAddOn(AddOn[Greeter]):
    """See `ckslab.add_ons.add_on`."""

    name = "greeter"
    settings = Greeter
    requires = frozenset({"running-pods"})

    def layers(self, settings: Greeter) -> tuple[NodeLayer, ...]:
        """One that has both: an image, and objects."""
        return (NodeLayer("the greeter", version="1", programs=("bridge",), images=_images, install=_install),)

    def files(self, settings: Greeter) -> tuple[NodeFile, ...]:
        """What the learner may read of it."""
        return (NodeFile("/opt/greeter/README", b"It greets.\n", 0o600),)

    def start(self, node: Node, api: Api, settings: Greeter, progress: Progress) -> None:
        """Give it this lab's words."""
        progress.step("waking the greeter")
        answer = api.request("PATCH", GREETING, {"data": {"words": settings.words}}, content_type=MERGE)
        if answer.status != 200:
            raise LabError(f"the greeter does not wake: {answer.text}")

    def awaited(self, api: Api, settings: Greeter) -> Awaited | None:
        """Its words, unless the learner took it away."""
        there = api.request("GET", GREETING)
        asleep = there.status == 200 and there.body["data"]["words"] == "asleep"
        return Awaited("the greeter to wake", 1.0) if asleep else None

    def acting_policies(self, api: Api, settings: Greeter) -> frozenset[str]:
        """A name, as if it enforced a policy."""
        return frozenset({"be-polite"})

    def lags(self, answer: Answer) -> bool:
        """What it says while it wakes."""
        return "the greeter is waking" in answer.text


def _images(programs: Mapping[str, Path]) -> tuple[Image, ...]:
    return (Image.of_binary(IMAGE, programs["bridge"], "/greeter"),)


def _install(node: Node) -> None:
    retry_run(node, [*KUBECTL, "get", "--raw", "/readyz"], 60)
    check_run(node, [*KUBECTL, "create", "namespace", "greeter"], 20)
    check_run(
        node, [*KUBECTL, "-n", "greeter", "create", "configmap", "greeting", "--from-literal=words=asleep"], 20
    )
