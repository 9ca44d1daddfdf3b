"""The door: each request and each websocket is asked by which name it came, from which page, with which cookie.

The name (Host) holds off DNS rebinding: a stranger's page whose own name leads to 127.0.0.1. The page (Origin,
Sec-Fetch-Site) holds off what other pages make a browser send, those of this machine's other ports among them,
which SameSite takes for the same site. What the door refuses reaches nothing behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ckslab.web.keys import Keys

ENTRY = "/enter"
"""The one path that needs no cookie, because it gives it."""

NO_COOKIE = (
    "This browser has not been let in. Open the address that `ckslab exam --web` printed; it is good once. "
    "Press Enter there for another one."
)


class Guard:
    """names: what may stand in Host, as 127.0.0.1:8080."""

    def __init__(self, app: ASGIApp, keys: Keys, names: frozenset[str], cookie: str) -> None:
        self._app = app
        self._keys = keys
        self._names = names
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it in or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the answer is a 403
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._names:
            return PlainTextResponse("This name leads nowhere here.", 421)
        entering = scope["type"] == "http" and scope["path"] == ENTRY
        changing = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        origins = headers.getlist("origin")
        if (changing and not origins) or any(origin != f"http://{hosts[0].lower()}" for origin in origins):
            return PlainTextResponse("This came from another page.", 403)
        fetched_from = headers.get("sec-fetch-site", "none")
        if not entering and fetched_from not in ("same-origin", "none"):
            return PlainTextResponse("This came from another page.", 403)
        if not entering and not self._keys.known(cookie_of(headers, self._cookie)):
            return PlainTextResponse(NO_COOKIE, 403)
        return None


def cookie_of(headers: Mapping[str, str], name: str) -> str:
    """The cookie's value, "" where there is none that can be read."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
