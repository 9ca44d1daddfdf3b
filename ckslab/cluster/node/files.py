"""Node files as steps and editors see them: read, write by rename, remove."""

from __future__ import annotations

from typing import Protocol


class NodeFiles(Protocol):
    """Files of a node: of a running one, or of one that is about to boot."""

    def read(self, path: str) -> bytes | None:
        """The content of a regular file (symlinks followed inside the node); None if there is none."""

    def write(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Write by rename, making parent folders; mode None keeps the old file's bits (new: 0644)."""

    def remove(self, path: str) -> None:
        """Remove a file; nothing to do is no error."""
