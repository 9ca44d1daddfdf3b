"""What the kubelet takes from a Secret for which images: read as its own code reads it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ckslab.kubernetes.pull_secret import Login, NoLogins, logins_of

IMAGE = "registry.lab.local:5000/team/api"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(
    document: Any, kind: str = "kubernetes.io/dockerconfigjson", key: str = ".dockerconfigjson"
) -> dict[str, Any]:
    text = document if isinstance(document, str) else json.dumps(document)
    return {"type": kind, "data": {key: coded(text)}}


@pytest.mark.parametrize(
    ("key", "serves"),
    [
        ("registry.lab.local:5000", True),
        ("https://registry.lab.local:5000", True),
        ("http://registry.lab.local:5000/", True),
        ("https://registry.lab.local:5000/v1/", True),
        ("registry.lab.local:5000/v2/", True),
        ("registry.lab.local:5000/team", True),
        ("registry.lab.local:5000/team/api", True),
        ("registry.lab.local:5000/te", True),  # a beginning, not a folder: keyring.go compares texts
        ("registry.lab.local:5000/other", False),
        ("*.lab.local:5000", True),
        ("registry.*.local:5000", True),
        ("*.local:5000", False),  # a star stands for one label
        ("registry.lab.local", False),
        ("registry.lab.local:5001", False),
        ("lab.local:5000", False),
        ("https://index.docker.io/v1/", False),
        ("", False),
        ("https://[", False),
    ],
)
def test_for_which_images_an_entry_is_tried(key: str, serves: bool) -> None:
    assert Login(key, "u", "p").serves(IMAGE) is serves


@pytest.mark.parametrize(
    ("entry", "user", "password"),
    [
        ({"username": "u", "password": "p"}, "u", "p"),
        ({"auth": coded("u:p:q")}, "u", "p:q"),
        ({"auth": coded("u:p"), "username": "other", "password": "other"}, "u", "p"),
        ({"auth": "", "username": "u", "password": "p"}, "u", "p"),
        ({"username": 7}, "", ""),
        ({}, "", ""),
    ],
)
def test_user_and_password_of_an_entry(entry: dict[str, Any], user: str, password: str) -> None:
    assert logins_of(secret({"auths": {"r": entry}})) == (Login("r", user, password),)


def test_the_old_type_has_no_auths() -> None:
    old = secret({"r": {"auth": coded("u:p")}}, "kubernetes.io/dockercfg", ".dockercfg")
    assert logins_of(old) == (Login("r", "u", "p"),)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (secret({"auths": {}}, "Opaque"), "of the type Opaque"),
        ({"data": {}}, "of the type None"),
        (secret("{"), "is not JSON"),
        (secret("[" * 100_000), "is not JSON"),
        (secret("[]"), "is no mapping"),
        (secret({"auth": {}}), "no `auths`"),
        (secret({"auths": []}), "no `auths`"),
        (secret({"auths": {"r": 1}}), "r is no mapping"),
        (secret({"auths": {"r": {"auth": "%"}}}), "is not base64"),
        (secret({"auths": {"r": {"auth": coded("up")}}}), "USER:PASSWORD"),
        ({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "%"}}, "is not base64"),
        ({"type": "kubernetes.io/dockerconfigjson", "data": []}, "is not JSON"),
        ({"type": ["x"], "data": {}}, "of the type"),
    ],
)
def test_a_secret_of_which_the_kubelet_takes_nothing(given: dict[str, Any], said: str) -> None:
    with pytest.raises(NoLogins, match=said):
        logins_of(given)
