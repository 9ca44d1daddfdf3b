"""The programs inside a lab's node: `labnode`, its helper, and `pause`, which holds a pod's namespaces.

Both are static Linux programs: build.sh makes them from src/ and pause.c; bin/ holds them and their digests.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ckslab.cluster import shipped
from ckslab.errors import LabError
from ckslab.whole_file import write_whole

_BIN = Path(__file__).parent / "bin"
_NAMES = ("labnode", "pause")


def binary(name: str, arch: str, into: Path) -> Path:
    """Put a program into the folder `into` (made when missing), mode 0755, and return its path there.

    `name` is `labnode` or `pause`; `arch` is a Go or uname name: amd64, x86_64, arm64, aarch64. The file
    appears in one step, and only with the digest that SHA256SUMS lists; one that has it already stays.
    Raises LabError for an unknown program or architecture, a damaged installation, or a folder that
    cannot be written.
    """
    listed = _shipped_name(name, arch)
    target = into / name
    try:
        if _is_ready(target, shipped.expected(_BIN, listed)):
            return target
        into.mkdir(parents=True, exist_ok=True)
        write_whole(target, shipped.content(_BIN, listed), mode=0o755)  # a running program keeps its old file
    except OSError as error:
        raise LabError(
            f"{target} cannot be written: {error}", advice="Free some space, or fix the rights."
        ) from error
    return target


def kept(name: str, arch: str, cache: Path) -> Path:
    """A program in the cache, in a folder of its version's own: another ckslab with the same cache takes none away.

    Errors as for `binary`.
    """
    return binary(name, arch, cache / "labnode" / digest(name, arch)[:16])


def program(name: str, arch: str) -> bytes:
    """The same program as it is shipped, for who needs no file of it; LabError as for `binary`."""
    return shipped.content(_BIN, _shipped_name(name, arch))


def digest(name: str, arch: str) -> str:
    """The SHA-256 (hex) of a shipped program: a folder of that name has no other version; errors as `binary`."""
    return shipped.expected(_BIN, _shipped_name(name, arch))


def _shipped_name(name: str, arch: str) -> str:
    if name not in _NAMES:
        raise LabError(f"there is no node program {name!r}; known: {', '.join(_NAMES)}")
    return f"{name}-{shipped.architecture(arch)}"


def _is_ready(target: Path, expected: str) -> bool:
    try:
        return os.access(target, os.X_OK) and _digest(target.read_bytes()) == expected
    except FileNotFoundError:
        return False


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
