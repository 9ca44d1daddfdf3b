"""Serves an exam's page on loopback until it is interrupted."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ckslab.errors import LabError, MissingCapability
from ckslab.web.view import Exam

if TYPE_CHECKING:
    import uvicorn

    from ckslab.web.keys import Keys

ADDRESS = "127.0.0.1"
_EXTRA = ("starlette", "uvicorn", "websockets")
_LONGEST_MESSAGE = 256 << 10
_LEAVING_SECONDS = 3


def need_extra() -> None:
    """MissingCapability, with the command that helps, where the packages of the extra are not installed."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise MissingCapability(
            f"the exam's page needs {' and '.join(missing)}, not installed here",
            advice="pip install 'ckslab[web]' · or sit it in the terminal: ckslab exam",
        )


def listen(port: int) -> socket.socket:
    """A socket on loopback; port 0 is any that is free. LabError: the port cannot be had."""
    # With its protocol named: asyncio sets TCP_NODELAY for such alone, and without it each echo takes 40 ms more.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen()  # whoever comes before the server does waits
    except OSError as error:
        listener.close()
        raise LabError(
            f"port {port} cannot be used: {error.strerror}", advice="another one: ckslab exam --web --port N"
        ) from error
    return listener


def serve(exam: Exam, argv: Sequence[str], listener: socket.socket, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or TERM. argv: what runs in a terminal. say: prints an address.

    Enter in the terminal gives another address: for a second browser, or where the first was not opened.
    """
    from ckslab.web.keys import Keys

    keys = Keys()
    server = make_server(exam, argv, listener, keys)

    def address() -> None:
        say(entry_address(listener, keys))

    async def run() -> None:
        with _asked_by_enter(address):
            await server.serve(sockets=[listener])

    address()
    asyncio.run(run())


def entry_address(listener: socket.socket, keys: Keys) -> str:
    """An address that lets one browser in, once."""
    return f"http://{ADDRESS}:{listener.getsockname()[1]}/enter?token={keys.new_token()}"


def make_server(exam: Exam, argv: Sequence[str], listener: socket.socket, keys: Keys) -> uvicorn.Server:
    """The server of an exam's page, which does not serve yet."""
    import uvicorn

    from ckslab.web.app import exam_app

    config = uvicorn.Config(
        exam_app(exam, argv, keys, listener.getsockname()[1]),
        loop="asyncio",
        http="h11",
        ws="websockets-sansio",
        ws_max_size=_LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # over loopback it only costs time
        lifespan="on",
        access_log=False,  # addresses hold the token
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # nobody stands between
        timeout_graceful_shutdown=_LEAVING_SECONDS,
    )
    return uvicorn.Server(config)


@contextmanager
def _asked_by_enter(again: Callable[[], None]) -> Iterator[None]:
    """Call `again` at each Enter."""
    if not sys.stdin.isatty():
        yield
        return
    loop, number = asyncio.get_running_loop(), sys.stdin.fileno()

    def entered() -> None:
        if sys.stdin.readline():
            again()
        else:
            loop.remove_reader(number)

    loop.add_reader(number, entered)
    try:
        yield
    finally:
        loop.remove_reader(number)
