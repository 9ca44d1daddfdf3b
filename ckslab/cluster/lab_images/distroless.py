"""The base `distroless`: no shell and no package tool, an account that is not root, and a place for programs."""

from __future__ import annotations

from ckslab.cluster import labnode
from ckslab.cluster.image_archive import Entry, ImageConfig, Layer
from ckslab.cluster.lab_images.accounts import NOBODY, Account, account_files
from ckslab.cluster.lab_images.base_image import PATH, Base, Wanted

NONROOT = 65532
"""The account of distroless' images with the tag nonroot (github.com/GoogleContainerTools/distroless)."""

_ACCOUNTS = (Account("root", 0, "/root"), NOBODY, Account("nonroot", NONROOT, "/home/nonroot"))

_RELEASE = """PRETTY_NAME="Distroless"
NAME="Debian GNU/Linux"
ID="debian"
VERSION_ID="12"
VERSION="Debian GNU/Linux 12 (bookworm)"
"""

_FOLDERS = ("bin", "dev", "lib", "proc", "run", "sbin", "sys", "usr/bin", "usr/share", "var/lib")


def _layers(wanted: Wanted) -> tuple[Layer, ...]:
    return (
        (
            *account_files(_ACCOUNTS)[:2],
            Entry("/usr/lib/os-release", _RELEASE.encode()),
            Entry.link("/etc/os-release", "../usr/lib/os-release"),
            Entry("/etc/debian_version", b"12.0\n"),
            Entry("/etc/nsswitch.conf", b"hosts: files dns\n"),
            Entry.folder("/etc/ssl/certs"),
            Entry.folder("/root", 0o700),
            Entry.folder("/home/nonroot", 0o700, NONROOT, NONROOT),
            *(Entry.folder(f"/{name}", 0o1777) for name in ("tmp", "var/tmp")),
            *(Entry.folder(f"/{name}") for name in _FOLDERS),
            Entry("/usr/bin/pause", labnode.program("pause", wanted.architecture), 0o755),
        ),
    )


BASE = Base(
    "distroless",
    "a stand-in for gcr.io/distroless/static-debian12:nonroot, with a program that waits and no certificates.",
    _layers,
    ImageConfig(
        entrypoint=("/usr/bin/pause",),
        env={"PATH": PATH, "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"},
        user=str(NONROOT),
        working_dir="/home/nonroot",
    ),
)
