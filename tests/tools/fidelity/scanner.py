"""A small image scanner in this process: TLS, client certificate demanded, denies `*:latest`."""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.tools.fidelity.credentials import Credentials

REASON = "the tag latest is not allowed"


class _Review(BaseHTTPRequestHandler):
    """Answers ImageReviews at /review."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """One review."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.partition("?")[0] != "/review":
            self.send_error(404)
            return
        review: dict[str, Any] = json.loads(body)
        images = [one.get("image", "") for one in review["spec"].get("containers") or []]
        denied = any(image.endswith(":latest") for image in images)
        review["status"] = {"allowed": not denied, "reason": REASON if denied else ""}
        answer = json.dumps(review).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    """Makes the handshake in the request's own thread, and keeps quiet about failed ones."""

    daemon_threads = True
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Wraps the connection first."""
        request.settimeout(10)
        with self.context.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A failed handshake is what many set-ups are about."""


class Scanner:
    """The scanner at a fixed port; can be stopped and started."""

    def __init__(self, credentials: Credentials, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        files = {"server.pem": credentials.server.pem + credentials.server.key, "ca.pem": credentials.ca.pem}
        for name, text in files.items():
            (folder / name).write_text(text)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "server.pem")
        self._context.load_verify_locations(folder / "ca.pem")
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._server: _Server | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        """Listens (again)."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self.port), _Review)
            self._server.context = self._context
            self.port = self._server.server_address[1]
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuses connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
