"""The node's files in evidence, as what reads Kubernetes' formats takes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ckslab.evidence import Evidence, NotAvailable, Unavailable
from ckslab.kubernetes.node_file import FileFact
from ckslab.kubernetes.static_pod.container_files import ContainerFiles
from ckslab.kubernetes.static_pod.flags import misread
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, StaticPod, read_manifests
from ckslab.kubernetes.v1_35.admission_plugins import DISABLE_FLAG, ENABLE_FLAG, ONLY_FLAG
from ckslab.kubernetes.v1_35.apiserver_start import CONFIG_FLAG, Webhook, follow
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.files import FileNeed, FolderNeed


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """Reads node files from evidence; NotCollected and NotAvailable pass through."""

    evidence: Evidence

    def __call__(self, path: str) -> FileFact:
        """The file there."""
        return self.evidence.of(FileNeed(path))

    def ask(self, paths: Iterable[str]) -> None:
        """All that nobody has collected yet is asked for in one round."""
        self.evidence.ask(FileNeed(path) for path in paths)


def container_files(evidence: Evidence, pod: StaticPod) -> ContainerFiles:
    """What the pod's container sees, and beside that what lies under the same path on the node."""
    return ContainerFiles(pod, NodeFiles(evidence), lenient=True)


def webhook_of(evidence: Evidence, pod: StaticPod, fallback: str | None = None) -> Webhook:
    """Where the API server's manifest leads to, followed once for all checks; see `follow`."""
    return evidence.once((follow, pod.path, fallback), lambda: follow(container_files(evidence, pod), fallback))


def no_config_file(pod: StaticPod, webhook: Webhook) -> tuple[str, int | None] | None:
    """That a manifest names no admission configuration, or something else than its author thinks, and the line."""
    if (webhook.admission is None or webhook.refusals) and (odd := misread(pod.flags, CONFIG_FLAG)):
        return odd
    return None if webhook.admission else (f"there is no flag --{CONFIG_FLAG}", pod.line("command"))


def load_pod(evidence: Evidence, name: str) -> StaticPod:
    """The static pod from its manifest; PodProblem if there is none."""
    manifests = evidence.once(read_manifests, lambda: read_manifests(evidence.of(FolderNeed(MANIFESTS))))
    pod = manifests.pod(name)
    if pod.name != API_SERVER or not (len(pod.containers) > 1 or any(argument.parts for argument in pod.argv)):
        return pod
    return evidence.once((load_pod, pod.path), lambda: _as_running(evidence, pod))


def _as_running(evidence: Evidence, pod: StaticPod) -> StaticPod:
    """With the container that serves as its main one, and the values that only the kubelet knows, where a process
    shows them; without them, where none counts.
    """
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        server = ApiServerFact("down")
    pod, argv = pod.of_container(server.container), server.argv
    if pod.runs_as(argv):
        return pod.as_running(argv)
    for name in (CONFIG_FLAG, ENABLE_FLAG, DISABLE_FLAG, ONLY_FLAG):
        if any(setting.unknown for setting in pod.flags.get(name, ())):
            raise NotAvailable(Unavailable(f"what --{name} is set to, only the kubelet knows (a valueFrom)"))
    return pod
