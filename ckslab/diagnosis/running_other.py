"""Why an API server that serves does so with something else than the files of the node say."""

from __future__ import annotations

from ckslab.diagnosis.cause import manifest_cause
from ckslab.diagnosis.named import Cause
from ckslab.diagnosis.node_files import container_files, load_pod, webhook_of
from ckslab.diagnosis.running_server import NOT_RESTARTED, RESTART, STALE, stale_since_start
from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.static_pod.container_files import Seen
from ckslab.kubernetes.static_pod.manifest import API_SERVER


def other_than_the_files(evidence: Evidence) -> Cause | None:
    """The manifests cannot be used (or there are two of one pod), or a file was saved after the server's start."""
    try:
        return manifest_cause(evidence) or _not_restarted(evidence)
    except NotAvailable:
        return None


def _not_restarted(evidence: Evidence) -> Cause | None:
    for seen in _read_at_start(evidence):
        if stale_since_start(evidence, seen):
            path = seen.where.path
            return Cause(NOT_RESTARTED, f"{path} was changed, but {STALE}", RESTART, path)
    return None


def _read_at_start(evidence: Evidence) -> list[Seen]:
    """What of the webhook's files it reads at its start only: a client's pair is read again at handshakes."""
    pod = load_pod(evidence, API_SERVER)
    files, webhook = container_files(evidence, pod), webhook_of(evidence, pod)
    found = [webhook.admission.seen if webhook.admission else None, webhook.policy_file]
    client = webhook.client(files)
    if client is not None:
        found += [client.kubeconfig.seen, client.ca.seen if client.ca else None]
    return [seen for seen in found if isinstance(seen, Seen)]
