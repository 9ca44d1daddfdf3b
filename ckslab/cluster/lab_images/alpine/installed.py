"""The list of installed packages in apk's own form: /lib/apk/db/installed, and an index of a repository."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from ckslab.cluster.lab_images.alpine.releases import ORIGINS

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Alpine's names of architectures, by Go's."""


def stanza(name: str, version: str, machine: str) -> str:
    """What apk says of one package (apk-package.5, "PKGINFO" and "INDEX"), as far as it has a meaning here.

    The checksum is of name and version: there is no package whose sum it could be.
    """
    sum_ = base64.b64encode(hashlib.sha1(f"{name}-{version}".encode(), usedforsecurity=False).digest()).decode()
    lines = {
        "C": f"Q1{sum_}",
        "P": name,
        "V": version,
        "A": machine,
        "S": "1",
        "I": "4096",
        "T": f"{name} (listed by a stand-in)",
        "U": "https://pkgs.alpinelinux.org/",
        "L": "unknown",
        "o": ORIGINS.get(name, name),
        "t": "0",
    }
    return "".join(f"{key}:{value}\n" for key, value in lines.items())


def database(packages: Mapping[str, str], machine: str) -> bytes:
    """Stanzas of all packages, sorted by name, each with an empty line behind it."""
    return "".join(f"{stanza(name, packages[name], machine)}\n" for name in sorted(packages)).encode()
