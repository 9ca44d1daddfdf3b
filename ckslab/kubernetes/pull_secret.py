"""Credentials for registries in a Secret, read and matched as the kubelet does it.

Source: pkg/credentialprovider (config.go, keyring.go, secrets/secrets.go) of Kubernetes v1.35.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

KEYS = {"kubernetes.io/dockerconfigjson": ".dockerconfigjson", "kubernetes.io/dockercfg": ".dockercfg"}
"""Types of Secrets that the kubelet reads, each with the key of its data; of any other type it takes nothing."""


@dataclass(frozen=True, slots=True)
class Login:
    """key: for which images, as the Secret says it."""

    key: str
    user: str
    password: str

    def serves(self, repository: str) -> bool:
        """Whether the kubelet tries it for an image of REGISTRY/REPOSITORY."""
        host, path = _parts(self.key)
        wanted, _, below = repository.partition("/")
        name, _, port = host.partition(":")
        wanted_name, _, wanted_port = wanted.partition(":")
        if port != wanted_port:
            return False
        labels, wanted_labels = name.split("."), wanted_name.split(".")
        if len(labels) != len(wanted_labels) or not f"/{below}".startswith(path):
            return False
        return all(fnmatch.fnmatchcase(one, glob) for glob, one in zip(labels, wanted_labels, strict=True))


class NoLogins(Exception):
    """Why the kubelet gets no credentials from a Secret, for the learner."""


def logins_of(secret: Mapping[str, Any]) -> tuple[Login, ...]:
    """The credentials in it. NoLogins where the kubelet takes none: it leaves out the whole Secret then."""
    kind, data = secret.get("type"), secret.get("data")
    key = KEYS.get(kind) if isinstance(kind, str) else None
    if key is None:
        raise NoLogins(f"it is of the type {kind}: the kubelet takes no credentials from it")
    text = data.get(key) if isinstance(data, Mapping) else None
    document = _json(_decoded(text, f"its {key}"), f"its {key}")
    entries = document.get("auths") if key == ".dockerconfigjson" else document
    if not isinstance(entries, dict):
        raise NoLogins("there is no `auths` in it")
    return tuple(_login(name, entry) for name, entry in entries.items())


def _login(key: str, entry: Any) -> Login:
    if not isinstance(entry, dict):
        raise NoLogins(f"its entry for {key} is no mapping")
    auth = entry.get("auth")
    if not auth:
        return Login(key, _text(entry.get("username")), _text(entry.get("password")))
    said = _decoded(auth, f"`auth` of {key}").decode(errors="replace")
    user, colon, password = said.partition(":")
    if not colon:
        raise NoLogins(f"`auth` of {key} is not USER:PASSWORD in base64")
    return Login(key, user, password)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _decoded(text: Any, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        raise NoLogins(f"{what} is not base64") from None


def _json(data: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise NoLogins(f"{what} is not JSON") from None
    if not isinstance(found, dict):
        raise NoLogins(f"{what} is no mapping")
    return found


def _parts(key: str) -> tuple[str, str]:
    """Host with port, and path, of what stands in `auths`: with a scheme or not, with /v1/ or /v2/ of an API."""
    whole = key if key.startswith(("https://", "http://")) else f"https://{key}"
    try:
        parsed = urlsplit(whole)
    except ValueError:
        return "", "/"
    path = parsed.path[3:] if parsed.path.startswith(("/v1/", "/v2/")) else parsed.path
    return parsed.netloc, path or "/"
