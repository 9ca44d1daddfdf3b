"""What each answer says about itself: which sources its page may use, that nobody frames, keeps or passes it on."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NONCE = "style_nonce"
"""In a request's state: what lets a <style> of this page through. xterm.js makes some."""

REPORT = "/report"

_ALWAYS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Policy:
    """Adds the headers to every answer, those of the door among them. names: what may stand in Host."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, and add to what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})[NONCE] = nonce
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        sockets = f" ws://{host}" if host in self._names else ""  # of another name nothing is passed on
        policy = _of_the_report() if scope["path"] == REPORT else _of_the_page(nonce, sockets)

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers["Content-Security-Policy"] = policy
                if scope["path"] != REPORT:
                    headers["X-Frame-Options"] = "DENY"
            await send(message)

        await self._app(scope, receive, add)


def _of_the_page(nonce: str, sockets: str) -> str:
    """No script but our files, no style but our files and xterm's own, no markup made by a script."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "frame-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _of_the_report() -> str:
    """The report's own policy is stricter about its style; it runs nothing, and only our page frames it."""
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-top-navigation-by-user-activation"
    )
