"""What is graded is Kubernetes of one minor: a node image or an API server of another is refused with a sentence."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.cluster.api import Answer
from ckslab.cluster.binaries.pins import load
from ckslab.cluster.kind import node_image
from ckslab.cluster.kind.engine import Engine
from ckslab.control_plane.version import refuse_other_minor
from ckslab.errors import LabError
from ckslab.kubernetes.versions import KUBERNETES, MINOR, minor
from ckslab.progress import Silent


@pytest.mark.parametrize(
    ("version", "of"),
    [
        ("v1.35.4", "v1.35"),
        ("1.35.0-rc.1+x", "v1.35"),
        ("v1.36.0\n", "v1.36"),
        ("v1", ""),
        ("latest", ""),
        ("", ""),
    ],
)
def test_the_minor_of_a_version(version: str, of: str) -> None:
    assert minor(version) == of


def test_one_constant_names_the_version() -> None:
    assert MINOR == minor(KUBERNETES) == "v1.35"
    assert minor(node_image.PINNED.partition(":")[2]) == MINOR
    versions = {one.version for one in load().components if one.name.startswith("kube")}
    assert versions == {KUBERNETES.removeprefix("v")}


@dataclass(frozen=True)
class OneImage(Engine):
    """An engine that has one image with this /kind/version, and keeps what it is told."""

    version: str | None = None
    told: list[str] = field(default_factory=list)

    def run(self, *arguments: str, stdin: bytes = b"", timeout: float = 0) -> subprocess.CompletedProcess[bytes]:
        self.told.append(arguments[0])
        code, out = 0, b""
        if arguments[:2] == ("image", "inspect"):
            code, out = (
                (0, json.dumps([{"Id": "i", "Architecture": "amd64"}]).encode())
                if arguments[2] == "base"
                else (1, b"")
            )
        if arguments[0] == "create":
            out = b"container"
        if arguments[0] == "cp" and arguments[-1] == "-":
            code, out = (1, b"") if self.version is None else (0, tar(self.version))
        return subprocess.CompletedProcess(arguments, code, out, b"no such file")


def tar(text: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("version")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("v1.36.0\n", "base has Kubernetes v1.36.0; labs run v1.35"),
        ("v1.34.9", "base has Kubernetes v1.34.9; labs run v1.35"),
        ("", "base has Kubernetes of no known version; labs run v1.35"),
        (None, "base is no node image of kind: there is no /kind/version in it"),
    ],
)
def test_a_node_image_of_another_minor_is_refused_and_leaves_nothing(
    version: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_image, "_layer", lambda _: b"layer")
    engine = OneImage("docker", "docker", version)
    with pytest.raises(LabError) as raised:
        node_image.ensure(engine, "base", Silent())
    assert raised.value.message == said
    assert "CKSLAB_KIND_IMAGE" in raised.value.advice
    assert engine.told[-1] == "rm"
    assert "commit" not in engine.told


def test_another_patch_of_the_same_minor_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_image, "_layer", lambda _: b"layer")
    engine = OneImage("docker", "docker", "v1.35.99\n")
    assert node_image.ensure(engine, "base", Silent()).startswith("localhost/ckslab/node:")
    assert "commit" in engine.told


def api(body: Any) -> Any:
    return SimpleNamespace(request=lambda *_, **__: Answer(200, body, ""))


def test_an_api_server_of_another_minor_is_refused() -> None:
    with pytest.raises(
        LabError, match=r"the API server is Kubernetes v1\.36, and labs are graded by what v1\.35 does"
    ):
        refuse_other_minor(api({"gitVersion": "v1.36.1"}))


@pytest.mark.parametrize("body", [{"gitVersion": "v1.35.8"}, {"gitVersion": 5}, {}, None, [], {"gitVersion": "x"}])
def test_one_that_says_nothing_of_the_kind_is_not(body: Any) -> None:
    refuse_other_minor(api(body))
