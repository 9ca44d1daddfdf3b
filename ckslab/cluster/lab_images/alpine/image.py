"""The base `alpine`: its files."""

from __future__ import annotations

from pathlib import Path

from ckslab.cluster.image_archive import Entry, ImageConfig, Layer
from ckslab.cluster.lab_images.accounts import SYSTEM, account_files
from ckslab.cluster.lab_images.alpine.installed import MACHINES, database
from ckslab.cluster.lab_images.alpine.releases import release_of
from ckslab.cluster.lab_images.base_image import PATH, Base, Wanted
from ckslab.cluster.lab_images.busybox import shell_files

REPOSITORY = "http://packages.lab.local/alpine"
"""Where the stand-in's apk looks for packages: see `ckslab.cluster.lab_images.alpine.repository`."""

_APK = Path(__file__).with_name("apk.sh")


def _layers(wanted: Wanted) -> tuple[Layer, ...]:
    release, machine = release_of(wanted.release), MACHINES[wanted.architecture]
    installed = {**release.packages, **wanted.packages}
    return (
        (
            *shell_files(wanted.architecture),
            *account_files(SYSTEM),
            Entry("/etc/alpine-release", f"{release.version}\n".encode()),
            Entry("/etc/os-release", _os_release(release.version, release.branch).encode()),
            Entry("/etc/apk/arch", f"{machine}\n".encode()),
            Entry("/etc/apk/repositories", f"{REPOSITORY}/v{release.branch}/main\n".encode()),
            Entry("/etc/apk/world", "".join(f"{name}\n" for name in sorted(installed)).encode()),
            Entry("/lib/apk/db/installed", database(installed, machine)),
            Entry("/sbin/apk", _APK.read_bytes(), 0o755),
            Entry.folder("/var/cache/apk"),
        ),
    )


def _os_release(version: str, branch: str) -> str:
    return (
        'NAME="Alpine Linux"\n'
        "ID=alpine\n"
        f"VERSION_ID={version}\n"
        f'PRETTY_NAME="Alpine Linux v{branch} (a stand-in made by ckslab)"\n'
        'HOME_URL="https://alpinelinux.org/"\n'
    )


BASE = Base(
    "alpine",
    "a stand-in for docker.io/library/alpine, with busybox 1.35.0, musl, and an apk that is a shell script; the "
    "packages that it lists as installed are those of such an image, their files are not there.",
    _layers,
    ImageConfig(cmd=("/bin/sh",), env={"PATH": PATH}),
    has_shell=True,
    lists_packages=True,
)
