"""Whom an image runs as, what that one may write to, and which of its programs are shells."""

from __future__ import annotations

import pytest

from ckslab.cluster.image_archive import Entry as Made
from ckslab.cluster.image_archive import Image, ImageConfig, archive_bytes
from ckslab.cluster.lab_images import LabImage, made
from ckslab.image_tree.archive import read_image
from ckslab.image_tree.image import Config, Entry, ImageTree
from ckslab.image_tree.look import Account, account, resolve, shells, writable

PASSWD = "root:x:0:0::/:/bin/sh\napp:x:10001:10002::/:\nfake:x:0:0::/:\nodd:x:y:0::/:\napp:x:0:0::/:\n"


def image(user: str = "", **files: Entry) -> ImageTree:
    accounts = {
        "/etc/passwd": Entry("file", 0o644, text=PASSWD),
        "/etc/group": Entry("file", 0o644, text="web:x:7:\n"),
    }
    return ImageTree(
        Config.model_validate({"User": user}), 1, 1, {"/etc": Entry("folder", 0o555), **accounts, **files}
    )


@pytest.mark.parametrize(
    ("user", "who"),
    [
        ("", Account(0, 0, by_name=True)),
        ("app", Account(10001, 10002, by_name=True)),
        ("app:web", Account(10001, 7, by_name=True)),
        ("10001", Account(10001, 10002)),
        ("5", Account(5, 0)),
        ("5:6", Account(5, 6)),
        ("fake", Account(0, 0, by_name=True)),
    ],
)
def test_a_user_is_found_in_the_images_own_list(user: str, who: Account) -> None:
    assert account(image(user)) == who


@pytest.mark.parametrize(("user", "why"), [("ghost", "no ghost"), ("app:ghost", "no ghost"), ("odd", "no number")])
def test_a_user_who_is_not_there_starts_nothing(user: str, why: str) -> None:
    assert why in account(image(user)).problem


def test_nobody_may_write_to_the_folder_and_its_user_to_nothing_in_it() -> None:
    who = Account(10001, 10002)

    def told(path: str, entry: Entry) -> bool:
        files = {**image().files, path: entry}
        return writable(ImageTree(Config(), 1, 1, files), who, "/etc") is not None

    assert not told("/etc/x", Entry("file", 0o644))
    assert not told("/etc/x", Entry("link", 0o777, target="/tmp"))
    assert not told("/etc/x", Entry("file", 0o664, gid=5))
    assert not told("/etcetera", Entry("file", 0o666))
    assert told("/etc", Entry("folder", 0o755))
    assert told("/etc", Entry("folder", 0o555, uid=10001))
    assert told("/etc/x", Entry("file", 0o666))
    assert told("/etc/x/y", Entry("file", 0o444, uid=10001))
    assert told("/etc/x", Entry("file", 0o664, gid=10002))
    assert writable(image(), Account(), "/etc") is None
    assert writable(image(), who, "/none") is None


def test_links_are_followed_within_the_image() -> None:
    files = {
        "/bin": Entry("link", target="usr/bin"),
        "/usr/bin/sh": Entry("link", target="../../../opt/x"),
        "/opt/x": Entry("file", 0o755),
        "/a": Entry("link", target="/a"),
    }
    assert resolve(files, "/bin/sh") == ("/opt/x", files["/opt/x"])
    assert resolve(files, "/a")[1] is None
    assert resolve(files, "/bin/none")[1] is None


def test_a_shell_is_one_under_any_name_and_no_other_program_is() -> None:
    for base, found in {
        "busybox": ("/bin/busybox",),
        "alpine": ("/bin/busybox",),
        "distroless": (),
        "static": (),
    }.items():
        archive = archive_bytes([made(LabImage("lab/x:1", base=base), "amd64")], "amd64")
        assert shells(read_image(archive)) == found, base
    busybox = next(
        entry
        for layer in made(LabImage("lab/x:1", base="busybox"), "amd64").layers
        for entry in layer
        if entry.path == "/bin/busybox"
    )
    for mode, found in ((0o755, ("/opt/tool",)), (0o644, ())):
        moved = Image("lab/x:1", ((Made("/opt/tool", busybox.content, mode),),), ImageConfig())
        assert shells(read_image(archive_bytes([moved], "amd64"))) == found
