"""How client-go reads a kubeconfig's `server` (rest.DefaultServerURL)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

# With a path clientcmd reads it by url.ParseRequestURI, to which `#` is a part of the path.
_URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://([^/?#]*)(/[^?]+|)")
_HOST = re.compile(r"(?:[^@]*@)?(\[[0-9a-fA-F:.%]+\]|[^\s<>\"\[\]:/\\^`{|}]*)(?::([0-9]*))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """Scheme and host in lower case; port filled in; path cleaned ("/" when there is none)."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{'' if self.path == '/' else self.path}"


def parse_server(server: str) -> ServerUrl | None:
    """The URL that requests go to, or None where client-go refuses it.

    Without a scheme it is http, and then only a host and a port may stand there.
    """
    found = _split(server)
    if found is not None and found.host:
        return found
    plain = _split("http://" + server)
    return plain if plain is not None and plain.path == "/" else None


def _split(text: str) -> ServerUrl | None:
    if any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in text):
        return None
    match = _URL.match(text)
    if match is None:
        return None
    scheme, authority, path = match.groups()
    host = _HOST.fullmatch(authority)
    if host is None or re.search(r"%(?![0-9a-fA-F]{2})", path):
        return None
    name, port = host.groups()
    scheme = scheme.lower()
    if port and (len(port) > 5 or int(port) > 65535):
        number = -1  # such a URL is accepted; dialling it fails
    else:
        number = int(port) if port else _DEFAULT_PORTS.get(scheme, -1)
    return ServerUrl(
        scheme,
        name.strip("[]").lower().removesuffix("."),
        number,
        posixpath.normpath("/" + unquote(path).lstrip("/")),
    )
