"""An ordinary user of this machine, made by root, with a view of it in which our interpreter can be read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

NAME = "ckslab-test"
SUBORDINATE = (300_000_000, 65536)


class User:
    """A user with a home folder and subordinate ids, until `remove`."""

    def __init__(self, home: Path) -> None:
        _must("useradd", "--no-create-home", "--home-dir", str(home), "--shell", "/bin/sh", NAME)
        first, count = SUBORDINATE
        for kind in ("uids", "gids"):
            _must("usermod", f"--add-sub{kind}", f"{first}-{first + count - 1}", NAME)
        self.home = home
        shutil.chown(home, NAME, NAME)

    def prefix(self, readable: Iterable[Path]) -> list[str]:
        """Runs a command as the user, in a mount namespace in which he can walk to the `readable` paths.

        Folders on the way that are closed to him are covered by an open one that holds these paths alone.
        """
        lines = ["set -e", "mount --make-rprivate /", "mount -t tmpfs none /mnt"]
        wanted = [path.resolve() for path in readable] + [path.absolute() for path in readable]
        closed = dict.fromkeys(found for path in wanted if (found := _closed(path)))
        for number, folder in enumerate(closed):
            below = [path for path in dict.fromkeys(wanted) if folder in path.parents or folder == path]
            below = sorted({child for path in below for child in _children(path, folder)})
            lines += [f"mkdir /mnt/{number}", f"mount --rbind '{folder}' /mnt/{number}"]
            lines += [f"mount -t tmpfs -o mode=711 none '{folder}'"]
            for path in below:
                inside = f"/mnt/{number}/{path.relative_to(folder)}"
                lines += [f"[ ! -d '{inside}' ] || mkdir -p '{path}'", f"[ -d '{inside}' ] || touch '{path}'"]
                lines += [f"mount --rbind '{inside}' '{path}'"]
        lines += ["umount -l /mnt", f'exec setpriv --reuid {NAME} --regid {NAME} --init-groups -- "$@"']
        return ["unshare", "--mount", "sh", "-c", "\n".join(lines), "sh"]

    def remove(self) -> None:
        """Forget the user."""
        _must("userdel", NAME)


def missing() -> list[str]:
    """What this machine lacks to make a user."""
    if os.geteuid() != 0:
        return ["root's rights"]
    tools = ("useradd", "usermod", "userdel", "setpriv", "unshare", "newuidmap", "newgidmap")
    return [tool for tool in tools if shutil.which(tool) is None]


def interpreter() -> list[Path]:
    """What our interpreter needs to be read."""
    return [Path(sys.prefix), Path(sys.base_prefix)]


def _closed(path: Path) -> Path | None:
    """The topmost folder on the way that others may not enter."""
    for folder in (*reversed(path.parents), path):
        if folder.is_dir() and not folder.stat().st_mode & 0o001:
            return folder
    return None


def _children(path: Path, folder: Path) -> list[Path]:
    return list(folder.iterdir()) if path == folder else [path]


def _must(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
