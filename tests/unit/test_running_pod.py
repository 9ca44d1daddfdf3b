"""A Pod that is on its way is waited for, bounded and with progress; one that is not, or that never will be, is not."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from ckslab.evidence import Unavailable
from ckslab.needs.running_pod import LIMIT, RunningPodFact, RunningPodNeed
from ckslab.services.registry.running import RunningRegistry

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


class Registry(RunningRegistry):
    """Counts how often it was to serve again."""

    ensured: ClassVar[list[str]] = []

    def ensure(self, node: Any) -> None:
        self.ensured.append(self.name)


SERVICES = {"public": Registry("public", "hub.lab:443"), "private": Registry("private", "registry.lab.local:5000")}


def waits(reason: str, message: str) -> Any:
    waiting = {"waiting": {"reason": reason, "message": message}}
    return {"status": {"phase": "Pending", "containerStatuses": [{"name": "a", "state": waiting}]}}


def collected(server: Server) -> tuple[Any, list[str]]:
    need, told = RunningPodNeed("default", "a"), Told()
    node = SimpleNamespace(ended=lambda: False)
    sources: Any = SimpleNamespace(api=server, node=node, progress=told, services=SERVICES)
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


PULL = 'failed to resolve reference "{name}:1": '
ASKED = PULL + 'failed to do request: Head "https://{name}/v2/app/manifests/1": '
BACK_OFF = 'Back-off pulling image "registry.lab.local:5000/app:1": ErrImagePull: '


@pytest.mark.parametrize(
    ("name", "words", "down"),
    [
        ("registry.lab.local:5000", ASKED + "dial tcp 172.30.1.2:5000: connect: connection refused", "private"),
        ("registry.lab.local:5000", BACK_OFF + ASKED + "net/http: TLS handshake timeout", "private"),
        ("registry.lab.local:5000", ASKED + "EOF", "private"),
        ("registry.lab.local:5000", ASKED + "context deadline exceeded", "private"),
        ("hub.lab", ASKED + "dial tcp 172.30.1.2:443: i/o timeout", "public"),
        (
            "registry.lab.local:5000",
            PULL + "unexpected status from HEAD request to https://{name}/v2/app/manifests/1: "
            "503 Service Unavailable",
            "private",
        ),
        ("registry.lab.local:5001", ASKED + "dial tcp 172.30.1.2:5001: connect: connection refused", ""),
        ("other.lab", ASKED + "dial tcp 172.30.1.2:443: connect: connection refused", ""),
        ("registry.lab.local:5000", ASKED + "dial tcp: lookup registry.lab.local: no such host", ""),
        (
            "registry.lab.local:5000",
            ASKED + "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            "",
        ),
        (
            "registry.lab.local:5000",
            PULL + "unexpected status from HEAD request to https://{name}/v2/app/manifests/1: 401 Unauthorized",
            "",
        ),
        ("registry.lab.local:5000", "{name}/app:1: not found", ""),
    ],
)
def test_a_registry_of_the_lab_that_gave_no_answer_costs_nothing_and_is_started_again(
    name: str, words: str, down: str
) -> None:
    """The words are containerd 2.1's, as the kubelet of v1.35 hands them on."""
    Registry.ensured.clear()
    fact, _ = collected(Server(waits("ErrImagePull", words.format(name=name))))
    assert Registry.ensured == ([down] if down else [])
    assert isinstance(fact, Unavailable if down else RunningPodFact)
    if down:
        assert f"service {down} did not answer" in fact.reason
