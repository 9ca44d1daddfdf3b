"""Why the kubelet starts no container of the API server: what it says of the manifest, or what anybody can see."""

from __future__ import annotations

import re

from ckslab.diagnosis.named import Cause, shown_log
from ckslab.evidence import Evidence
from ckslab.kubernetes.klog import message
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.v1_35.host_path import host_path_problem, typed_volumes
from ckslab.kubernetes.v1_35.kubelet_messages import kubelet_refusal
from ckslab.needs.api_server import ApiServerFact
from ckslab.needs.files import FileNeed

MANIFEST = "manifest"
"""The kind of the cause that the kubelet takes no pod, or one of several, from the manifests."""

NO_KUBELET = "no-kubelet"
"""The kind of a cause that is nobody's points: whoever stopped the kubelet, all that is graded is not known."""

_FIELD = re.compile(r"\b(?:spec|metadata)(?:\.\w+|\[\d+\])+")


def from_host_paths(evidence: Evidence, pod: StaticPod, server: ApiServerFact) -> Cause | None:
    """That what lies on the node does not fit a hostPath volume's type: no container is started until it does."""
    if server.state != "down":
        return None
    for path, volume in typed_volumes(pod):
        says = host_path_problem(volume.type, evidence.of(FileNeed(path)).kind, path)
        if says:
            said = next((entry for entry in reversed(server.kubelet) if says in entry), "")
            advice = "Directory is for folders, File for files; without a type nothing is checked."
            # `Operation for "{...}" failed. No retries permitted until ... Error: MountVolume.SetUp failed for ...`
            log = shown_log(message(said).rpartition("Error: ")[2])
            return Cause("host-path-type", says, advice, pod.path, volume.line, log, (pod.path, path))
    return None


def no_kubelet(server: ApiServerFact) -> Cause | None:
    """That there is no kubelet."""
    if server.kubelet_runs:
        return None
    says = "the kubelet does not run, so that nothing starts the API server"
    return Cause(NO_KUBELET, says, "Start it with `systemctl start kubelet`, and read why it ended.", "")


def from_kubelet(pod: StaticPod, server: ApiServerFact) -> Cause | None:
    """Why it starts no container of the manifest as it is now."""
    refusal = kubelet_refusal(pod, server.kubelet)
    if refusal is None:
        return None
    row, said = refusal.row, shown_log(message(refusal.entry))
    if row.id == MANIFEST:
        return Cause(row.id, f"{row.says}: {said}", row.advice, pod.path, _field_line(pod, said), said, (pod.path,))
    keys = {"image": ("image",), "command": ("command",)}.get(row.id, ("volumeMounts",))
    return Cause(row.id, row.says, row.advice, pod.path, pod.line(*keys), said, (pod.path,))


def _field_line(pod: StaticPod, text: str) -> int | None:
    """The line of the field that a text names as Kubernetes' validation does: `spec.containers[0].image: ...`."""
    match = _FIELD.search(text)
    if match is None:
        return None
    keys = re.findall(r"\w+", match[0])
    return pod.document.line(*(int(key) if key.isdigit() else key for key in keys))
