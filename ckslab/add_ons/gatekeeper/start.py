"""Start the Gatekeeper that a lab's node has installed: with keys of the lab's own, until its webhook serves."""

from __future__ import annotations

import base64

from ckslab.add_ons.gatekeeper.manifest import NAMESPACE, webhook_configurations
from ckslab.certificates import Authority
from ckslab.cluster.api import Answer, Api
from ckslab.cluster.backend import Node
from ckslab.control_plane.listed import item_of
from ckslab.errors import LabError
from ckslab.progress import Progress
from ckslab.waiting import wait_until

SECONDS = 120.0
MERGE = "application/merge-patch+json"
SECRET = f"/api/v1/namespaces/{NAMESPACE}/secrets/gatekeeper-webhook-server-cert"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
NAMES = ("gatekeeper-controller-manager", "gatekeeper-audit")

HOST = f"gatekeeper-webhook-service.{NAMESPACE}.svc"
TEMPLATES = "/apis/templates.gatekeeper.sh/v1/constrainttemplates"
TRIAL = {
    "apiVersion": "templates.gatekeeper.sh/v1",
    "kind": "ConstraintTemplate",
    "metadata": {"name": "trial"},
    "spec": {"crd": {"spec": {"names": {"kind": "Other"}}}},
}
"""What Gatekeeper itself refuses: its name is not its kind in lower case."""


def start_gatekeeper(node: Node, api: Api, progress: Progress) -> None:
    """Give it keys, scale it to 1, and wait until the API server reaches its webhook; LabError after 120 s."""
    progress.step("starting Gatekeeper")
    _done(api.request("PATCH", SECRET, {"data": _keys()}, content_type=MERGE))
    for name in NAMES:
        _done(api.request("PATCH", f"{DEPLOYMENTS}/{name}", {"spec": {"replicas": 1}}, content_type=MERGE))
    for webhooks in webhook_configurations():
        path = api.path_of(webhooks["apiVersion"], webhooks["kind"], None)
        _done(api.request("POST", path, webhooks))
    wait_until(
        "Gatekeeper to start",
        lambda: not _awaited(api),
        SECONDS,
        every=0.2,
        node=node,
        details=lambda: _awaited(api),
        advice="next: ckslab doctor",
    )


def _keys() -> dict[str, str]:
    """The Secret's data as Gatekeeper's own rotation would fill it (it takes keys that are there and valid)."""
    authority = Authority("gatekeeper-ca", host="gatekeeper-ca", rsa=True)
    server, own = authority.server(HOST), authority.self_pair()
    files = {"ca.crt": own.certificate, "ca.key": own.key, "tls.crt": server.certificate, "tls.key": server.key}
    return {name: base64.b64encode(data).decode() for name, data in files.items()}


def _awaited(api: Api) -> str:
    """What is missing until policies are enforced; "" if nothing is."""
    for name in NAMES:
        answer = api.request("GET", f"{DEPLOYMENTS}/{name}")
        found = item_of(answer.body) if answer.status == 200 else None
        if not found or not (found["status"] or {}).get("availableReplicas"):
            return f"{name} is not available"
    answer = api.request("POST", f"{TEMPLATES}?dryRun=All", TRIAL)
    if "validation.gatekeeper.sh" in answer.text and "denied the request" in answer.text:
        return ""
    return f"its webhook does not answer: {answer.text[:300]}"


def _done(answer: Answer) -> None:
    if answer.status not in (200, 201):
        raise LabError(f"Gatekeeper cannot be started: {answer.text[:500]}")
