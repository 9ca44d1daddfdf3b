"""Private keys in a file's text: a page that a learner shows to others tells none."""

from __future__ import annotations

import re

LEFT_OUT = "(a private key, left out)"

# Of a PEM block (RFC 7468) the lines between its marks, indented or not; of a kubeconfig the key's base64.
_PEM = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_DATA = re.compile(r"(\bclient-key-data[\"']?[ \t]*:)[ \t]*(?:[|>][^\n]*(?:\n[ \t]+\S*)+|\S[^\n]*)")


def without_private_keys(text: str, *, numbered: bool) -> str:
    """`text` with a remark in the place of each; numbered: lines after it keep their numbers."""

    def between_marks(found: re.Match[str]) -> str:
        if "\n" not in found[0]:
            return f"{found[1]}{LEFT_OUT}"
        rest = found[0].count("\n") - 1
        return f"{found[1]}\n{LEFT_OUT}" + "\n" * (rest if numbered else min(rest, 1))

    def after_key(found: re.Match[str]) -> str:
        return f"{found[1]} {LEFT_OUT}" + "\n" * (found[0].count("\n") if numbered else 0)

    return _DATA.sub(after_key, _PEM.sub(between_marks, text))
