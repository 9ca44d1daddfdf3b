"""The database that Trivy works with here: small, frozen, and made by build.sh from facts.yaml.

bin/ holds Trivy's vulnerability database and its digest. The one about Java archives is empty, and needed: without
it Trivy ends with an error at an image that holds any .jar (Trivy 0.74, pkg/javadb).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import sqlite3
from functools import cache
from pathlib import Path

from ckslab.errors import LabError

_BIN = Path(__file__).parent / "bin"
_REINSTALL = "Install ckslab again: pip install --force-reinstall ckslab"

FROZEN = "2026-11-01T00:00:00Z"
NEXT_UPDATE = "2126-11-01T00:00:00Z"
"""Trivy asks for no newer one before that day, whatever flags it is given."""

_JAVA_TABLES = """
CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT);
"""


@cache
def database() -> bytes:
    """trivy.db, as SHA256SUMS lists it; LabError for a damaged installation."""
    try:
        listed = (_BIN / "SHA256SUMS").read_text(encoding="ascii").split()
        content = lzma.decompress((_BIN / "trivy.db.xz").read_bytes())
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise LabError(f"the scanner's database in {_BIN} cannot be read: {error}", advice=_REINSTALL) from error
    if listed != [hashlib.sha256(content).hexdigest(), "trivy.db"]:
        raise LabError(f"the scanner's database in {_BIN} is damaged", advice=_REINSTALL)
    return content


def digest() -> str:
    """The database's SHA-256, in hexadecimal digits."""
    return hashlib.sha256(database()).hexdigest()


def cache_files() -> dict[str, bytes]:
    """What lies in Trivy's cache folder, by path in it, so that no scan needs a network."""
    return {
        "db/trivy.db": database(),
        "db/metadata.json": _metadata(2),
        "java-db/trivy-java.db": _no_java(),
        "java-db/metadata.json": _metadata(1),
    }


def _metadata(version: int) -> bytes:
    """`version`: of the database's schema (Trivy 0.74: 2, and 1 of the one about Java archives)."""
    times = {"UpdatedAt": FROZEN, "DownloadedAt": FROZEN, "NextUpdate": NEXT_UPDATE}
    return json.dumps({"Version": version, **times}).encode()


@cache
def _no_java() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(_JAVA_TABLES)
        connection.commit()
        content = connection.serialize()
    connection.close()
    return content
