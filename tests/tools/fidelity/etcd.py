"""One etcd for all API servers of a run."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Etcd:
    """etcd as a child process, without durability."""

    def __init__(self, binary: Path, folder: Path) -> None:
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.url = client
        self._log = (folder / "etcd.log").open("wb")
        self._process = subprocess.Popen(
            [
                str(binary),
                f"--data-dir={folder / 'etcd'}",
                f"--listen-client-urls={client}",
                f"--advertise-client-urls={client}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=default={peer}",
                "--unsafe-no-fsync",
            ],
            stdout=self._log,
            stderr=self._log,
        )
        host, port = client.removeprefix("http://").split(":")
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex((host, int(port))) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"etcd does not listen: see {folder / 'etcd.log'}")

    def stop(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()
        self._log.close()
