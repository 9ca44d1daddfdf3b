"""A page's websocket to one terminal, from `attach` to the end of either."""

from __future__ import annotations

import asyncio

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from ckslab.strict import Strict
from ckslab.web.terminal.live import LiveTerminal, TooMuchInput
from ckslab.web.terminal.messages import MAX_MESSAGE, SAID, Attach, Drawn, Ended, Replaced, Replay, Resize, Taken

POLICY = 1008
"""The close code for what no page of ours sends: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1"""

_ATTACH_SECONDS = 20.0


class SocketOnlooker:
    """Queues what is to be sent. The queue is bounded by what a terminal gives before it is drawn."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | Strict | None] = asyncio.Queue()

    def output(self, data: bytes) -> None:
        """See Onlooker."""
        self._queue.put_nowait(data)

    def taken(self, count: int) -> None:
        """See Onlooker."""
        self._queue.put_nowait(Taken(bytes=count))

    def ended(self, code: int) -> None:
        """See Onlooker."""
        self._queue.put_nowait(Ended(code=code))
        self._queue.put_nowait(None)

    def replaced(self) -> None:
        """See Onlooker."""
        self._queue.put_nowait(Replaced())
        self._queue.put_nowait(None)

    async def send(self, socket: WebSocket, replay: bytes) -> None:
        """Send what there is, until the last; then close."""
        await _say(socket, Replay(bytes=len(replay)))
        for begin in range(0, len(replay), MAX_MESSAGE):
            await socket.send_bytes(replay[begin : begin + MAX_MESSAGE])
        while (item := await self._queue.get()) is not None:
            if isinstance(item, bytes):
                await socket.send_bytes(item)
            else:
                await _say(socket, item)
        await socket.close()


async def serve(socket: WebSocket, terminal: LiveTerminal) -> None:
    """Be the page's side until it leaves or the terminal ends. The socket was accepted."""
    try:
        first = SAID.validate_json((await asyncio.wait_for(socket.receive_text(), _ATTACH_SECONDS)).encode())
        if not isinstance(first, Attach):
            await socket.close(POLICY)
            return
    except (ValidationError, KeyError, TimeoutError):
        await socket.close(POLICY)
        return
    except WebSocketDisconnect:
        return
    onlooker = SocketOnlooker()
    replay = terminal.attach(onlooker, first.size)
    if terminal.code is not None:
        onlooker.ended(terminal.code)
    sender = asyncio.create_task(onlooker.send(socket, replay))
    listener = asyncio.create_task(_listen(socket, terminal))
    try:
        done, _ = await asyncio.wait({sender, listener}, return_when=asyncio.FIRST_COMPLETED)
        if listener in done and listener.result():
            await socket.close(POLICY)
    finally:
        terminal.detach(onlooker)
        for task in (sender, listener):
            task.cancel()
        await asyncio.gather(sender, listener, return_exceptions=True)


async def _listen(socket: WebSocket, terminal: LiveTerminal) -> bool:
    """Pass on what the page says; whether it said what no page of ours says. False: it left."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return False
        try:
            if (data := message.get("bytes")) is not None:
                terminal.type(data)
                continue
            said = SAID.validate_json(message.get("text") or "")
        except (ValidationError, TooMuchInput):
            return True
        if isinstance(said, Drawn):
            terminal.drawn(said.bytes)
        elif isinstance(said, Resize):
            terminal.resize(said.size)
        else:
            return True


async def _say(socket: WebSocket, what: Strict) -> None:
    await socket.send_text(what.model_dump_json())
