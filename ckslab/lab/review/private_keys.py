"""Private keys in a file's text: a page that a learner shows to others tells none."""

from __future__ import annotations

import re

LEFT_OUT = "(a private key, left out)"

# Of a PEM block (RFC 7468) the lines between its marks, indented or not; of a kubeconfig the key's base64.
_PEM = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_DATA = re.compile(r"(\bclient-key-data[\"']?[ \t]*:)[ \t]*(?:[|>][^\n]*(?:\n[ \t]+\S*)+|\S[^\n]*)")


def without_private_keys(text: str) -> str:
    """`text` with a remark in the place of each; the lines of a PEM block stay as many as they were."""
    return _DATA.sub(_after_key, _PEM.sub(_between_marks, text))


def _between_marks(found: re.Match[str]) -> str:
    lines = found[0].count("\n")
    return f"{found[1]}\n{LEFT_OUT}" + "\n" * (lines - 1) if lines else f"{found[1]}{LEFT_OUT}"


def _after_key(found: re.Match[str]) -> str:
    return f"{found[1]} {LEFT_OUT}" + "\n" * found[0].count("\n")
