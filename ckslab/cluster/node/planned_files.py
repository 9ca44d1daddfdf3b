"""Files of a node that is about to boot: what every node has, and in memory what is laid over it."""

from __future__ import annotations

from collections.abc import Callable

from ckslab.cluster.backend import NodeFile
from ckslab.errors import LabError


class PlannedFiles:
    """NodeFiles before the boot. `files` and `removed` are for the NodeSpec.

    pristine: a file as every new node has it, or None (`Backend.pristine`).
    """

    def __init__(self, pristine: Callable[[str], bytes | None]) -> None:
        self.pristine = pristine
        self._laid: dict[str, NodeFile] = {}
        self._removed: set[str] = set()

    @property
    def files(self) -> tuple[NodeFile, ...]:
        """The files to lay down, by path."""
        return tuple(self._laid[path] for path in sorted(self._laid))

    @property
    def removed(self) -> tuple[str, ...]:
        """The files of every node that this one lacks, by path."""
        return tuple(sorted(self._removed))

    def read(self, path: str) -> bytes | None:
        """The content as it will be at the boot."""
        path = _plain(path)
        if path in self._laid:
            return self._laid[path].data
        return None if path in self._removed else self.pristine(path)

    def write(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Plan a file."""
        path = _plain(path)
        if mode is None:
            mode = self._laid[path].mode if path in self._laid else self._old_mode(path)
        self._laid[path] = NodeFile(path, data, mode)
        self._removed.discard(path)

    def remove(self, path: str) -> None:
        """Plan that the file is not there."""
        path = _plain(path)
        self._laid.pop(path, None)
        if self.pristine(path) is not None:
            self._removed.add(path)

    def _old_mode(self, path: str) -> int:
        """Manifests, kubeconfigs and keys have 0600 where kubeadm wrote them; the rest has 0644."""
        secret = path.startswith("/etc/kubernetes/manifests/") or path.endswith((".conf", ".key"))
        private = path.startswith("/etc/kubernetes/") and secret
        return 0o600 if private and path not in self._removed and self.pristine(path) is not None else 0o644


def _plain(path: str) -> str:
    parts = path.split("/")
    if parts[0] or not parts[-1] or any(part in ("", ".", "..") for part in parts[1:]) or "\0" in path:
        raise LabError(f"not the plain path of a node file: {path!r}")
    return path
