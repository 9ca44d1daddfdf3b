"""The socket by which base's programs ask their terminal: each question has a thread, and they are bounded."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from ckslab.exam.terminal.client import Client, Gone
from ckslab.exam.terminal.socket_path import short
from ckslab.store.disk import as_lab_error

MAX_CLIENTS = 32


class Door:
    """A listening socket in `folder`, which is ours alone. answer: is called for each client, in its thread."""

    def __init__(self, folder: Path, answer: Callable[[Client], object]) -> None:
        """LabError: the disk refuses."""
        self._answer, self._clients, self._count = answer, 0, Lock()
        self.path = folder / f"{os.getpid()}-{id(self) % 10_000}.sock"
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            with as_lab_error("cannot make the terminal's socket"):
                folder.mkdir(mode=0o700, exist_ok=True)
                self.path.unlink(missing_ok=True)  # of a process of our number that was killed
                with short(self.path) as name:
                    self.socket.bind(name)
                self.path.chmod(0o666)  # whoever stands in base has another id
                self.socket.listen(8)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: Any) -> None:
        """Nobody comes in any more; whoever is in goes on."""
        self.socket.close()
        self.path.unlink(missing_ok=True)

    def accept(self) -> None:
        """Let in whoever waits; one too many is sent away."""
        with suppress(OSError):
            connection, _ = self.socket.accept()
            with self._count:
                if self._clients >= MAX_CLIENTS:
                    connection.close()
                    return
                self._clients += 1
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(Gone):
                self._answer(Client(connection))
        finally:
            with self._count:
                self._clients -= 1
