"""Finds PEM blocks as Go's encoding/pem does: whatever stands around them is skipped."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

_BLOCK = re.compile(
    r"^-----BEGIN ([^\r\n]*?)-----[ \t]*\r?\n(.*?)^-----END \1-----[ \t]*\r?$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its type, whether it has headers (such as an encrypted key's), and its bytes."""

    type: str
    headers: bool
    der: bytes


def pem_blocks(text: str) -> list[Block]:
    """All blocks of `text` in order; those whose base64 is broken are left out."""
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
