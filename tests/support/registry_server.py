"""A registry of container images on loopback: the v2 API with tokens, manifests, blobs, redirections and faults."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOST = "registry.example"
AUTH = "auth.example"
REPOSITORY = f"/{HOST}/v2/project/tool"


@dataclass
class Asked:
    """One request that came."""

    path: str
    bearer: str
    range: str
    accept: str
    server: str


@dataclass
class Registry:
    """The server, and a second one of another name to which it may redirect: a CDN.

    Both have everything below /mirror. `cut_after` holds, for each coming answer of a digest, after how many bytes
    the connection breaks; `status` answers one with an error; `token` is what it asks for, "" for no token;
    `token_status` holds errors of the coming answers that would hold it. `redirect` sends who asks for a blob to the
    "cdn", or elsewhere on its "own" host.
    """

    tls: Path | None = None
    token: str = "letmein"
    given: str | None = None
    realm: str = f"https://{AUTH}/token"
    redirect: str = ""
    token_status: list[int] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    cut_after: dict[str, list[int]] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.own, self.cdn = self._serve("registry"), self._serve("cdn")
        scheme = "https" if self.tls else "http"
        self.base = f"{scheme}://127.0.0.1:{self.own.server_address[1]}/mirror"
        cdn = f"{scheme}://localhost:{self.cdn.server_address[1]}/mirror"
        self._moved = {"cdn": f"{cdn}{REPOSITORY}/blobs/moved", "own": f"{self.base}{REPOSITORY}/blobs/moved"}

    def _serve(self, name: str) -> ThreadingHTTPServer:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry._answer(self, name)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def close(self) -> None:
        for server in (self.own, self.cdn):
            server.shutdown()
            server.server_close()

    def add(self, content: bytes | dict[str, Any]) -> str:
        """Keep a blob or manifest; the answer is its digest."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.contents[digest] = data
        return digest

    def descriptor(self, digest: str) -> dict[str, Any]:
        return {"digest": digest, "size": len(self.contents[digest])}

    def image(self, layers: list[bytes], arch: str = "amd64") -> str:
        """Keep an image of one platform; the answer is its manifest's digest."""
        config = self.descriptor(self.add({"os": "linux", "architecture": arch}))
        return self.add({"config": config, "layers": [self.descriptor(self.add(layer)) for layer in layers]})

    def index(self, **manifests: str) -> str:
        """Keep an index of images by their architecture, beside an attestation as buildx makes them."""
        attestation = {"digest": "sha256:" + "0" * 64, "size": 9}
        listed = [attestation | {"platform": {"os": "unknown", "architecture": "unknown"}}]
        for arch, digest in manifests.items():
            listed.append(self.descriptor(digest) | {"platform": {"os": "linux", "architecture": arch}})
        return self.add({"schemaVersion": 2, "manifests": listed})

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def _answer(self, request: BaseHTTPRequestHandler, server: str) -> None:
        path = request.path.removeprefix("/mirror")
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = request.headers.get("Range", "")
        self.asked.append(Asked(path, bearer, asked, request.headers.get("Accept", ""), server))
        if path.startswith(f"/{AUTH}/"):
            self._answer_token(request)
            return
        digest = path.rpartition("/")[2]
        if server == "registry" and self.token and bearer != self.token:
            request.send_response(401)
            challenge = f'Bearer realm="{self.realm}",service="{HOST}",scope="repository:project/tool:pull"'
            request.send_header("WWW-Authenticate", challenge)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        known = digest in self.contents and path.startswith((f"{REPOSITORY}/manifests/", f"{REPOSITORY}/blobs/"))
        if digest in self.status or not known:
            request.send_error(self.status.get(digest, 404))
            return
        if self.redirect and f"/blobs/{digest}" in path:
            request.send_response(307)
            request.send_header("Location", f"{self._moved[self.redirect]}/{digest}")
            request.end_headers()
            return
        self._send(request, digest, asked)

    def _answer_token(self, request: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlsplit(request.path).query)
        if self.token_status:
            request.send_error(self.token_status.pop(0))
            return
        good = query == {"service": [HOST], "scope": ["repository:project/tool:pull"]}
        content = json.dumps({"token": self.token if self.given is None else self.given}).encode()
        request.send_response(200 if good else 400)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _send(self, request: BaseHTTPRequestHandler, digest: str, asked: str) -> None:
        content = self.contents[digest]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        cuts = self.cut_after.get(digest, [])
        request.wfile.write(content[start : start + cuts.pop(0) if cuts else None])
