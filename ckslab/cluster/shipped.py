"""Files that ckslab ships in a folder with their SHA-256 in SHA256SUMS beside them, some of them packed by xz."""

from __future__ import annotations

import hashlib
import lzma
from pathlib import Path

from ckslab.errors import LabError

_REINSTALL = "Install ckslab again: pip install --force-reinstall ckslab"
_ARCHITECTURES = {"amd64": "amd64", "x86_64": "amd64", "arm64": "arm64", "aarch64": "arm64"}


def architecture(name: str) -> str:
    """The Go name of an architecture, given as Go or uname has it; LabError where nothing is shipped for it."""
    if name not in _ARCHITECTURES:
        known = ", ".join(_ARCHITECTURES)
        raise LabError(f"no node programs are shipped for {name!r}", advice=f"Use a machine with one of: {known}.")
    return _ARCHITECTURES[name]


def expected(folder: Path, name: str) -> str:
    """The SHA-256 (hex) that `folder` lists for the unpacked file; LabError in a damaged installation."""
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise LabError(f"{folder}/SHA256SUMS cannot be read: {error}", advice=_REINSTALL) from error
    for line in lines:
        digest, _, listed = line.partition("  ")
        if listed == name:
            return digest
    raise LabError(f"{folder}/SHA256SUMS does not list {name}", advice=_REINSTALL)


def content(folder: Path, name: str) -> bytes:
    """The unpacked file; LabError where it is not there or not what was shipped."""
    digest = expected(folder, name)
    try:
        packed = folder / f"{name}.xz"
        found = lzma.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()
    except (OSError, lzma.LZMAError) as error:
        raise LabError(f"{name} in {folder} cannot be read: {error}", advice=_REINSTALL) from error
    if hashlib.sha256(found).hexdigest() != digest:
        raise LabError(f"{name} in {folder} is damaged: its SHA-256 is not the listed one", advice=_REINSTALL)
    return found
