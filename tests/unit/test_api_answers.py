"""Whoever answers in the API server's place: what comes is bounded in time and bytes, and may be anything."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from ckslab.cluster import api as module
from ckslab.cluster.api import Answer, Api, NotServed, resources_of
from ckslab.errors import LabError


@contextmanager
def server(monkeypatch: pytest.MonkeyPatch, serve: Callable[[socket.socket], None]) -> Iterator[Api]:
    """An API whose one connection is served by `serve`."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        try:
            while True:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    serve(connection)
        except OSError:
            return

    threading.Thread(target=accept, daemon=True).start()
    api = Api(Path("nowhere"))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    api.__dict__["_connection"] = (url, urllib3.PoolManager())
    monkeypatch.setattr(module, "LATE_SECONDS", 0.2)
    yield api
    listening.close()


def said(body: bytes, head: bytes = b"200 OK", *headers: bytes) -> Callable[[socket.socket], None]:
    lines = [b"HTTP/1.1 " + head, b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return lambda connection: connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)


def dripping(head: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    return serve


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b""]
)
def test_an_answer_that_comes_byte_by_byte_is_none(monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    with server(monkeypatch, dripping(head)) as api:
        begin = time.monotonic()
        answer = api.request("GET", "/readyz", timeout=0.3)
        assert (answer.status, answer.text) == (0, "no whole answer in 0 s")
        assert time.monotonic() - begin < 2


def test_an_answer_that_is_too_large_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER", 1 << 20)
    with server(monkeypatch, said(b"x" * (2 << 20))) as api:
        assert api.request("GET", "/x").text == "an answer of more than 1 MiB"


def test_a_whole_answer_has_its_body_and_the_servers_time(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = (b"Date: Thu, 26 Nov 2026 20:00:00 GMT", b'Warning: 299 - "a"')
    with server(monkeypatch, said(b'{"a": [1]}', b"201 Created", *headers)) as api:
        answer = api.request("POST", "/x", {"b": 1})
    assert (answer.status, answer.body, answer.date) == (201, {"a": [1]}, 1795723200.0)
    assert answer.warnings == ('299 - "a"',)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"NaN", b"Infinity", b"{", b"\xff\xfe", b"1" * 10_000, b'"\\ud800"', b"{} {}", b""]
)
def test_what_is_no_json_has_no_body(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    with server(monkeypatch, said(body, b"200 OK", b"Date: yesterday")) as api:
        answer = api.request("GET", "/x")
    assert answer.status == 200
    assert answer.body is None or isinstance(answer.body, int)
    assert answer.date != answer.date, "no time is NaN"


def test_nobody_is_sent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(monkeypatch, said(b"", b"302 Found", b"Location: http://127.0.0.1:1/")) as api:
        assert api.request("GET", "/x").status == 302


def test_what_goes_wrong_on_this_side_is_raised(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Api(tmp_path / "kubeconfig").request("GET", "/x")


@pytest.mark.parametrize(
    "body", [None, 5, [], {}, {"resources": 5}, {"resources": [5]}, {"resources": [{"name": "x"}]}]
)
def test_a_list_of_kinds_that_makes_no_sense_is_not_taken_for_one_without_the_kind(body: Any) -> None:
    assert resources_of(Answer(200, body, "")) is None
    api = Api(Path("nowhere"))
    api.request = lambda *_, **__: Answer(200, body, "")  # type: ignore[method-assign]
    with pytest.raises(LabError, match="the API server's list of v1 makes no sense") as raised:
        api.path_of("v1", "Pod", None)
    assert not isinstance(raised.value, NotServed)
