"""Certificates and key pairs in PEM, by the rules of Go's crypto/tls, which kube-apiserver goes by."""

from __future__ import annotations

import base64
import binascii
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


_NO_SPACES = dict.fromkeys(map(ord, " \t\r\n"))
_BEGIN, _END, _DASHES = "\n-----BEGIN ", "\n-----END ", "-----"


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

    Those whose base64 is broken, and those that end as another type, are left out. The time grows with the text.
    """
    found = []
    at, end = 0, -1
    while (begun := _begin(text, at)) >= 0:
        line, at = _line(text, begun)
        if not line.endswith(_DASHES):
            continue
        kind, first = line.removesuffix(_DASHES), at
        at = body = _after_headers(text, first)
        if body == first and text.startswith(_END[1:], body):
            stop, after = body, body + len(_END) - 1
        else:
            end = text.find(_END, body) if end < body else end
            if end < 0:
                break
            stop, after = end, end + len(_END)
        tail = kind + _DASHES
        if not text.startswith(tail, after) or _line(text, after + len(tail))[0]:
            continue
        try:
            data = base64.b64decode(text[body:stop].translate(_NO_SPACES), validate=True)
        except (binascii.Error, ValueError):
            continue
        found.append(Block(kind, body > first, data))
        at = _line(text, after)[1]
    return found


def _begin(text: str, at: int) -> int:
    """Where the type of the next block begins, -1 where there is none."""
    if text.startswith(_BEGIN[1:], at):
        return at + len(_BEGIN) - 1
    begin = text.find(_BEGIN, at)
    return begin + len(_BEGIN) if begin >= 0 else -1


def _line(text: str, at: int) -> tuple[str, int]:
    """The line that begins there, without spaces at its end, and where the next one begins (pem.getLine)."""
    end = text.find("\n", at)
    if end < 0:
        return text[at:].rstrip(" \t"), len(text)
    stop = end - 1 if end > at and text[end - 1] == "\r" else end
    return text[at:stop].rstrip(" \t"), end + 1


def _after_headers(text: str, at: int) -> int:
    """Where the first line without a colon begins."""
    while at < len(text):
        line, following = _line(text, at)
        if ":" not in line:
            break
        at = following
    return at
