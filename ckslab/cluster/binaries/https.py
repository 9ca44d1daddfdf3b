"""Open a URL, or its copy on a mirror, by the standard library: proxies as usual, redirections to https only.

A token goes to the host that it was given for, and not along with a redirection to another.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from ckslab.errors import UsageError

if TYPE_CHECKING:
    from http.client import HTTPMessage, HTTPResponse
    from urllib.request import Request


def mirrored(url: str) -> str:
    """`url`, or where $CKSLAB_DOWNLOADS has it: `<base>/<host>/<path>`, its query kept."""
    base = os.environ.get("CKSLAB_DOWNLOADS", "")
    if not base:
        return url
    if urlsplit(base).scheme not in ("http", "https"):
        raise UsageError(
            f"CKSLAB_DOWNLOADS is no http or https address: {base}",
            advice="Set it to http(s)://host/path of a mirror, or unset it.",
        )
    pinned = urlsplit(url)
    query = f"?{pinned.query}" if pinned.query else ""
    return f"{base.rstrip('/')}/{pinned.netloc}{pinned.path}{query}"


def open_url(url: str, headers: dict[str, str], stall_seconds: float, *, bearer: str = "") -> HTTPResponse:
    """The answer to a GET, with the token `bearer`; each wait for the network ends after `stall_seconds`.

    Raises urllib's HTTPError for an answer that is no success or a redirection away from https,
    URLError where no connection comes about, OSError or HTTPException where it breaks.
    """
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class OnlyToHttps(HTTPRedirectHandler):
        def redirect_request(
            self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
        ) -> Request | None:
            if not newurl.startswith("https://"):
                raise HTTPError(req.full_url, code, f"{msg}, away from https to {newurl}", headers, fp)
            further = super().redirect_request(req, fp, code, msg, headers, newurl)
            if further is not None and urlsplit(newurl)[:2] == urlsplit(req.full_url)[:2]:
                further.unredirected_hdrs.update(req.unredirected_hdrs)
            return further

    request = Request(url, headers=headers)  # noqa: S310 - the scheme is checked by the caller
    if bearer:
        # Not among the headers: urllib would send those to wherever it is redirected.
        request.add_unredirected_header("Authorization", f"Bearer {bearer}")
    response: HTTPResponse = build_opener(OnlyToHttps).open(request, timeout=stall_seconds)
    return response
