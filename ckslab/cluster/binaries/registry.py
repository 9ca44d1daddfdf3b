"""Ask a registry of container images as anybody may: with the token that it gives to whoever asks.

The API is that of the OCI distribution specification v1.1; how a token is had is described at
https://distribution.github.io/distribution/spec/auth/token/.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from ckslab.cluster.binaries.https import mirrored, open_url

if TYPE_CHECKING:
    from http.client import HTTPResponse

_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_ACCEPT = ", ".join((*_INDEXES, *_MANIFESTS, "*/*"))
_MOST_BYTES = 1_000_000  # of the answer that holds a token


class NoToken(Exception):
    """The service that gives tokens gave none; the message names it. `passing`: another try may get one."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


@dataclass
class Tokens:
    """The tokens got so far, by the repository's address. They end after minutes, and are then got anew."""

    _known: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def open(self, url: str, headers: dict[str, str], stall_seconds: float) -> HTTPResponse:
        """The answer to a GET of a manifest or blob; where the registry wants a token, got with one.

        Raises what `open_url` raises, and NoToken.
        """
        from urllib.error import HTTPError

        headers = headers | {"Accept": _ACCEPT}
        repository = repository_of(url)
        known = self._known.get(repository, "")
        try:
            return open_url(url, headers, stall_seconds, bearer=known)
        except HTTPError as error:
            challenge = error.headers.get("WWW-Authenticate", "")
            if error.code != 401 or not challenge.lower().startswith("bearer "):
                raise
            error.close()
        with self._lock:
            if self._known.get(repository, "") == known:
                self._known[repository] = _ask_for_token(url, challenge, headers, stall_seconds)
        return open_url(url, headers, stall_seconds, bearer=self._known[repository])


def repository_of(url: str) -> str:
    """The address of a repository, of which `url` is a manifest or a blob."""
    return re.split(r"/(?:manifests|blobs)/", url)[0]


def _ask_for_token(url: str, challenge: str, headers: dict[str, str], stall_seconds: float) -> str:
    """The token that the challenge of a 401 says how to get, to read this repository and nothing else."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError

    told = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = told.get("realm", "")
    if urlsplit(realm).scheme != "https" or not urlsplit(realm).netloc:
        raise NoToken(f"{url}: the registry wants a token from {realm or 'nowhere'}, that is no https address")
    name = repository_of(url).rpartition("/v2/")[2]
    query = f"service={quote(told.get('service', ''), safe='')}&scope={quote(f'repository:{name}:pull', safe='')}"
    asked = mirrored(f"{realm}{'&' if urlsplit(realm).query else '?'}{query}")
    try:
        with open_url(asked, {"User-Agent": headers["User-Agent"]}, stall_seconds) as answer:
            text = answer.read(_MOST_BYTES)
    except HTTPError as error:
        error.close()
        passing = error.code in (408, 425, 429) or error.code >= 500
        raise NoToken(f"{asked}: the server answers {error.code} {error.reason}", passing=passing) from error
    except URLError as error:
        raise NoToken(f"{asked}: {urlsplit(asked).netloc} cannot be reached ({error.reason})") from error
    except (OSError, HTTPException) as error:
        raise NoToken(f"{asked}: no answer ({error or type(error).__name__})", passing=True) from error
    return _token_in(asked, text)


def _token_in(asked: str, text: bytes) -> str:
    try:
        answer = json.loads(text)
        token = answer.get("token") or answer.get("access_token")
    except (ValueError, AttributeError):
        token = None
    # What goes into a header must not be able to end it.
    if not isinstance(token, str) or not re.fullmatch(r"[\w.~+/=-]+", token, re.ASCII):
        raise NoToken(f"{asked}: the answer holds no token")
    return token
