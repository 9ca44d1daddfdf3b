"""A page's server asked without a browser: every header is the test's own."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.web_exam import Served

_CONTROL = re.compile(rb"\x1b\[\?2004[hl]\r?|\x1b\[[?0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in small letters."""

    status: int
    headers: dict[str, str]
    body: str


def ask(
    site: Served,
    path: str,
    method: str = "GET",
    body: str | None = None,
    headers: Mapping[str, str | None] | None = None,
) -> Answer:
    """One request. A header that is None is not sent."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    wanted = {"Host": site.host, **(headers or {})}
    with closing(connection):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in wanted.items():
            if value is not None:
                connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body.encode())))
        connection.endheaders(None if body is None else body.encode())
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())


class Page:
    """A browser that was let in."""

    def __init__(self, site: Served) -> None:
        self.site = site
        self._sockets = ExitStack()
        entered = ask(site, site.address().removeprefix(site.origin))
        assert entered.status == 200, entered
        self.cookie = entered.headers["set-cookie"].partition(";")[0]
        self.headers: dict[str, str | None] = {"Cookie": self.cookie, "Origin": site.origin}

    def get(self, path: str, **headers: str | None) -> Answer:
        return ask(self.site, path, headers={**self.headers, **headers})

    def post(self, path: str, what: object) -> Answer:
        headers = {**self.headers, "Content-Type": "application/json"}
        return ask(self.site, path, "POST", json.dumps(what), headers)

    def socket(self, path: str, **headers: str) -> ClientConnection:
        wanted = {"Cookie": self.cookie, **headers}
        origin = wanted.pop("Origin", self.site.origin)
        opening = connect(
            f"ws://{self.site.host}{path}",
            origin=origin,  # type: ignore[arg-type]
            additional_headers=wanted,
            compression=None,
            max_size=None,
            open_timeout=20,
            proxy=None,
        )
        made = opening.__enter__()
        self._sockets.callback(_close, made)
        return made

    def close(self) -> None:
        """Close all of its sockets."""
        self._sockets.close()

    def terminal(self, columns: int = 80, rows: int = 24) -> Terminal:
        """A new terminal, and looking on."""
        size = {"columns": columns, "rows": rows}
        opened = self.post("/terminals", {"size": size})
        assert opened.status == 200, opened
        return self.look_on(json.loads(opened.body)["name"], columns, rows)

    def look_on(self, name: str, columns: int = 80, rows: int = 24) -> Terminal:
        """One that is there."""
        socket = self.socket(f"/terminals/{name}")
        socket.send(json.dumps({"type": "attach", "size": {"columns": columns, "rows": rows}}))
        return Terminal(name, socket)


class Terminal:
    """The page's side of one terminal; it draws at once what it gets, unless told otherwise."""

    def __init__(self, name: str, socket: ClientConnection) -> None:
        self.name = name
        self.socket = socket
        self.seen = b""
        self.said: list[dict[str, Any]] = []
        self.draws = True
        self.length = 0

    def type(self, text: str | bytes) -> None:
        self.socket.send(text.encode() if isinstance(text, str) else text)

    def say(self, **what: object) -> None:
        self.socket.send(json.dumps(what))

    def once(self, seconds: float = 15.0) -> bool:
        """Take one message; False where none comes in that time."""
        try:
            message = self.socket.recv(timeout=seconds)
        except TimeoutError:
            return False
        if isinstance(message, str):
            self.said.append(json.loads(message))
            return True
        self.seen = (self.seen + message)[-(1 << 20) :]
        self.length += len(message)
        if self.draws:
            with suppress(ConnectionClosed):  # it may have ended: what it sent before can still be read
                self.say(type="drawn", bytes=len(message))
        return True

    @property
    def text(self) -> bytes:
        """What was printed, without what only moves, colours and switches."""
        return _CONTROL.sub(b"", self.seen)

    def until(self, pattern: str, seconds: float = 20.0) -> re.Match[bytes]:
        """Read until it was printed."""
        end = time.monotonic() + seconds
        while (found := re.search(pattern.encode(), self.text)) is None:
            assert time.monotonic() < end, self.seen[-2000:]
            self.once(max(0.0, end - time.monotonic()))
        return found

    def until_said(self, kind: str, seconds: float = 20.0) -> dict[str, Any]:
        """Read until the server said this."""
        end = time.monotonic() + seconds
        while not (found := [one for one in self.said if one["type"] == kind]):
            assert time.monotonic() < end, self.said
            self.once(max(0.0, end - time.monotonic()))
        return found[-1]

    def forget(self) -> None:
        self.seen = b""


def _close(socket: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        socket.close()
