"""Whom an image runs as, what that one may write to, and which of its programs are shells."""

from __future__ import annotations

import pytest

from ckslab.cluster.image_archive import Entry as Made
from ckslab.cluster.image_archive import Image, ImageConfig, archive_bytes
from ckslab.cluster.lab_images import LabImage, made
from ckslab.image_tree.archive import read_image
from ckslab.image_tree.image import Config, Entry, ImageTree
from ckslab.image_tree.look import Account, account, resolve, shells, started, writable

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


def test_a_user_is_of_the_groups_that_list_the_name() -> None:
    listed = Entry("file", 0o644, text="app:x:10002:app\nconf:x:20000:other,app\nodd:x:y:app\n10001:x:3:10001\n")
    for user in ("app", "10001", "app:app"):
        assert account(image(user, **{"/etc/group": listed})).groups == {20000}
    assert account(image("5", **{"/etc/group": listed})).groups == frozenset()


@pytest.mark.parametrize(("user", "why"), [("ghost", "no ghost"), ("app:ghost", "no ghost"), ("odd", "no number")])
def test_a_user_who_is_not_there_starts_nothing(user: str, why: str) -> None:
    assert why in account(image(user)).problem


def test_nobody_may_write_to_the_folder_and_its_user_to_nothing_in_it() -> None:
    who = Account(10001, 10002, groups=frozenset({20000}))

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
    assert told("/etc/x", Entry("file", 0o664, gid=20000))
    assert writable(image(), Account(), "/etc") is None
    assert writable(image(), who, "/none") is None


def test_root_is_a_group_like_any_other() -> None:
    files = {**image().files, "/etc/passwd": Entry("file", 0o664)}
    assert writable(ImageTree(Config(), 1, 1, files), Account(10001, 0), "/etc")
    assert writable(ImageTree(Config(), 1, 1, files), Account(10001, 7), "/etc") is None
    assert writable(ImageTree(Config(), 1, 1, files), Account(0, 0), "/etc") is None


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"/opt/x": Entry("file", 0o644, uid=10001)}, "leads to /opt/x, which belongs to"),
        ({"/opt/x": Entry("file", 0o644)}, ""),
        ({"/opt/x": Entry("other", 0o666)}, ""),
        ({"/opt": Entry("folder", 0o755, uid=10001), "/opt/x": Entry("file", 0o644)}, "leads below /opt, which"),
        ({"/opt": Entry("folder", 0o1777), "/opt/x": Entry("file", 0o644)}, ""),
        ({"/opt/x": Entry("folder", 0o1777)}, "leads to /opt/x, which has the mode 1777"),
        ({}, ""),
        (
            {
                "/opt": Entry("folder", 0o755, uid=10001),
                "/opt/x": Entry("link", 0o777, target="../usr/y"),
                "/usr": Entry("folder", 0o755),
                "/usr/y": Entry("file", 0o644),
            },
            "leads below /opt, which",
        ),
        ({"/opt/x": Entry("link", 0o777, target="x")}, ""),
        (
            {
                "/opt": Entry("link", 0o777, target="/home/a"),
                "/home": Entry("folder", 0o755, uid=10001),
                "/home/a": Entry("link", 0o777, target="/usr"),
                "/usr": Entry("folder", 0o755),
                "/usr/x": Entry("file", 0o644),
            },
            "leads below /home, which",
        ),
    ],
)
def test_what_a_link_leads_to_is_of_the_folder(files: dict[str, Entry], why: str) -> None:
    tree = image(**{"/etc/x": Entry("link", 0o777, target="/opt/x"), **files})
    found = writable(tree, Account(10001, 7), "/etc")
    assert (found is not None) == bool(why)
    assert why in (found[1] if found else "")


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"Cmd": ["app"]}, {"/usr/bin/app"}),
        ({"Cmd": ["/bin/sh", "-c", "cd /usr/bin && exec ./app"]}, {"/bin/busybox", "/usr/bin/app"}),
        ({"Entrypoint": ["/start"], "Cmd": ["x"]}, {"/start", "/bin/busybox", "/usr/bin/app"}),
        (
            {"Cmd": ["sh", "-c", "$APP"], "Env": ["PATH=/usr/bin", "APP=/usr/bin/app"]},
            {"/bin/busybox", "/usr/bin/app"},
        ),
        ({"Cmd": ["cat", "/word"]}, {"/word"}),
        ({}, set()),
    ],
)
def test_a_command_starts_what_it_names_and_what_its_scripts_name(
    config: dict[str, object], found: set[str]
) -> None:
    program = Entry("file", 0o755, form="program")
    files = {
        "/usr/bin/app": program,
        "/usr/bin/other": program,
        "/bin/busybox": program,
        "/bin/sh": Entry("link", target="busybox"),
        "/start": Entry("file", 0o755, text='#!/bin/sh\nexec "/usr/bin/app" "$@"\n'),
        "/word": Entry("file", 0o644, text="release one\n"),
    }
    assert set(started(ImageTree(Config.model_validate(config), 1, 1, files))) == found


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
        assert shells(read_image(archive), Account(7)) == found, base
    busybox = next(
        entry
        for layer in made(LabImage("lab/x:1", base="busybox"), "amd64").layers
        for entry in layer
        if entry.path == "/bin/busybox"
    )
    for mode, found in ((0o755, ("/opt/tool",)), (0o644, ())):
        moved = Image("lab/x:1", ((Made("/opt/tool", busybox.content, mode),),), ImageConfig())
        assert shells(read_image(archive_bytes([moved], "amd64")), Account(7)) == found
    own = Image("lab/x:1", ((Made("/opt/tool", busybox.content, 0o644, 7, 7),),), ImageConfig())
    assert shells(read_image(archive_bytes([own], "amd64")), Account(7)) == ("/opt/tool",)
    assert shells(read_image(archive_bytes([own], "amd64")), Account(8)) == ()
