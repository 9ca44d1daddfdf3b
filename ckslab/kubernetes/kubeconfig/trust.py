"""Whether a webhook's client and the server it calls trust each other: names, chains, key pairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ckslab.kubernetes.certificates.chain import chain_problem, name_problem
from ckslab.kubernetes.certificates.pem import certificates, pair_problem
from ckslab.kubernetes.kubeconfig.client import Client, Pem
from ckslab.kubernetes.node_file import Where


@dataclass(frozen=True, slots=True)
class Distrust:
    """Why a handshake fails, in Go's words where it has any, and where that is repaired."""

    reason: str
    where: Where


def server_distrusted(client: Client, certificate_pem: str, now: datetime) -> Distrust | None:
    """Why the client does not verify a server's certificate (PEM) for the name it calls, or None."""
    config = client.kubeconfig
    if client.url is None or client.url.scheme != "https":
        return Distrust("the server is not an https address", config.cluster_place("server"))
    if client.ca is None:
        seen = "no certificate-authority can be read"
        if client.insecure:
            seen = "insecure-skip-tls-verify: nothing is verified"
        elif not (config.cluster and _given(config.cluster.fields)):
            seen = "no certificate-authority"
        return Distrust(seen, config.cluster_place("certificate-authority"))
    chain = certificates(certificate_pem)
    if problem := chain_problem(chain, certificates(client.ca.text), "server", now):
        return Distrust(f"tls: failed to verify certificate: {problem}", client.ca.where)
    if problem := name_problem(chain[0], client.server_name):
        where = config.cluster_place("tls-server-name" if client.server_name != client.url.host else "server")
        return Distrust(f"tls: failed to verify certificate: {problem}", where)
    return None


def client_distrusted(client: Client, server: str, client_ca_pem: str, now: datetime) -> Distrust | None:
    """Why `server`, which trusts these CAs (PEM), does not accept the client's certificate, or None."""
    config = client.kubeconfig
    if config.user is None:
        context = config.context
        where = config.place("contexts", context.index, "context", "user") if context else config.place("users")
        return Distrust("the current context names no user of this kubeconfig", where)
    for pem, field in ((client.certificate, "client-certificate"), (client.key, "client-key")):
        if pem is None:
            given = config.user.fields.get(field)
            return Distrust(f"{field} {given} cannot be read" if given else f"no {field}", config.user_place(field))
    certificate, key = client.certificate, client.key
    assert certificate is not None
    assert key is not None
    if problem := pair_problem(certificate.text, key.text):
        return Distrust(problem, _key_place(problem, certificate, key))
    if problem := chain_problem(certificates(certificate.text), certificates(client_ca_pem), "client", now):
        return Distrust(f"{server} refuses it: {problem}", certificate.where)
    return None


def _key_place(problem: str, certificate: Pem, key: Pem) -> Where:
    return certificate.where if "certificate input" in problem or "x509" in problem else key.where


def _given(fields: dict[str, object]) -> bool:
    return bool(fields.get("certificate-authority") or fields.get("certificate-authority-data"))
