"""Facts about a set-up's node files, as a collector would find them."""

from __future__ import annotations

import dataclasses
import hashlib
import posixpath

from ckslab.evidence import Fact, FileFact, FolderFact, Need
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.needs.files import FileNeed, FolderNeed
from tests.tools.fidelity.setup import MANIFEST, Setup


def digest_of(setup: Setup, path: str) -> str:
    """The digest of a file of a set-up."""
    fact = fact_of(setup, FileNeed(path))
    assert isinstance(fact, FileFact)
    return fact.sha256


def fact_of(setup: Setup, need: Need) -> Fact:
    """The fact for a file, or for the manifests folder."""
    if need == FolderNeed(MANIFESTS):
        folder = FileFact(MANIFESTS, "folder", real=MANIFESTS)
        return FolderFact(folder, {posixpath.basename(MANIFEST): file_fact(MANIFEST, setup.manifest().encode())})
    assert isinstance(need, FileNeed)
    path = posixpath.normpath(need.path)
    path = setup.links.get(path, path)
    if path in setup.files:
        return dataclasses.replace(file_fact(need.path, setup.files[path]), real=path)
    if any(name.startswith(path.rstrip("/") + "/") for name in setup.files):
        return FileFact(need.path, "folder", real=path)
    return FileFact(need.path, "absent")


def file_fact(path: str, content: bytes) -> FileFact:
    """A regular file."""
    text: str | None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = None
    return FileFact(
        path,
        "file",
        real=path,
        mode=0o644,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        text=text,
        encoding="utf-8" if text is not None else "binary",
    )
