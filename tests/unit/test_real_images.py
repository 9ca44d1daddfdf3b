"""What runs in a Pod is told by the node's containerd: the names of an image are the learner's to give to another one."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ckslab
from ckslab.control_plane.containers import METADATA
from ckslab.errors import LabError
from ckslab.needs.real_images import with_real_images

FIRST, SECOND = "1" * 64, "2" * 64
ID = f"sha256:{'c' * 64}"
NAMED = f"r.lab/web@sha256:{'a' * 64}"


class Node:
    """One whose containerd has the first container; what it tells of others makes no sense."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.asked: list[bytes] = []

    def run(self, _: list[str], *, stdin: bytes, **more: Any) -> Any:
        self.asked.append(stdin)
        kept = base64.b64encode(json.dumps({"Metadata": {"ImageRef": ID, "Config": {}}}).encode()).decode()
        infos = [
            {"ID": FIRST, "Labels": {}, "Extensions": {METADATA: {"value": kept}}},
            {"ID": SECOND, "Labels": {}, "Extensions": {}},
            7,
        ]
        printed = "\n".join(map(json.dumps, infos)) + "\ncut {"
        return SimpleNamespace(stdout=printed.encode(), stderr=b"", returncode=self.code)


def pod(*containers: str, **more: Any) -> dict[str, Any]:
    statuses = [{"name": name, "containerID": f"containerd://{name}", "imageID": NAMED} for name in containers]
    return {"metadata": {"name": "p"}, "status": {"phase": "Running", "containerStatuses": statuses, **more}}


def test_an_image_is_what_containerd_says_it_is() -> None:
    node: Any = Node()
    other = pod("3" * 64, initContainerStatuses=[{"name": "i"}])
    first, second = with_real_images([pod(FIRST, SECOND), other], node)
    assert [one["imageID"] for one in first["status"]["containerStatuses"]] == [ID, NAMED]
    assert first["status"]["phase"] == "Running"
    assert second == other
    assert node.asked == ["".join(f"{letter * 64}\n" for letter in "123").encode()]


@pytest.mark.parametrize(
    "item",
    [{}, {"status": 7}, {"status": {"containerStatuses": [7, {"containerID": 7}]}}, pod("x; reboot"), pod("")],
)
def test_what_is_no_container_is_not_asked_for(item: dict[str, Any]) -> None:
    node: Any = Node()
    with_real_images([item], node)
    assert node.asked == []


def test_a_containerd_that_does_not_answer_decides_nothing() -> None:
    node: Any = Node(1)
    with pytest.raises(LabError, match="does not tell which images run"):
        with_real_images([pod(FIRST)], node)


def test_nothing_of_ours_asks_a_nodes_crictl() -> None:
    """It may be labnode's stand-in, which learners are content with: it prints no JSON of ps."""
    root = Path(ckslab.__file__).parent
    asking = re.compile(r'run\(\s*(?:\w+,\s*)?\[\s*"crictl"|^\s*crictl\s|\$\(crictl\s', re.MULTILINE)
    sources = [*root.rglob("*.py"), *root.rglob("*.sh")]
    assert [path.name for path in sources if asking.search(path.read_text())] == []
