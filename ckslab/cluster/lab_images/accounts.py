"""/etc/passwd, /etc/group and /etc/shadow of an image, from one list of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ckslab.cluster.image_archive import Entry, Layer


@dataclass(frozen=True, slots=True)
class Account:
    """A user with a group of the same name and number, unless `gid` names another account's group."""

    name: str
    uid: int
    home: str = "/"
    shell: str = "/sbin/nologin"
    gid: int | None = None


ROOT = Account("root", 0, "/root", "/bin/sh")
NOBODY = Account("nobody", 65534)

SYSTEM = (
    ROOT,
    Account("bin", 1, "/bin"),
    Account("daemon", 2, "/sbin"),
    Account("www-data", 82, "/var/www"),
    NOBODY,
)
"""Of small systems with a shell."""


def account_files(accounts: Sequence[Account]) -> Layer:
    """The three files. Nobody has a password that works."""
    passwd = "".join(
        f"{one.name}:x:{one.uid}:{one.uid if one.gid is None else one.gid}:{one.name}:{one.home}:{one.shell}\n"
        for one in accounts
    )
    group = "".join(f"{one.name}:x:{one.uid}:\n" for one in accounts if one.gid is None)
    shadow = "".join(f"{one.name}:*::0:::::\n" for one in accounts)
    return (
        Entry("/etc/passwd", passwd.encode()),
        Entry("/etc/group", group.encode()),
        Entry("/etc/shadow", shadow.encode(), 0o640),
    )
