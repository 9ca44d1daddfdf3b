"""The base `alpine`: its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ckslab.cluster.image_archive import Entry, ImageConfig, Layer
from ckslab.cluster.lab_images.accounts import SYSTEM, account_files
from ckslab.cluster.lab_images.alpine.installed import MACHINES, database
from ckslab.cluster.lab_images.alpine.releases import release_of
from ckslab.cluster.lab_images.alpine.repository import Package, later_version, repository
from ckslab.cluster.lab_images.base_image import PATH, Base, Wanted
from ckslab.cluster.lab_images.busybox import shell_files

REPOSITORY = "http://packages.lab.local/alpine"
"""Where the stand-in's apk looks for packages: see `ckslab.cluster.lab_images.alpine.repository`."""

FOLDER = "/usr/share/apk"
"""Where it looks in an image that has packages to install in itself."""

_APK = Path(__file__).with_name("apk.sh")


def _layers(wanted: Wanted) -> tuple[Layer, ...]:
    release, machine = release_of(wanted.release), MACHINES[wanted.architecture]
    installed = {**release.packages, **wanted.packages}
    repositories, packages = _repository(wanted.available, installed, release.branch, machine)
    return (
        (
            *shell_files(wanted.architecture),
            *account_files(SYSTEM),
            Entry("/etc/alpine-release", f"{release.version}\n".encode()),
            Entry("/etc/os-release", _os_release(release.version, release.branch).encode()),
            Entry("/etc/apk/arch", f"{machine}\n".encode()),
            Entry("/etc/apk/repositories", repositories.encode()),
            Entry("/etc/apk/world", "".join(f"{name}\n" for name in sorted(installed)).encode()),
            Entry("/lib/apk/db/installed", database(installed, machine)),
            Entry("/sbin/apk", _APK.read_bytes(), 0o755),
            Entry.folder("/var/cache/apk"),
            *packages,
        ),
    )


def _repository(
    available: Mapping[str, str], installed: Mapping[str, str], branch: str, machine: str
) -> tuple[str, Layer]:
    """What /etc/apk/repositories says, and the files of a repository of its own, where it has one, and of another
    with the versions that come after these and after the installed ones.
    """
    if not available:
        return f"{REPOSITORY}/v{branch}/main\n", ()
    comes = {name: later_version(version) for name, version in {**installed, **available}.items()}
    folders = {FOLDER: available, f"{FOLDER}/later": comes}
    entries = [
        Entry(f"{folder}/{path}", content)
        for folder, versions in folders.items()
        for path, content in repository([Package(*one) for one in versions.items()], branch, machine).items()
    ]
    now, later = (f"{folder}/v{branch}/main\n" for folder in folders)
    return f"{now}@later {later}", tuple(entries)


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
