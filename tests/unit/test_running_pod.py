"""A Pod that is on its way is waited for, bounded and with progress; one that is not, or that never will be, is not."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.evidence import Unavailable
from ckslab.needs.running_pod import LIMIT, RunningPodFact, RunningPodNeed

PENDING = {"status": {"phase": "Pending"}}
CREATING = {
    "status": {
        "phase": "Pending",
        "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "ContainerCreating"}}}],
    }
}
NO_IMAGE = {
    "status": {
        "phase": "Pending",
        "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "ImagePullBackOff"}}}],
    }
}
RUNS = {"status": {"phase": "Running", "containerStatuses": [{"name": "a", "ready": True}]}}
UNREADY = {"status": {"phase": "Running", "containerStatuses": [{"name": "a", "ready": False}]}}
LEAVES = {**RUNS, "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
EVENTS = {
    "items": [
        {"reason": "Failed", "message": "no such image", "lastTimestamp": "2026-01-01T00:00:02Z"},
        {"reason": "Old", "message": "old", "lastTimestamp": "2026-01-01T00:00:01Z"},
    ]
}


class Server:
    """An API server that gives one answer after the other, and the last for ever."""

    def __init__(self, *pods: Any, ready: bool = True) -> None:
        self.pods = list(pods)
        self.asked = 0
        self.is_ready = ready

    def ready(self) -> bool:
        return self.is_ready

    def request(self, method: str, path: str, **_: Any) -> Any:
        if "/events" in path:
            return SimpleNamespace(status=200, body=EVENTS, text="")
        self.asked += 1
        pod = self.pods[min(self.asked, len(self.pods)) - 1]
        if isinstance(pod, int):
            return SimpleNamespace(status=pod, body=None, text="no")
        return SimpleNamespace(status=200, body=pod, text="")


class Told:
    """Keeps the steps."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def advance(self, done: int, total: int | None, unit: str = "") -> None:
        raise AssertionError


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each poll is a second later, and none takes a second."""

    def polls(seconds: float, **_: Any) -> Iterator[float]:
        yield from range(int(seconds) + 1)

    monkeypatch.setattr("ckslab.waiting.polls", polls)


def collected(server: Server) -> tuple[Any, list[str]]:
    need, told = RunningPodNeed("default", "a"), Told()
    sources: Any = SimpleNamespace(api=server, node=SimpleNamespace(ended=lambda: False), progress=told)
    return RunningPodNeed.collect([need], sources)[need], told.steps


@pytest.mark.parametrize(
    ("pods", "last"),
    [
        ((PENDING, PENDING, CREATING, UNREADY, RUNS), RUNS),
        ((LEAVES, LEAVES, 404), None),
        ((LEAVES, PENDING, RUNS), RUNS),
        ((PENDING, NO_IMAGE), NO_IMAGE),
    ],
)
def test_what_is_under_way_is_waited_for(pods: tuple[Any, ...], last: Any) -> None:
    server = Server(*pods)
    fact, _ = collected(server)
    assert fact.pod == last
    assert server.asked == len(pods)


@pytest.mark.parametrize("pod", [404, RUNS, NO_IMAGE, {"status": {"phase": "Failed"}}])
def test_what_is_not_is_asked_for_once(pod: Any) -> None:
    server = Server(pod)
    collected(server)
    assert server.asked == 1


def test_the_waiting_is_bounded_and_told_and_ends_with_the_last_warning() -> None:
    server = Server(PENDING)
    fact, steps = collected(server)
    assert server.asked == LIMIT + 1
    assert fact == RunningPodFact(PENDING, "Failed: no such image")
    assert len(steps) == 1
    assert steps[0].startswith("waiting for pod a: its phase is Pending")


def test_without_an_api_server_nobody_knows() -> None:
    fact, _ = collected(Server(RUNS, ready=False))
    assert isinstance(fact, Unavailable)
    assert fact.api_down
    fact, _ = collected(Server(500))
    assert isinstance(fact, Unavailable)
    assert not fact.api_down
