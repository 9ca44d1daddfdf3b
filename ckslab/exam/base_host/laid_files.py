"""What base has beside the machine's /usr: users, names, and the shell's own settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ckslab.cluster.local.namespace import idmap
from ckslab.store.disk import as_lab_error

HOME = "/home/candidate"
UID = 1000

_FILES = {
    "passwd": f"root:x:0:0:root:/root:/bin/sh\ncandidate:x:{UID}:{UID}:candidate:{HOME}:/bin/bash\n",
    "group": f"root:x:0:\ncandidate:x:{UID}:\n",
    "hosts": "127.0.0.1 localhost base\n",
    "hostname": "base\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}

PROGRAMS = ("ssh", "task", "tasks", "flag", "time", "submit", "kubectl")
"""By these names labnode asks the exam (see labnode's package exam)."""


def lay(folder: Path, hosts: Sequence[str]) -> tuple[Path, dict[str, Path]]:
    """Make base's files in the exam's `folder`; its home, which all terminals share, and the rest by its path."""
    with as_lab_error("cannot make the exam's base"):
        etc, home = folder / "base" / "etc", folder / "base" / "home"
        etc.mkdir(mode=0o755, parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            ids = idmap.current()
            os.chown(home, ids.uids[0][1], ids.gids[0][1])
        settings = Path(__file__).with_name("bashrc").read_text().replace("@HOSTS@", " ".join(hosts))
        texts = {**_FILES, "bashrc": settings}
        for name, text in texts.items():
            path = etc / name
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
            path.chmod(0o644)
        return home, {f"/etc/{name}": etc / name for name in texts}
