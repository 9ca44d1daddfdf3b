"""Check type `webhook-kubeconfig`: the webhook's kubeconfig names the service, trusts it and is trusted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, field_validator, model_validator

from ckslab.diagnosis.node_files import container_files, load_pod, no_config_file, webhook_of
from ckslab.diagnosis.running_server import NOT_RESTARTED, RESTART, STALE, stale_since_start
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.certificates.chain import utc_now
from ckslab.kubernetes.kubeconfig.client import Client
from ckslab.kubernetes.kubeconfig.decode import decode_kubeconfig
from ckslab.kubernetes.kubeconfig.server_url import parse_server
from ckslab.kubernetes.kubeconfig.trust import client_distrusted, server_distrusted
from ckslab.kubernetes.kubeconfig.usable import build_client
from ckslab.kubernetes.static_pod.container_files import ContainerFiles, Seen
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem
from ckslab.kubernetes.v1_35.apiserver_start import Webhook
from ckslab.kubernetes.v1_35.refusal import Cause
from ckslab.needs.files import FolderNeed
from ckslab.needs.service import ServiceNeed

Aspect = Literal["all", "server", "trust", "client", "no-insecure"]

# Causes that leave nothing to judge, whatever the aspect; the others belong to one aspect.
_NOTHING: tuple[Cause, ...] = ("kubeconfig-unreadable", "kubeconfig-invalid", "empty-config", "context")


class WebhookKubeconfigParams(Params):
    """What is expected of the kubeconfig that the admission configuration names.

    server: the address, compared as scheme, host, port and path. trusts: the service whose certificate
    its CA must verify for the server's name. client-certificate: the service that must accept its client
    certificate. forbid-insecure: insecure-skip-tls-verify must not be set. aspect: judge one part of it
    only. pod: the API server's static pod. file: the kubeconfig to judge while nothing names one.
    """

    server: str | None = None
    trusts: str | None = None
    client_certificate: str | None = None
    forbid_insecure: bool = False
    aspect: Aspect = "all"
    pod: str = "kube-apiserver"
    file: str | None = Field(default=None, pattern=r"^/")

    @field_validator("server")
    @classmethod
    def _is_a_url(cls, server: str | None) -> str | None:
        if server is not None and parse_server(server) is None:
            raise ValueError(f"{server} is not an address that client-go accepts")
        return server

    @model_validator(mode="after")
    def _asserts_something(self) -> WebhookKubeconfigParams:
        needed = {"server": self.server, "trust": self.trusts, "client": self.client_certificate}
        if self.aspect in needed and not needed[self.aspect]:
            raise ValueError(f"aspect {self.aspect} needs its parameter")
        if self.aspect == "all" and not (any(needed.values()) or self.forbid_insecure):
            raise ValueError("give at least one of server, trusts, client-certificate, forbid-insecure")
        return self


class WebhookKubeconfig(CheckType[WebhookKubeconfigParams]):
    """Judges the kubeconfig by Go's rules, from the files; live only in what a running server has read."""

    name = "webhook-kubeconfig"
    params = WebhookKubeconfigParams

    def needs(self, params: WebhookKubeconfigParams) -> Iterable[Need]:
        """The manifests and the services; the files follow from the admission configuration."""
        read = {"certificate": params.trusts, "client-ca": params.client_certificate}
        names = sorted({name for name in read.values() if name})
        services = [ServiceNeed(name, tuple(value for value in read if read[value] == name)) for name in names]
        return [FolderNeed(MANIFESTS), *services]

    def paths(self, params: WebhookKubeconfigParams) -> Iterable[str]:
        """The file that the parameters name."""
        return [params.file] if params.file else []

    def judge(self, params: WebhookKubeconfigParams, evidence: Evidence) -> Finding:
        """The first thing that is wrong; no partial credit (see aspect)."""
        try:
            pod = load_pod(evidence, params.pod)
        except PodProblem as problem:
            return failed(_expected(params), problem.reason, Where(problem.path, problem.line))
        webhook = webhook_of(evidence, pod)
        key = (WebhookKubeconfig, pod.path, params.file)  # the same for every aspect
        client = evidence.once(key, lambda: _client(webhook, params.file, container_files(evidence, pod)))
        if client is None:
            return _not_found(params, webhook)
        return (
            _refused(params, client)
            or _stale(params, client, evidence)
            or _server(params, client)
            or _insecure(params, client)
            or _trust(params, client, evidence)
            or passed()
        )


def _client(webhook: Webhook, file: str | None, files: ContainerFiles) -> Client | None:
    """The client that the manifest leads to, else that of the kubeconfig that the parameters name."""
    client = webhook.client(files)
    return build_client(decode_kubeconfig(files.open(file)), files) if client is None and file else client


