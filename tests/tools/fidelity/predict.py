"""Our verdict on a set-up, from its files alone: a thin composition of the checks' decoders."""

from __future__ import annotations

from dataclasses import dataclass

from ckslab.diagnosis.node_files import NodeFiles, load_pod
from ckslab.evidence import Evidence, NotCollected
from ckslab.kubernetes.certificates.chain import utc_now
from ckslab.kubernetes.kubeconfig.client import Client
from ckslab.kubernetes.kubeconfig.server_url import ServerUrl
from ckslab.kubernetes.kubeconfig.trust import client_distrusted, server_distrusted
from ckslab.kubernetes.static_pod.container_files import ContainerFiles
from ckslab.kubernetes.static_pod.manifest import PodProblem
from ckslab.kubernetes.v1_35.admission_configuration import PLUGIN
from ckslab.kubernetes.v1_35.admission_plugins import enabled_plugins
from ckslab.kubernetes.v1_35.apiserver_start import follow, start_refusals
from tests.tools.fidelity.credentials import HOST
from tests.tools.fidelity.node_facts import fact_of
from tests.tools.fidelity.setup import Setup


@dataclass(frozen=True)
class Prediction:
    """What the API server does: starts, denies a refused image in the scanner's words, admits an accepted
    one, denies it when the scanner is stopped. cause and reason are given where it does not start."""

    starts: bool
    cause: str = ""
    reason: str = ""
    denies_bad: bool = False
    admits_good: bool = False
    fails_closed: bool = False


def predict(setup: Setup) -> Prediction:
    """Reads facts as they are asked for, as grading does."""
    evidence = Evidence()
    while True:
        try:
            return _judge(setup, evidence)
        except NotCollected as missing:
            evidence = evidence.plus({need: fact_of(setup, need) for need in missing.missing})


def _judge(setup: Setup, evidence: Evidence) -> Prediction:
    try:
        pod = load_pod(evidence, "kube-apiserver")
    except PodProblem as problem:
        return Prediction(False, "manifest", problem.reason)
    if refusals := start_refusals(pod, NodeFiles(evidence)):
        return Prediction(False, refusals[0].cause, refusals[0].reason)
    if PLUGIN not in enabled_plugins(pod.flags):
        return Prediction(True, denies_bad=False, admits_good=True, fails_closed=False)
    files = ContainerFiles(pod, NodeFiles(evidence))
    webhook = follow(files)
    client = webhook.client(files)
    open_ = bool(webhook.policy and webhook.policy.values["defaultAllow"])
    if client is None or not _answers(setup, client):
        return Prediction(True, denies_bad=False, admits_good=open_, fails_closed=not open_)
    return Prediction(True, denies_bad=True, admits_good=True, fails_closed=not open_)


def _answers(setup: Setup, client: Client) -> bool:
    """Whether the scanner gets a review and its answer comes back."""
    credentials = setup.credentials
    if client.url is None or client.proxy or client.url.path != "/review" or client.url.port != setup.port:
        return False
    if client.url.scheme != "https" or not _reaches(client.url):
        return False
    if not client.insecure and server_distrusted(client, credentials.server.pem, utc_now()):
        return False
    return client_distrusted(client, "scanner", credentials.ca.pem, utc_now()) is None


def _reaches(url: ServerUrl) -> bool:
    return url.host in (HOST, "localhost", "127.0.0.1")
