"""What the grader's build was told by a node, as it was seen on one: a Dockerfile that fails, or a node in trouble."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ckslab.cluster.backend import Node
from ckslab.evidence import Unavailable
from ckslab.needs.built_image import BuiltImageFact, BuiltImageNeed, Later, Looked, need
from ckslab.needs.built_image.store import BUILD, RESTARTED, Built, NotToldByBuild, build

PATH = "/opt/lab/app/Dockerfile"
SNAPSHOTS = "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots"


class Seen:
    """A node whose build ended so; BuildKit answers afterwards."""

    def __init__(self, said: str, code: int = 1, ended: int = 0) -> None:
        self.printed = f"{said}\nended {code}\n".encode()
        self.ended = ended

    def run(self, argv: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        building = BUILD in argv
        return subprocess.CompletedProcess(
            argv, self.ended if building else 0, self.printed if building else b"", b""
        )


def told(seen: Seen) -> str:
    return build(cast("Node", seen), PATH, [], "abc").refused


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (
            Seen("error: failed to solve: failed to copy files: copy file range failed: no space left on device"),
            "the node ran out of space while",
        ),
        (
            Seen("#5 0.9 head: /big: No space left on device\nerror: failed to solve: process did not complete"),
            "the node ran out of space while",
        ),
        (
            Seen(
                f"error: failed to solve: failed to stat parent: stat {SNAPSHOTS}/7/fs: no such file or directory"
            ),
            "the node's image store is damaged, which ckslab reset puts right: failed to stat parent",
        ),
        (
            Seen("error: failed to receive status: rpc error: code = Unavailable desc = EOF", ended=RESTARTED),
            "BuildKit died on the node while it built",
        ),
        (Seen("#5 2.0 y", code=124), "did not end within 60 s"),
        (Seen("", ended=1), "could not be built: exit code 1"),
    ],
)
def test_trouble_of_the_node_is_no_fault_of_the_dockerfile(seen: Seen, why: str) -> None:
    with pytest.raises(NotToldByBuild) as raised:
        told(seen)
    assert why in raised.value.message


def test_a_dockerfile_that_fails_is_told_in_buildkits_words() -> None:
    none = "error: failed to solve: nobody/none:1: failed to resolve source metadata: not found"
    assert told(Seen(none)) == "nobody/none:1: failed to resolve source metadata: not found"
    assert told(
        Seen("error: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory")
    )


def test_layers_that_nobody_can_mount_are_the_dockerfiles() -> None:
    layers = ":".join(f"{number}/fs" for number in range(501))
    said = f'error: failed to solve: mount source: "overlay", target: "/m", data: "workdir={SNAPSHOTS}/502/work,lowerdir='
    assert told(Seen(f'{said}{layers}", err: invalid argument')) == (
        "a step has more than 500 layers below it, which Linux does not mount"
    )
    with pytest.raises(NotToldByBuild):
        told(Seen(f'{said}1/fs:0/fs", err: no such file or directory'))


def test_a_build_that_succeeded_did_so_whatever_became_of_buildkit() -> None:
    assert told(Seen("", code=0, ended=RESTARTED)) == ""


def test_what_is_installed_on_a_later_day_is_told_with_its_step() -> None:
    said = """\
#6 [build 2/2] RUN echo [x] && gcc app.c
#6 0.213 fine
#9 [stage-1 3/5] RUN apk add tini ssl_client
#9 0.213 half a lineapk of a later day: tini (0.19.0-r4)
#10 [stage-1 4/5] RUN apk add zlib
#9 0.214 apk of a later day: ssl_client (1.36.1-r30)
#9 0.214 apk of a later day: ssl_client (1.36.1-r30)
apk of a later day: nobody (1)
"""
    step = "RUN apk add tini ssl_client"
    assert build(cast("Node", Seen(said, code=0)), PATH, [], "abc", later=True).unpinned == (
        ("tini (0.19.0-r4)", step),
        ("ssl_client (1.36.1-r30)", step),
    )


@pytest.mark.parametrize(
    ("refused", "later"), [("", "slow"), ("", ""), ("no such stage", "slow"), ("", "exit code: 1")]
)
def test_trouble_of_a_later_day_is_no_other_checks(
    monkeypatch: pytest.MonkeyPatch, refused: str, later: str
) -> None:
    def built(*_: Any, later: bool = False) -> Built:
        if later and said == "slow":
            raise NotToldByBuild(said)
        return Built("later" if later else "first", said if later else refused, ())

    said = later
    monkeypatch.setattr(need, "build", built)
    monkeypatch.setattr(need, "_looked", lambda _, name, *more: Looked(problem=name))
    plain, of_later = BuiltImageNeed(PATH), BuiltImageNeed(PATH, later=True)
    found = need._of_one(PATH, [of_later, plain], cast("Any", SimpleNamespace(node=None)), "abc", [])
    known = BuiltImageFact(refused, Looked() if refused else Looked(problem="first"))
    assert found[plain] == known
    if refused:
        assert found[of_later] == known
    elif later == "slow":
        assert found[of_later] == Unavailable("slow")
    else:
        then = Later(later, Looked() if later else Looked(problem="later"))
        assert found[of_later] == BuiltImageFact("", Looked(problem="first"), later=then)