def _not_found(params: WebhookKubeconfigParams, webhook: Webhook) -> Finding:
    if missing := no_config_file(webhook.pod, webhook):
        seen, line = missing
        where = Where(webhook.pod.path, line, "command")
        return failed(_expected(params), f"nothing names a kubeconfig: {seen}", where, webhook.pod.doubled)
    if webhook.refusals:
        first = webhook.refusals[0]
        return failed(_expected(params), f"nothing names a kubeconfig: {first.reason}", first.where)
    assert webhook.policy is not None, "without refusals there are settings"
    where = webhook.policy.places["kubeConfigFile"]
    return failed(_expected(params), "imagePolicy has no kubeConfigFile", where)


def _refused(params: WebhookKubeconfigParams, client: Client) -> Finding | None:
    """What the API server refuses, as far as it belongs to the aspect."""
    for refusal in client.refusals:
        if (
            params.aspect == "all"
            or refusal.cause in _NOTHING
            or _aspect(refusal.cause, refusal.where) == params.aspect
        ):
            message = "The API server exits at its start with this kubeconfig."
            return failed(_expected(params), refusal.reason, refusal.where, message)
    return None


def _aspect(cause: Cause, where: Where | None) -> Aspect:
    if cause in ("server", "cluster"):
        return "trust" if where and "certificate-authority" in where.field else "server"
    if cause == "insecure":
        return "no-insecure"
    if cause == "ca" or (where and "certificate-authority" in where.field):
        return "trust"
    return "client"


def _stale(params: WebhookKubeconfigParams, client: Client, evidence: Evidence) -> Finding | None:
    """Kubeconfig and CA are read at the start only; a client pair given by paths at each handshake."""
    files: list[Seen | None] = [client.kubeconfig.seen]
    if params.aspect in ("all", "trust") and params.trusts and client.ca:
        files.append(client.ca.seen)
    for seen in files:
        if seen is not None and stale_since_start(evidence, seen):
            told = f"{seen.where.path} was changed, but {STALE}"
            return failed(_expected(params), told, seen.where, RESTART, root=NOT_RESTARTED)
    return None


def _server(params: WebhookKubeconfigParams, client: Client) -> Finding | None:
    if params.server is None or params.aspect not in ("all", "server"):
        return None
    where = client.kubeconfig.cluster_place("server")
    cluster = client.kubeconfig.cluster
    seen = str((cluster.fields.get("server") if cluster else "") or "nothing")
    if client.url != parse_server(params.server):
        return failed(f"server: {params.server}", f"server: {seen}", where)
    if client.proxy:
        where = client.kubeconfig.cluster_place("proxy-url")
        return failed(f"server: {params.server}", f"requests go through the proxy {client.proxy}", where)
    return None


def _insecure(params: WebhookKubeconfigParams, client: Client) -> Finding | None:
    wanted = params.aspect == "no-insecure" or (params.aspect == "all" and params.forbid_insecure)
    if not wanted or not client.insecure:
        return None
    where = client.kubeconfig.cluster_place("insecure-skip-tls-verify")
    message = "Whoever answers at that address could then allow every image."
    return failed("the server's certificate is verified", "insecure-skip-tls-verify: true", where, message)


def _trust(params: WebhookKubeconfigParams, client: Client, evidence: Evidence) -> Finding | None:
    if params.trusts and params.aspect in ("all", "trust"):
        service = evidence.of(ServiceNeed(params.trusts))
        distrust = server_distrusted(client, service.value("certificate"), utc_now())
        if distrust is not None:
            return failed(_trusts(service.name), distrust.reason, distrust.where)
    if params.client_certificate and params.aspect in ("all", "client"):
        service = evidence.of(ServiceNeed(params.client_certificate))
        distrust = client_distrusted(client, service.name, service.value("client-ca"), utc_now())
        if distrust is not None:
            return failed(_accepted(service.name), distrust.reason, distrust.where)
    return None


def _trusts(service: str | None) -> str:
    return f"certificate-authority verifies the certificate of {service}"


def _accepted(service: str | None) -> str:
    return f"client-certificate and client-key are a pair that {service} accepts"


def _expected(params: WebhookKubeconfigParams) -> str:
    aspects = {
        "all": "a kubeconfig for the webhook that the API server can use",
        "server": f"server: {params.server}",
        "trust": _trusts(params.trusts),
        "client": _accepted(params.client_certificate),
        "no-insecure": "the server's certificate is verified",
    }
    return aspects[params.aspect]
