"""What runs in a Pod is told by the node's runtime: the names of an image are the learner's to give to another one."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.errors import LabError
from ckslab.needs.real_images import RealImages

FIRST, SECOND = "1" * 64, "2" * 64
ID = f"sha256:{'c' * 64}"
NAMED = f"r.lab/web@sha256:{'a' * 64}"


class Node:
    """One whose runtime has the first container, and others that make no sense."""

    def __init__(self, printed: Any = None) -> None:
        listed = [{"id": FIRST, "imageRef": ID, "state": "CONTAINER_RUNNING"}, {"id": SECOND, "imageRef": NAMED}, 7]
        self.printed = json.dumps({"containers": listed} if printed is None else printed)
        self.asked: list[list[str]] = []

    def run(self, argv: list[str], **_: Any) -> Any:
        self.asked.append(argv)
        return SimpleNamespace(stdout=self.printed.encode(), stderr=b"no runtime", returncode=0)


def pod(*containers: str, **more: Any) -> dict[str, Any]:
    statuses = [{"name": name, "containerID": f"containerd://{name}", "imageID": NAMED} for name in containers]
    return {"metadata": {"name": "p"}, "status": {"phase": "Running", "containerStatuses": statuses, **more}}


def test_an_image_is_what_the_runtime_says_it_is() -> None:
    node: Any = Node()
    real = RealImages(node)
    first, second = real.of([pod(FIRST, SECOND), pod("3" * 64, initContainerStatuses=[{"name": "i"}])])
    assert [one["imageID"] for one in first["status"]["containerStatuses"]] == [ID, NAMED]
    assert second == pod("3" * 64, initContainerStatuses=[{"name": "i"}])
    assert real.of([pod(FIRST)])[0]["status"]["phase"] == "Running"
    assert len(node.asked) == 1


@pytest.mark.parametrize("item", [{}, {"status": 7}, {"status": {"containerStatuses": [7, {"containerID": 7}]}}])
def test_a_pod_without_containers_needs_no_runtime(item: dict[str, Any]) -> None:
    node: Any = Node()
    RealImages(node).of([item])
    assert node.asked == []


@pytest.mark.parametrize("printed", ["", [], {}, {"containers": {}}])
def test_a_runtime_that_does_not_answer_decides_nothing(printed: Any) -> None:
    node: Any = Node(printed)
    with pytest.raises(LabError, match="does not tell which containers there are") as error:
        RealImages(node).of([pod(FIRST)])
    assert error.value.details == "no runtime"
