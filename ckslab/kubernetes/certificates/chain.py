"""Certificate chains and names by the rules of Go's crypto/x509, which kube-apiserver goes by.

Plain openssl-made and self-signed certificates count: key identifiers are not needed, and a
certificate that is itself in the CA file is trusted without being a CA.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ckslab.errors import few

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_LONGEST_CHAIN = 10
_MAX_CHECKS = 100
_LIMIT = "x509: signature check attempts limit reached while verifying certificate chain"
"""maxChainSignatureChecks and errSignatureLimit: certificates that name each other have more chains than time."""

_WEAK = ("md5", "sha1")
_HOST_LABEL = re.compile(r"[A-Za-z0-9_-]+")


def chain_problem(chain: Sequence[Certificate], roots: Sequence[Certificate], usage: str, now: datetime) -> str:
    """Why x509.Certificate.Verify refuses the chain (leaf first) with these roots; "" if it holds.

    usage: "server" or "client", for the extended key usage.
    """
    if not chain:
        return "x509: no certificate"
    leaf = chain[0]
    if problem := _invalid_now(leaf, now):
        return problem
    if any(leaf == root for root in roots):
        return _usage_problem([leaf], usage)
    search = _Search(chain[1:], roots, usage, now)
    if search.found([leaf]):
        return ""
    if search.checks > _MAX_CHECKS:
        return _LIMIT
    return search.problems[0] if search.problems else "x509: certificate signed by unknown authority"


def name_problem(certificate: Certificate, host: str) -> str:
    """Why x509.Certificate.VerifyHostname refuses this host name or address; "" if it fits.

    The common name has not counted since Go 1.15.
    """
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        names = x509.SubjectAlternativeName([])
    domains = names.get_values_for_type(x509.DNSName)
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        address = None
    if address is not None:
        if str(address) in addresses:
            return ""
        if not addresses:
            return f"x509: cannot validate certificate for {host} because it doesn't contain any IP SANs"
        return f"x509: certificate is valid for {few(addresses)}, not {host}"
    if any(_fits(pattern.lower(), host.lower().rstrip(".")) for pattern in domains):
        return ""
    if not list(names):
        return "x509: certificate relies on legacy Common Name field, use SANs instead"
    if not domains:
        return f"x509: certificate is not valid for any names, but wanted to match {host}"
    return f"x509: certificate is valid for {few(domains)}, not {host}"


def utc_now() -> datetime:
    """The moment against which validity is judged."""
    return datetime.now(UTC)


@dataclass
class _Search:
    """Looks for a chain from a leaf to a root; `problems` are what spoilt the chains that were tried."""

    others: Sequence[Certificate]
    roots: Sequence[Certificate]
    usage: str
    now: datetime
    problems: list[str] = field(default_factory=list)
    checks: int = 0

    def found(self, chain: list[Certificate]) -> bool:
        """Whether this chain can be completed."""
        for parent in self.roots:
            if self._signs(parent, chain):
                problem = _usage_problem([*chain, parent], self.usage)
                if not problem:
                    return True
                self.problems.append(problem)
        if len(chain) >= _LONGEST_CHAIN:
            return False
        return any(self._signs(parent, chain) and self.found([*chain, parent]) for parent in self.others)

    def _signs(self, parent: Certificate, chain: list[Certificate]) -> bool:
        """Whether `parent` may be, and is, the issuer of the last certificate of `chain`."""
        child = chain[-1]
        if child.issuer.public_bytes() != parent.subject.public_bytes():
            return False
        self.checks += 1
        if self.checks > _MAX_CHECKS or parent in chain:
            return False
        try:
            weak = child.signature_hash_algorithm
            if weak is not None and weak.name in _WEAK:
                self.problems.append(f"x509: cannot verify signature: insecure algorithm {weak.name}")
                return False
            child.verify_directly_issued_by(parent)
        except Exception:  # a wrong signature, or an algorithm that the library does not know
            return False
        problem = _invalid_now(parent, self.now) or _not_a_ca(parent, len(chain) - 1)
        if problem:
            self.problems.append(problem)
        return not problem


def _not_a_ca(certificate: Certificate, between: int) -> str:
    from cryptography import x509

    refused = "x509: certificate signed by unknown authority (the issuer may not sign certificates)"
    if certificate.version is x509.Version.v1:
        return ""
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):
        return refused
    if not basic.ca:
        return refused
    if basic.path_length is not None and between > basic.path_length:
        return "x509: too many intermediates for path length constraint"
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    return "" if usage.key_cert_sign else refused


def _usage_problem(chain: Sequence[Certificate], usage: str) -> str:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    wanted = ExtendedKeyUsageOID.SERVER_AUTH if usage == "server" else ExtendedKeyUsageOID.CLIENT_AUTH
    accepted = (wanted, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    for certificate in chain:
        try:
            listed = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (x509.ExtensionNotFound, ValueError):
            continue
        if not any(one in accepted for one in listed):
            return "x509: certificate specifies an incompatible key usage"
    return ""


def _invalid_now(certificate: Certificate, now: datetime) -> str:
    words = "x509: certificate has expired or is not yet valid"
    if now > certificate.not_valid_after_utc:
        return f"{words}: it ended {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if now < certificate.not_valid_before_utc:
        return f"{words}: it begins {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    return ""


def _fits(pattern: str, host: str) -> bool:
    """matchHostnames: a star stands for the whole first label only."""
    wanted, labels = pattern.rstrip(".").split("."), host.split(".")
    if len(wanted) != len(labels) or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        return False
    return all(
        want == label or (i == 0 and want == "*")
        for i, (want, label) in enumerate(zip(wanted, labels, strict=True))
    )
