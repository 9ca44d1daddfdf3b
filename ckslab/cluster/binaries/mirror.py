"""Where an address is asked: at its own host, or below the mirror that $CKSLAB_DOWNLOADS names."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from ckslab.errors import UsageError


def mirrored(url: str) -> str:
    """`url`, or where $CKSLAB_DOWNLOADS has it: `<base>/<host>/<path>`, its query kept."""
    base = os.environ.get("CKSLAB_DOWNLOADS", "")
    if not base:
        return url
    if urlsplit(base).scheme not in ("http", "https"):
        raise UsageError(
            f"CKSLAB_DOWNLOADS is no http or https address: {base}",
            advice="Set it to http(s)://host/path of a mirror, or unset it.",
        )
    pinned = urlsplit(url)
    query = f"?{pinned.query}" if pinned.query else ""
    return f"{base.rstrip('/')}/{pinned.netloc}{pinned.path}{query}"
