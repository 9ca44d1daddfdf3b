"""What the page's addresses lead to; the policy and the door stand before all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from ckslab.errors import CkslabError
from ckslab.strict import Flag, Strict, first_problem
from ckslab.web.guard import ENTRY, NO_COOKIE, Guard
from ckslab.web.keys import Keys
from ckslab.web.page import entrance, page
from ckslab.web.policy import NONCE, REPORT, Policy
from ckslab.web.terminal import socket as terminal_socket
from ckslab.web.terminal.roster import Terminals
from ckslab.web.terminal.size import Size
from ckslab.web.view import Exam
from ckslab.web.watch import Watch

STATIC = Path(__file__).with_name("static")
_MOST_BODY = 4 << 10
_GONE = 4404
"""The close code for a terminal that is not there, of those that are free for use."""

S = TypeVar("S", bound=Strict)


class Switch(Strict):
    """Something is to be on, or off."""

    on: Flag


class Opening(Strict):
    """A terminal of this size is wanted."""

    size: Size


class ExamSite:
    """One exam's page and what is behind it."""

    def __init__(self, exam: Exam, argv: Sequence[str], keys: Keys, cookie: str) -> None:
        self._exam = exam
        self._keys = keys
        self._cookie = cookie
        self.terminals = Terminals(argv, changed=lambda: self.watch.soon())
        self.watch = Watch(exam, self.terminals)

    async def enter(self, request: Request) -> Response:
        """A good token becomes a cookie; nothing else of the address is kept."""
        cookie = self._keys.redeem(request.query_params.get("token", "")[:200])
        if cookie is None:
            return PlainTextResponse(NO_COOKIE, 403)
        answer = HTMLResponse(entrance())
        answer.set_cookie(self._cookie, cookie, httponly=True, samesite="strict", path="/")
        return answer

    async def page(self, request: Request) -> Response:
        """The page."""
        try:
            texts = await asyncio.to_thread(self._exam.texts)
        except CkslabError as error:
            return PlainTextResponse(_sentence(error), 500)
        return HTMLResponse(page(self._exam, texts, getattr(request.state, NONCE)))

    async def report(self, _request: Request) -> Response:
        """The report."""
        try:
            return HTMLResponse(await asyncio.to_thread(self._exam.report))
        except CkslabError as error:
            return PlainTextResponse(_sentence(error), 404)

    async def flag(self, request: Request) -> Response:
        """Flag a task, or not any longer."""
        wanted = await _body(request, Switch)
        return await self._change(lambda: self._exam.flag(request.path_params["number"], wanted.on))

    async def pause(self, request: Request) -> Response:
        """Let the clock of a practice exam stand, or go on."""
        wanted = await _body(request, Switch)
        return await self._change(lambda: self._exam.pause(wanted.on))

    async def end(self, request: Request) -> Response:
        """End the exam; how far that is, is told by events."""
        await _body(request, Strict)
        self.watch.end_exam()
        return Response(status_code=202)

    async def open_terminal(self, request: Request) -> Response:
        """One more terminal; its name."""
        wanted = await _body(request, Opening)
        try:
            return JSONResponse({"name": self.terminals.open(wanted.size)})
        except CkslabError as error:
            return PlainTextResponse(_sentence(error), 409)

    async def close_terminal(self, request: Request) -> Response:
        """End a terminal."""
        await _body(request, Strict)
        await self.terminals.close(request.path_params["name"])
        return Response(status_code=204)

    async def terminal(self, socket: WebSocket) -> None:
        """A page's side of a terminal."""
        terminal = self.terminals.get(socket.path_params["name"])
        await socket.accept()
        if terminal is None:
            await socket.close(_GONE)
        else:
            await terminal_socket.serve(socket, terminal)

    async def events(self, socket: WebSocket) -> None:
        """How the exam is, whenever it is another."""
        await socket.accept()
        teller = asyncio.create_task(self._tell(socket))
        try:
            while (await socket.receive())["type"] != "websocket.disconnect":
                continue  # a page has nothing to say here
        finally:
            teller.cancel()
            await asyncio.gather(teller, return_exceptions=True)

    async def _tell(self, socket: WebSocket) -> None:
        with suppress(WebSocketDisconnect):
            async for view in self.watch.views():
                await socket.send_json(view)

    async def _change(self, how: Callable[[], None]) -> Response:
        try:
            await asyncio.to_thread(how)
        except CkslabError as error:
            return PlainTextResponse(_sentence(error), 409)
        self.watch.soon()
        return Response(status_code=204)

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Watch while the server runs; its end is that of the terminals, and not of the exam."""
        watching = asyncio.create_task(self.watch.run())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self.terminals.allow(False)
            await self.watch.ended()


def exam_app(exam: Exam, argv: Sequence[str], keys: Keys, port: int) -> Starlette:
    """The application. argv: what runs in a terminal. port: that it is served on, for the names it goes by."""
    cookie = f"ckslab-{port}"  # browsers tell cookies by host alone, not by port
    site = ExamSite(exam, argv, keys, cookie)
    names = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
    return Starlette(
        routes=[
            Route(ENTRY, site.enter),
            Route("/", site.page),
            Route(REPORT, site.report),
            Route("/tasks/{number:int}/flag", site.flag, methods=["POST"]),
            Route("/pause", site.pause, methods=["POST"]),
            Route("/end", site.end, methods=["POST"]),
            Route("/terminals", site.open_terminal, methods=["POST"]),
            Route("/terminals/{name}/close", site.close_terminal, methods=["POST"]),
            WebSocketRoute("/terminals/{name}", site.terminal),
            WebSocketRoute("/events", site.events),
            Mount("/static", StaticFiles(directory=STATIC, packages=[("ckslab.render.html", "styles")])),
        ],
        middleware=[Middleware(Policy, names=names), Middleware(Guard, keys=keys, names=names, cookie=cookie)],
        lifespan=site.lifespan,
    )


async def _body(request: Request, model: type[S]) -> S:
    """What a request says, bounded. HTTPException: it is none of ours."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "JSON is wanted")
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > _MOST_BODY:
            raise HTTPException(413, "too long")
    try:
        return model.model_validate_json(bytes(data))
    except ValidationError as error:
        raise HTTPException(400, first_problem(error)) from error


def _sentence(error: CkslabError) -> str:
    return f"{error.message}\n{error.advice}" if error.advice else error.message
