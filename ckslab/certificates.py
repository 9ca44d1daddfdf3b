"""Certificates for a lab's services: a certificate authority of their own in every lab."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey

DAYS = 365


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """A self-signed CA that signs server and client certificates (ECDSA P-256).

    host: the CA's own DNS name. rsa: its own key is RSA, which takes longer to make.
    """

    def __init__(self, name: str, host: str | None = None, *, rsa: bool = False) -> None:
        self._name = name
        self._key = _new_rsa_key() if rsa else _new_key()
        self._certificate = _sign(name, self._key, None, self._key, is_ca=True, host=host)

    @property
    def certificate(self) -> bytes:
        """The CA's certificate, PEM."""
        return _pem(self._certificate)

    def server(self, host: str) -> Pair:
        """A certificate for a host name."""
        return self._pair(host, host)

    def client(self, name: str) -> Pair:
        """A certificate for a client."""
        return self._pair(name, None)

    def self_pair(self) -> Pair:
        """The CA itself as a pair."""
        return Pair(self.certificate, _key_pem(self._key))

    def _pair(self, name: str, host: str | None) -> Pair:
        key = _new_key()
        certificate = _sign(name, key, self._certificate, self._key, host=host)
        return Pair(_pem(certificate), _key_pem(key))


def new_key() -> bytes:
    """A private key that belongs to no certificate, PEM."""
    return _key_pem(_new_key())


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _new_rsa_key() -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, 2048)


def _sign(
    name: str,
    key: PrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: PrivateKey,
    *,
    is_ca: bool = False,
    host: str | None = None,
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    usage = ExtendedKeyUsageOID.SERVER_AUTH if host else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if not is_ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: PrivateKey) -> bytes:
    """PKCS 8, and PKCS 1 for RSA: cert-controller (v0.16.1), which rotates webhooks' keys, reads nothing else."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    form = PrivateFormat.TraditionalOpenSSL if isinstance(key, RSAPrivateKey) else PrivateFormat.PKCS8
    return key.private_bytes(Encoding.PEM, form, NoEncryption())
