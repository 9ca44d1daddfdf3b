"""Keys and certificates for one fidelity run: what fits, and everything that does not."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ckslab.needs.service import ServiceFact

HOST = "scanner.lab"


@dataclass(frozen=True)
class Signer:
    """A certificate with its key, both as objects and as PEM."""

    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key(self) -> str:
        """The key, PKCS 8."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def ec_key(self) -> str:
        """The key as `openssl ecparam -genkey` writes it: SEC 1, with the curve's parameters before it."""
        body = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()
        return "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + body

    @property
    def encrypted_key(self) -> str:
        """The key, with a passphrase."""
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"x"),
        ).decode()


def issue(
    name: str,
    issuer: Signer | None = None,
    *,
    ca: bool = False,
    hosts: tuple[str, ...] = (),
    usage: str = "",
    days: tuple[int, int] = (-2, 365),
    bare: bool = False,
) -> Signer:
    """A new certificate; self-signed without an issuer. bare: no extensions at all but the names."""
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(h) for h in hosts]), False)
    if not bare:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), True)
    if usage:
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if usage == "server" else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False)
    return Signer(builder.sign(issuer.private if issuer else private, hashes.SHA256()), private)


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@dataclass(frozen=True)
class Credentials:
    """All certificates of a run. `server` is what the scanner shows, `client_ca` what it trusts."""

    ca: Signer
    server: Signer
    client: Signer
    other_ca: Signer
    other_client: Signer
    expired_client: Signer
    future_client: Signer
    server_usage_client: Signer
    bare_client: Signer
    expired_ca: Signer


def make_credentials() -> Credentials:
    """Fresh credentials."""
    ca = issue("scanner ca", ca=True)
    other = issue("other ca", ca=True)
    return Credentials(
        ca=ca,
        server=issue("scanner", ca, hosts=(HOST,), usage="server"),
        client=issue("apiserver", ca, usage="client"),
        other_ca=other,
        other_client=issue("apiserver", other, usage="client"),
        expired_client=issue("apiserver", ca, usage="client", days=(-30, -1)),
        future_client=issue("apiserver", ca, usage="client", days=(2, 30)),
        server_usage_client=issue("apiserver", ca, usage="server"),
        bare_client=issue("apiserver", ca, bare=True),
        expired_ca=issue("scanner ca", ca=True, days=(-30, -1)),
    )


def scanner_fact(of: Credentials, url: str = "") -> ServiceFact:
    """The lab's scanner that has them."""
    values = {"ca": of.ca.pem, "certificate": of.server.pem, "client-ca": of.ca.pem}
    return ServiceFact("scanner", "image-scanner", url, values)
