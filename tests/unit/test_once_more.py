"""What a living program leaves is looked at again: a file that is empty for a moment, a log that comes late."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab import waiting
from ckslab.evidence import FileFact, Unavailable
from ckslab.needs import written
from ckslab.needs.built_image import pod
from ckslab.needs.written import WrittenFact, WrittenNeed
from ckslab.progress import Silent

ENDED = {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))


def files(**sizes: int) -> dict[str, FileFact]:
    return {
        f"/{name}": FileFact(f"/{name}", "file" if size >= 0 else "absent", size=size)
        for name, size in sizes.items()
    }


@pytest.mark.parametrize(
    ("looks", "found"),
    [
        ([files(a=-1, b=0), files(a=-1, b=0), files(a=-1, b=5)], WrittenFact("/b")),
        ([files(a=3, b=-1)], WrittenFact("/a")),
        ([files(a=-1, b=0)] * 50, WrittenFact("")),
    ],
)
def test_a_file_is_looked_at_until_it_holds_something(
    monkeypatch: pytest.MonkeyPatch, looks: list[dict[str, FileFact]], found: WrittenFact
) -> None:
    asked: Iterator[dict[str, FileFact]] = iter(looks)
    monkeypatch.setattr(written, "read_on_node", lambda *_args, **_more: next(asked))
    need = WrittenNeed(("/a", "/b"))
    assert WrittenNeed.collect([need], SimpleNamespace(node=None, progress=Silent())) == {need: found}  # type: ignore[arg-type]


def test_what_the_node_says_nothing_of_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "read_on_node", lambda *_args, **_more: files(a=-1))
    need = WrittenNeed(("/a", "/b"))
    found = WrittenNeed.collect([need], SimpleNamespace(node=None, progress=Silent()))  # type: ignore[arg-type]
    assert isinstance(found[need], Unavailable)


class Api:
    """One whose Pod has ended, with these answers for its log; the last one stays."""

    def __init__(self, *logs: tuple[int, str]) -> None:
        self.logs = list(logs)

    def ready(self) -> bool:
        return True

    def request(self, method: str, path: str, *_body: Any, **_more: Any) -> Any:
        if "/log" in path:
            status, text = self.logs.pop(0) if len(self.logs) > 1 else self.logs[0]
            return SimpleNamespace(status=status, body=None, text=text)
        body = {"status": {"containerStatuses": [ENDED]}}
        return SimpleNamespace(status=201 if method == "POST" else 200, body=body, text="")


@pytest.mark.parametrize(
    ("logs", "printed", "untold"),
    [
        ([(200, "release x\n")], "release x\n", ""),
        ([(500, "not yet"), (0, ""), (200, ""), (200, "release x\n")], "release x\n", ""),
        ([(200, "")], "", ""),
        ([(400, "unable to retrieve container logs")], "", "unable to retrieve"),
    ],
)
def test_a_log_is_asked_for_until_it_comes(logs: list[tuple[int, str]], printed: str, untold: str) -> None:
    run = pod.run_as_pod(None, Api(*logs), "i", (), stays=False, user=pod_user())  # type: ignore[arg-type]
    assert (run.printed, bool(run.untold), untold in run.untold) == (printed, bool(untold), True)
    assert run.state == ("never" if untold else "ended")


def pod_user() -> Any:
    return SimpleNamespace(by_name=False, uid=0, gid=0, problem="")
