"""The API server from outside the node: raw requests with the admin's certificate."""

from __future__ import annotations

import base64
import json
import math
from concurrent.futures import Future
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from ckslab.errors import LabError

MAX_ANSWER = 32 << 20
"""Bytes of an answer."""

LATE_SECONDS = 2.0
"""How much longer than its time-out a request may take: it connects and reads, each in that time."""

_IMPORTING = Lock()
"""The client's modules import each other lazily: two threads that import them at once can deadlock."""


def preload() -> None:
    """Begin to import, beside other work, what the first request needs: it takes a third of a second."""
    Thread(target=_client, daemon=True).start()


def _client() -> tuple[Any, Any]:
    with _IMPORTING:
        from kubernetes.client import ApiClient, Configuration

        return ApiClient, Configuration


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status (0: none came), the decoded JSON body (or None), raw text, Warning headers.

    date: what the server's clock said, in whole seconds since the epoch; NaN where it did not say.
    """

    status: int
    body: Any
    text: str
    warnings: tuple[str, ...] = ()
    date: float = math.nan


class NotServed(LabError):
    """The API server serves no such kind: its custom resource is not defined, or not yet."""


class Api:
    """Requests to one API server; safe to use from several threads."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        self._resources: dict[str, dict[str, tuple[str, bool]]] = {}

    @cached_property
    def _connection(self) -> tuple[str, Any]:
        """The server's URL and the client's connection pool: slow to import, and only live grading needs it."""
        api_client, new_configuration = _client()
        server, files = _unpacked(self._kubeconfig)
        configuration = new_configuration(host=server)
        configuration.ssl_ca_cert, configuration.cert_file, configuration.key_file = files
        configuration.connection_pool_maxsize = 16
        configuration.retries = False
        return server, api_client(configuration).rest_client.pool_manager

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        timeout: float = 10.0,
        content_type: str = "application/json",
    ) -> Answer:
        """One request; no whole answer in `timeout` seconds, none of 32 MiB at most, or no connection is status 0
        with the reason as text.

        A socket's own time-out begins anew with every byte; so each request has a thread, which is left alone where
        whoever has taken the API server's place goes on for ever.
        """
        whole: Future[Answer] = Future()

        def ask() -> None:
            try:
                whole.set_result(self._ask(method, path, body, timeout, content_type))
            except BaseException as error:  # it is raised by whoever waits
                whole.set_exception(error)

        Thread(target=ask, daemon=True).start()
        try:
            return whole.result(timeout + LATE_SECONDS)
        except TimeoutError:
            return Answer(0, None, f"no whole answer in {timeout:.0f} s")

    def _ask(self, method: str, path: str, body: Any, timeout: float, content_type: str) -> Answer:
        import urllib3

        server, pool = self._connection
        try:
            response = pool.request(
                method,
                server + path,
                body=None if body is None else json.dumps(body),
                headers={"Content-Type": content_type, "Accept": "application/json"},
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            data = response.read(MAX_ANSWER + 1, decode_content=False)
            if len(data) > MAX_ANSWER:
                response.close()
                return Answer(0, None, f"an answer of more than {MAX_ANSWER >> 20} MiB")
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            return Answer(0, None, str(error))
        text = data.decode(errors="replace")
        try:
            decoded = from_json(text, allow_inf_nan=False)
        except ValueError:
            decoded = None
        warnings = tuple(response.headers.getlist("Warning"))
        return Answer(response.status, decoded, text, warnings, _instant(response.headers.get("Date", "")))

    def ready(self) -> bool:
        """Whether /readyz says ok."""
        return self.request("GET", "/readyz", timeout=3.0).status == 200

    def path_of(self, api_version: str, kind: str, namespace: str | None, name: str | None = None) -> str:
        """The path of an object or, without a name, of a collection; NotServed for an unknown kind."""
        root = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
        if api_version not in self._resources:
            answer = self.request("GET", root)
            if answer.status == 404:
                raise NotServed(f"the API server serves no {api_version}")
            if answer.status != 200:
                raise LabError(f"the API server does not list {api_version}: {answer.text[:200]}")
            served = resources_of(answer)
            if served is None:
                raise LabError(f"the API server's list of {api_version} makes no sense")
            self._resources[api_version] = {one.kind: (one.name, one.namespaced) for one in served}
        if kind not in self._resources[api_version]:
            del self._resources[api_version]  # it may be served in a moment: a CRD just made
            raise NotServed(f"the API server serves no {kind} of {api_version}")
        plural, namespaced = self._resources[api_version][kind]
        folder = f"{root}/namespaces/{namespace or 'default'}/{plural}" if namespaced else f"{root}/{plural}"
        if namespaced and namespace is None and name is None:
            folder = f"{root}/{plural}"
        return f"{folder}/{name}" if name else folder


class Resource(BaseModel):
    """A kind that the API server serves, and the name of its collection."""

    kind: str
    name: str
    namespaced: bool


class _ResourceList(BaseModel):
    resources: tuple[Resource, ...]


def resources_of(answer: Answer) -> tuple[Resource, ...] | None:
    """The kinds of a group and version, without subresources; None where the answer is no list of them."""
    try:
        found = _ResourceList.model_validate(answer.body).resources
    except ValidationError:
        return None
    return tuple(one for one in found if "/" not in one.name)


def _instant(date: str) -> float:
    """An HTTP date (RFC 9110) in seconds since the epoch; NaN if it is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def _unpacked(kubeconfig: Path) -> tuple[str, tuple[str, str, str]]:
    """The server, and CA, certificate and key as files beside the kubeconfig (ssl reads files only)."""
    import yaml

    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    folder = kubeconfig.parent / "client"
    folder.mkdir(mode=0o700, exist_ok=True)
    paths = []
    for name, data in (
        ("ca.crt", cluster["certificate-authority-data"]),
        ("client.crt", user["client-certificate-data"]),
        ("client.key", user["client-key-data"]),
    ):
        path, content = folder / name, base64.b64decode(data)
        if not path.exists() or path.read_bytes() != content:
            temporary = folder / f"{name}.new"
            temporary.touch(mode=0o600)
            temporary.write_bytes(content)
            temporary.replace(path)
        paths.append(str(path))
    return cluster["server"], (paths[0], paths[1], paths[2])
