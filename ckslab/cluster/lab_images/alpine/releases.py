"""Releases of Alpine Linux, and what their base image lists as installed.

A stand-in lists what such an image has, so that a scanner finds there what it would find in one: names and versions
after docker.io/library/alpine of that release. Whether the real image has exactly these was not compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ckslab.errors import LabError

ORIGINS: Mapping[str, str] = {
    "alpine-baselayout-data": "alpine-baselayout",
    "busybox-binsh": "busybox",
    "ca-certificates-bundle": "ca-certificates",
    "libcrypto3": "openssl",
    "libcurl": "curl",
    "libexpat": "expat",
    "libssl3": "openssl",
    "libxml2-utils": "libxml2",
    "musl-utils": "musl",
    "nginx-mod-http-js": "nginx",
    "scanelf": "pax-utils",
    "ssl_client": "busybox",
    "xz-libs": "xz",
}
"""Packages that are built from a source of another name: advisories are about sources."""


@dataclass(frozen=True, slots=True)
class Release:
    """version: such as 3.20.3. packages: name to version."""

    version: str
    packages: Mapping[str, str]

    @property
    def branch(self) -> str:
        """3.20 for 3.20.3."""
        return branch_of(self.version)


def _release(version: str, listed: str) -> Release:
    return Release(version, dict(one.split("=") for one in listed.split()))


RELEASES = (
    _release(
        "3.18.4",
        "alpine-baselayout=3.4.3-r1 alpine-baselayout-data=3.4.3-r1 alpine-keys=2.4-r1 apk-tools=2.14.0-r2 "
        "busybox=1.36.1-r2 busybox-binsh=1.36.1-r2 ca-certificates-bundle=20230506-r0 libc-utils=0.7.2-r5 "
        "libcrypto3=3.1.3-r0 libssl3=3.1.3-r0 musl=1.2.4-r1 musl-utils=1.2.4-r1 scanelf=1.3.7-r1 "
        "ssl_client=1.36.1-r2 zlib=1.2.13-r1",
    ),
    _release(
        "3.19.1",
        "alpine-baselayout=3.4.3-r2 alpine-baselayout-data=3.4.3-r2 alpine-keys=2.4-r1 apk-tools=2.14.0-r5 "
        "busybox=1.36.1-r15 busybox-binsh=1.36.1-r15 ca-certificates-bundle=20230506-r0 libc-utils=0.7.2-r5 "
        "libcrypto3=3.1.4-r5 libssl3=3.1.4-r5 musl=1.2.4_git20230717-r4 musl-utils=1.2.4_git20230717-r4 "
        "scanelf=1.3.7-r2 ssl_client=1.36.1-r15 zlib=1.3.1-r0",
    ),
    _release(
        "3.20.3",
        "alpine-baselayout=3.6.5-r0 alpine-baselayout-data=3.6.5-r0 alpine-keys=2.4-r1 apk-tools=2.14.4-r0 "
        "busybox=1.36.1-r29 busybox-binsh=1.36.1-r29 ca-certificates-bundle=20240705-r0 libcrypto3=3.3.2-r0 "
        "libssl3=3.3.2-r0 musl=1.2.5-r0 musl-utils=1.2.5-r0 scanelf=1.3.7-r2 ssl_client=1.36.1-r29 zlib=1.3.1-r1",
    ),
)
"""The oldest first."""


def branch_of(version: str) -> str:
    """3.20 for 3.20.3 and for 3.20."""
    return ".".join(version.split(".")[:2])


def release_of(version: str) -> Release:
    """The release as asked for, with the list of its branch; the newest for "". LabError for a branch not known."""
    if not version:
        return RELEASES[-1]
    for release in RELEASES:
        if release.branch == branch_of(version):
            return release if version in (release.version, release.branch) else Release(version, release.packages)
    known = ", ".join(release.branch for release in RELEASES)
    raise LabError(f"ckslab has no Alpine Linux {version}", advice=f"There are {known}, with any third number.")
