"""Whether a webhook's client and a lab service trust each other: names, chains, key pairs."""

from __future__ import annotations

from datetime import datetime

from ckslab.evidence import Finding, ServiceFact, Where, failed
from ckslab.kubernetes.certificates.chain import chain_problem, name_problem
from ckslab.kubernetes.certificates.pairs import certificates, pair_problem
from ckslab.kubernetes.kubeconfig.client import Client, Pem


def server_problem(client: Client, service: ServiceFact, now: datetime) -> Finding | None:
    """Why the client does not verify the service's certificate for the name it calls, or None."""
    config = client.kubeconfig
    expected = f"certificate-authority verifies the certificate of {service.name}"
    if client.url is None or client.url.scheme != "https":
        return failed(expected, "the server is not an https address", config.cluster_place("server"))
    if client.ca is None:
        seen = "no certificate-authority can be read"
        if client.insecure:
            seen = "insecure-skip-tls-verify: nothing is verified"
        elif not (config.cluster and _given(config.cluster.fields)):
            seen = "no certificate-authority"
        return failed(expected, seen, config.cluster_place("certificate-authority"))
    chain = certificates(service.values["certificate"])
    if problem := chain_problem(chain, certificates(client.ca.text), "server", now):
        return failed(expected, f"tls: failed to verify certificate: {problem}", client.ca.where)
    if problem := name_problem(chain[0], client.server_name):
        where = config.cluster_place("tls-server-name" if client.server_name != client.url.host else "server")
        return failed(expected, f"tls: failed to verify certificate: {problem}", where)
    return None


def client_problem(client: Client, service: ServiceFact, now: datetime) -> Finding | None:
    """Why the service does not accept the client's certificate, or None."""
    config = client.kubeconfig
    expected = f"client-certificate and client-key are a pair that {service.name} accepts"
    if config.user is None:
        context = config.context
        where = (
            config.place("contexts", context.index, "context", "user") if context else config.place("users")
        )
        return failed(expected, "the current context names no user of this kubeconfig", where)
    for pem, field in ((client.certificate, "client-certificate"), (client.key, "client-key")):
        if pem is None:
            given = config.user.fields.get(field)
            return failed(
                expected,
                f"{field} {given} cannot be read" if given else f"no {field}",
                config.user_place(field),
            )
    certificate, key = client.certificate, client.key
    assert certificate is not None
    assert key is not None
    if problem := pair_problem(certificate.text, key.text):
        return failed(expected, problem, _key_place(problem, certificate, key))
    chain = certificates(certificate.text)
    if problem := chain_problem(chain, certificates(service.values["client-ca"]), "client", now):
        return failed(expected, f"{service.name} refuses it: {problem}", certificate.where)
    return None


def _key_place(problem: str, certificate: Pem, key: Pem) -> Where:
    return certificate.where if "certificate input" in problem or "x509" in problem else key.where


def _given(fields: dict[str, object]) -> bool:
    return bool(fields.get("certificate-authority") or fields.get("certificate-authority-data"))
