"""Credentials for registries, in a Secret or a file of the node, read and matched as the kubelet does it.

Source: pkg/credentialprovider (config.go, keyring.go, secrets/secrets.go) of Kubernetes v1.35, and Go's
encoding/json, encoding/base64 and net/url, with which it reads.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

JSON, OLD = ".dockerconfigjson", ".dockercfg"

KEYS = {"kubernetes.io/dockerconfigjson": JSON, "kubernetes.io/dockercfg": OLD}
"""Types of Secrets that the kubelet reads, each with the key of its data; of any other type it takes nothing."""

KUBELET_FILES = {
    "/var/lib/kubelet/config.json": JSON,
    "/config.json": JSON,
    "/.docker/config.json": JSON,
    "/var/lib/kubelet/.dockercfg": OLD,
    "/.dockercfg": OLD,
}
"""Files with credentials that the kubelet tries for every pod, each with the key whose form it has. It looks in its
own folder, in the one that it runs in and in its home (on a lab's nodes both are /), and in /."""

_CONTROL = r"\x00-\x1f\x7f"
_KEY = re.compile(
    rf"(?:https?://)?(?:[^?#@/{_CONTROL}]*@)?(?P<host>[a-zA-Z0-9_.~!$&'()*+,;=\[\]<>\"-]*(?::[0-9]*)?)"
    rf"(?P<path>/[^?#{_CONTROL}]*)?(?:[?#][^{_CONTROL}]*)?"
)
"""What url.Parse takes with https:// before it, as far as a registry's address goes: no space, no control sign."""


@dataclass(frozen=True, slots=True)
class Login:
    """key: for which images, as the Secret says it."""

    key: str
    user: str
    password: str

    def serves(self, repository: str) -> bool:
        """Whether the kubelet tries it for an image of REGISTRY/REPOSITORY."""
        below = repository.partition("/")[2]
        return self.knows(repository) and f"/{below}".startswith(_parts(self.key)[1])

    def knows(self, repository: str) -> bool:
        """Whether it is tried for any image of the registry of REGISTRY/REPOSITORY."""
        host, _ = _parts(self.key)
        name, _, port = host.partition(":")
        wanted_name, _, wanted_port = repository.partition("/")[0].partition(":")
        labels, wanted_labels = name.split("."), wanted_name.split(".")
        if port != wanted_port or len(labels) != len(wanted_labels):
            return False
        return all(fnmatch.fnmatchcase(one, glob) for glob, one in zip(labels, wanted_labels, strict=True))


class NoLogins(Exception):
    """Why the kubelet gets no credentials from a Secret or a file, for the learner."""


class _Object(tuple[tuple[str, Any], ...]):
    """A JSON object as its pairs: Go takes keys in any case, and each in its turn."""

    __slots__ = ()


def logins_of(secret: Mapping[str, Any]) -> tuple[Login, ...]:
    """The credentials in it. NoLogins where the kubelet takes none: it leaves out the whole Secret then."""
    kind, data = secret.get("type"), secret.get("data")
    key = KEYS.get(kind) if isinstance(kind, str) else None
    if key is None:
        raise NoLogins(f"it is of the type {kind}: the kubelet takes no credentials from it")
    text = data.get(key) if isinstance(data, Mapping) else None
    try:
        document = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        raise NoLogins(f"its {key} is not base64") from None
    return logins_in(document.decode(errors="replace"), key)


def logins_in(text: str, key: str) -> tuple[Login, ...]:
    """The credentials in a document of the form that belongs to `key`. NoLogins where the kubelet refuses it."""
    document = _json(text, f"its {key}")
    entries = dict(document) if key == OLD else _merged(document, "auths")
    return tuple(_login(name, entry) for name, entry in entries.items())


def _merged(document: _Object, name: str) -> dict[str, Any]:
    """The entries of all objects of that name: Go puts them into one map, which null empties."""
    found: dict[str, Any] | None = None
    for value in _values(document, name):
        if value is not None and not isinstance(value, _Object):
            raise NoLogins(f"its `{name}` is no mapping")
        found = None if value is None else {**(found or {}), **dict(value)}
    if found is None:
        raise NoLogins(f"there is no `{name}` in it")
    return found


def _login(key: str, entry: Any) -> Login:
    if entry is not None and not isinstance(entry, _Object):
        raise NoLogins(f"its entry for {key} is no mapping")
    user, password, _, auth = (
        _text(entry or _Object(), name, key) for name in ("username", "password", "email", "auth")
    )
    if not auth:
        return Login(key, user, password)
    user, colon, password = _decoded(auth, key).decode(errors="replace").partition(":")
    if not colon:
        raise NoLogins(f"`auth` of {key} is not USER:PASSWORD in base64")
    return Login(key, user, password)


def _text(entry: _Object, name: str, key: str) -> str:
    found = ""
    for value in _values(entry, name):
        if value is not None and not isinstance(value, str):
            raise NoLogins(f"`{name}` of {key} is no text")
        found = found if value is None else value
    return found


def _values(document: _Object, name: str) -> list[Any]:
    return [value for key, value in document if key.casefold() == name]


def _decoded(text: str, key: str) -> bytes:
    """As Go decodes: ends of lines count for nothing, and the padding is there or left out as a whole."""
    padded = text.strip().endswith("=")
    digits = text.replace("\r", "").replace("\n", "")
    try:
        if not padded and "=" in digits:
            raise ValueError("padding in the middle")
        return base64.b64decode(digits if padded else digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise NoLogins(f"`auth` of {key} is not base64") from None


def _json(text: str, what: str) -> _Object:
    try:
        found = json.loads(text, object_pairs_hook=_Object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise NoLogins(f"{what} is not JSON") from None
    if not isinstance(found, _Object):
        raise NoLogins(f"{what} is no mapping")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _parts(key: str) -> tuple[str, str]:
    """Host with port, and path, of what stands in `auths`: with a scheme or not, with /v1/ or /v2/ of an API."""
    found = _KEY.fullmatch(key)
    if found is None:
        return "", "/"
    path = unquote(found["path"] or "")
    return found["host"], (path[3:] if path.startswith(("/v1/", "/v2/")) else path) or "/"
