"""Who may see the page: a one-time token in the address that is printed, and the cookie that it becomes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from threading import Lock

_BYTES = 32
_MOST_COOKIES = 16
"""Browsers at once; the one that came first has to go."""


class Keys:
    """The secrets of one server. What is kept of a cookie is its digest."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._token: bytes | None = None
        self._cookies: deque[bytes] = deque(maxlen=_MOST_COOKIES)

    def new_token(self) -> str:
        """A token that is good once; the one before is good no longer."""
        token = secrets.token_urlsafe(_BYTES)
        with self._lock:
            self._token = _digest(token)
        return token

    def redeem(self, token: str) -> str | None:
        """A cookie for the token, None where it is not the one, or was used."""
        with self._lock:
            if self._token is None or not hmac.compare_digest(self._token, _digest(token)):
                return None
            self._token = None
            cookie = secrets.token_urlsafe(_BYTES)
            self._cookies.append(_digest(cookie))
        return cookie

    def known(self, cookie: str) -> bool:
        """Whether it is a cookie of ours."""
        digest = _digest(cookie)
        with self._lock:
            return any(hmac.compare_digest(one, digest) for one in self._cookies)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
