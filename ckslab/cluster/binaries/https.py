"""Open a URL with the standard library: proxies from the environment, redirections only to https."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from http.client import HTTPMessage, HTTPResponse
    from urllib.request import Request


def open_url(url: str, headers: dict[str, str], stall_seconds: float) -> HTTPResponse:
    """The answer to a GET; each wait for the network ends after `stall_seconds`.

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
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    request = Request(url, headers=headers)  # noqa: S310 - the scheme is checked by the caller
    response: HTTPResponse = build_opener(OnlyToHttps).open(request, timeout=stall_seconds)
    return response
