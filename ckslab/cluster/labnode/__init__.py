"""The programs inside a lab's node: `labnode`, its helper, and `pause`, which holds a pod's namespaces.

Both are static Linux programs: build.sh makes them from src/ and pause.c; bin/ holds them and their digests.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import tempfile
from pathlib import Path

from ckslab.errors import LabError

_BIN = Path(__file__).parent / "bin"
_NAMES = ("labnode", "pause")
_ARCHITECTURES = {"amd64": "amd64", "x86_64": "amd64", "arm64": "arm64", "aarch64": "arm64"}
_REINSTALL = "Install ckslab again: pip install --force-reinstall ckslab"


def binary(name: str, arch: str, into: Path) -> Path:
    """Put a program into the folder `into` (made when missing), mode 0755, and return its path there.

    `name` is `labnode` or `pause`; `arch` is a Go or uname name: amd64, x86_64, arm64, aarch64. The file
    appears in one step, and only with the digest that SHA256SUMS lists; one that has it already stays.
    Raises LabError for an unknown program or architecture, a damaged installation, or a folder that
    cannot be written.
    """
    expected, shipped = _expected_digest(name, arch)
    target = into / name
    try:
        if _is_ready(target, expected):
            return target
        into.mkdir(parents=True, exist_ok=True)
        _install(_unpacked(shipped, expected), target)
    except OSError as error:
        raise LabError(
            f"{target} cannot be written: {error}", advice="Free some space, or fix the rights."
        ) from error
    return target


def _expected_digest(name: str, arch: str) -> tuple[str, str]:
    """Digest and shipped name (`labnode-amd64`) of a program."""
    if name not in _NAMES:
        raise LabError(f"there is no node program {name!r}; known: {', '.join(_NAMES)}")
    if arch not in _ARCHITECTURES:
        known = ", ".join(_ARCHITECTURES)
        raise LabError(f"no node programs are shipped for {arch!r}", advice=f"Use a machine with one of: {known}.")
    shipped = f"{name}-{_ARCHITECTURES[arch]}"
    try:
        lines = (_BIN / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise LabError(f"{_BIN}/SHA256SUMS cannot be read: {error}", advice=_REINSTALL) from error
    for line in lines:
        digest, _, listed = line.partition("  ")
        if listed == shipped:
            return digest, shipped
    raise LabError(f"{_BIN}/SHA256SUMS does not list {shipped}", advice=_REINSTALL)


def _is_ready(target: Path, expected: str) -> bool:
    try:
        return os.access(target, os.X_OK) and _digest(target.read_bytes()) == expected
    except FileNotFoundError:
        return False


def _unpacked(shipped: str, expected: str) -> bytes:
    try:
        packed = _BIN / f"{shipped}.xz"
        content = lzma.decompress(packed.read_bytes()) if packed.exists() else (_BIN / shipped).read_bytes()
    except (OSError, lzma.LZMAError) as error:
        raise LabError(f"{shipped} in {_BIN} cannot be read: {error}", advice=_REINSTALL) from error
    if _digest(content) != expected:
        raise LabError(f"{shipped} in {_BIN} is damaged: its SHA-256 is not the listed one", advice=_REINSTALL)
    return content


def _install(content: bytes, target: Path) -> None:
    """Write beside the target and rename: a running program keeps its old file, nobody sees half of one."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o755)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink()
        raise


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
