"""The base `busybox`: a shell and its tools in one static program, and the files that a small system has."""

from __future__ import annotations

from ckslab.cluster.image_archive import Entry, ImageConfig, Layer
from ckslab.cluster.lab_images import programs
from ckslab.cluster.lab_images.accounts import SYSTEM, account_files
from ckslab.cluster.lab_images.base_image import PATH, Base, Wanted

PROGRAM = "/bin/busybox"

_FOLDERS = (
    "dev",
    "etc",
    "home",
    "media",
    "mnt",
    "opt",
    "proc",
    "run",
    "srv",
    "sys",
    "usr/local/bin",
    "var/cache",
    "var/lib",
    "var/log",
)


def shell_files(architecture: str) -> Layer:
    """Busybox with a link for each of its tools, and the folders that every system has."""
    return (
        Entry(PROGRAM, programs.busybox(architecture), 0o755),
        *(Entry.link(path, PROGRAM) for path in programs.applets() if path != PROGRAM),
        *(Entry.folder(f"/{name}") for name in _FOLDERS),
        Entry.folder("/root", 0o700),
        *(Entry.folder(f"/{name}", 0o1777) for name in ("tmp", "var/tmp")),
    )


def _layers(wanted: Wanted) -> tuple[Layer, ...]:
    return ((*shell_files(wanted.architecture), *account_files(SYSTEM)),)


BASE = Base(
    "busybox",
    "a stand-in for docker.io/library/busybox, with busybox 1.35.0 and musl.",
    _layers,
    ImageConfig(cmd=("sh",), env={"PATH": PATH}),
    has_shell=True,
)
