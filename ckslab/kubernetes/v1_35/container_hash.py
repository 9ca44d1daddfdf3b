"""The hash that the kubelet gives each container: of which name and image, as they were written, it was made.

HashContainer in pkg/kubelet/container/helpers.go, v1.35: FNV-1a of 32 bits over the JSON of name and image, which
DeepHashObject (pkg/util/hash) writes as go-spew prints a slice of bytes.
"""

from __future__ import annotations

import json

HASH = "io.kubernetes.container.hash"
"""The annotation that holds it, which the container runtime keeps with the container."""

_BASIS, _PRIME = 0x811C9DC5, 0x01000193

_ESCAPED = {letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
"""What Go's encoding/json escapes beside what every JSON does."""


def container_hash(name: str, image: str) -> str:
    """In hexadecimal digits, without leading zeros, as the kubelet writes it."""
    text = json.dumps({"image": image, "name": name}, separators=(",", ":"), ensure_ascii=False)
    for letter, escaped in _ESCAPED.items():
        text = text.replace(letter, escaped)
    printed = f"([]uint8)[{' '.join(str(byte) for byte in text.encode(errors='replace'))}]"
    found = _BASIS
    for byte in printed.encode():
        found = (found ^ byte) * _PRIME & 0xFFFFFFFF
    return f"{found:x}"
