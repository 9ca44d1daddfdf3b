"""Certificates and key pairs in PEM, by the rules of Go's crypto/tls, which kube-apiserver goes by."""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


_BLOCK = re.compile(
    r"^-----BEGIN ([^\r\n]*?)-----[ \t]*\r?\n(.*?)^-----END \1-----[ \t]*\r?$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its type, whether it has headers (such as an encrypted key's), and its bytes."""

    type: str
    headers: bool
    der: bytes


def certificates(text: str) -> list[Certificate]:
    """The certificates of a PEM text; blocks that are no certificate are skipped, as in a CA file."""
    blocks = [block for block in pem_blocks(text) if block.type == "CERTIFICATE" and not block.headers]
    return [found for found in (_certificate(block) for block in blocks) if found is not None]


def pair_problem(certificate_text: str, key_text: str) -> str:
    """Why tls.X509KeyPair refuses this certificate and key, in its words; "" if they are a pair."""
    from cryptography.hazmat.primitives import serialization

    blocks = [block for block in pem_blocks(certificate_text) if block.type == "CERTIFICATE"]
    if not blocks:
        return "tls: failed to find any PEM data in certificate input"
    chain = certificates(certificate_text)
    if not chain:
        return "x509: malformed certificate"
    keys = [block for block in pem_blocks(key_text) if block.type.endswith("PRIVATE KEY")]
    if not keys:
        others = any(block.type == "CERTIFICATE" for block in pem_blocks(key_text))
        if others:
            return "tls: found a certificate rather than a key in the PEM for the private key"
        return "tls: failed to find any PEM data in key input"
    try:
        key: Any = serialization.load_der_private_key(keys[0].der, None)
        public = key.public_key()
        leaf = chain[0].public_key()
    except Exception:  # encrypted, malformed, or of a type that nobody knows
        return "tls: failed to parse private key"
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if type(public) is not type(leaf):
        return "tls: private key type does not match public key type"
    return (
        ""
        if public.public_bytes(*form) == leaf.public_bytes(*form)
        else ("tls: private key does not match public key")
    )


def _certificate(block: Block) -> Certificate | None:
    from cryptography import x509

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd serial numbers and the like: Go does not mind
        try:
            certificate = x509.load_der_x509_certificate(block.der)
            _ = certificate.extensions  # parsed now, so that nobody meets a broken one later
            certificate.public_key()
        except Exception:  # the library has no single error for a broken certificate
            return None
    return certificate


def pem_blocks(text: str) -> list[Block]:
    """All blocks of `text` in order, as Go's encoding/pem finds them: whatever stands around them is skipped.

    Those whose base64 is broken are left out.
    """
    found = []
    for match in _BLOCK.finditer(text):
        kind, body = match.groups()
        lines = body.replace("\r", "").split("\n")
        headers = [line for line in lines if ":" in line]
        data = "".join(line for line in lines if ":" not in line)
        try:
            found.append(Block(kind, bool(headers), base64.b64decode("".join(data.split()), validate=True)))
        except (binascii.Error, ValueError):
            continue
    return found
