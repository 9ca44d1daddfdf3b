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
    asked = posixpath.normpath(need.path)
    return dataclasses.replace(_followed(setup, need.path, asked), target=_target(setup, asked))


def _followed(setup: Setup, asked: str, path: str) -> FileFact:
    real = setup.real(path)
    if real is None:
        return FileFact(asked, "loop")
    if real in setup.files:
        return dataclasses.replace(file_fact(asked, setup.files[real]), real=real)
    if any(name.startswith(real.rstrip("/") + "/") for name in (*setup.files, *setup.links)):
        return FileFact(asked, "folder", real=real)
    return FileFact(asked, "absent")


def _target(setup: Setup, path: str) -> str:
    """What a link at the path itself says; the folders that lead to it are followed."""
    parent = setup.real(posixpath.dirname(path))
    return setup.links.get(posixpath.join(parent or "/", posixpath.basename(path)), "")


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
