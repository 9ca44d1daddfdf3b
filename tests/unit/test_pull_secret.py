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
        ("https://puller@registry.lab.local:5000", True),  # url.Parse: a user is no part of the host
        ("puller:x@registry.lab.local:5000/team", True),
        ("registry.lab.local:5000?of=x#y", True),
        ("registry.lab.local:5000/te%61m", True),
        ("https://registry.lab.local:5000/other", False),
        (" registry.lab.local:5000", False),  # "invalid character in host name"
        ("registry.lab.local:5000\n", False),
        ("registry.lab.local:5000/\n", False),
        ("Registry.lab.local:5000", False),
        ("registry.lab.local:x5000", False),
    ],
)
def test_for_which_images_an_entry_is_tried(key: str, serves: bool) -> None:
    assert Login(key, "u", "p").serves(IMAGE) is serves


@pytest.mark.parametrize(
    ("key", "knows"),
    [("registry.lab.local:5000/other", True), ("*.lab.local:5000/x", True), ("registry.lab.local/team", False)],
)
def test_of_which_registry_an_entry_is(key: str, knows: bool) -> None:
    assert Login(key, "u", "p").knows(IMAGE) is knows


@pytest.mark.parametrize(
    ("entry", "user", "password"),
    [
        ({"username": "u", "password": "p"}, "u", "p"),
        ({"auth": coded("u:p:q")}, "u", "p:q"),
        ({"auth": coded("u:p"), "username": "other", "password": "other"}, "u", "p"),
        ({"auth": "", "username": "u", "password": "p"}, "u", "p"),
        ({}, "", ""),
        (None, "", ""),
        ({"username": None, "Username": "u", "PASSWORD": "p", "more": [1]}, "u", "p"),
        ({"Auth": coded("u:p")}, "u", "p"),
        ({"auth": "dTpwcA"}, "u", "pp"),  # without its padding
        ({"auth": "dTpw\ncA\r\n"}, "u", "pp"),
        ({"auth": "dTpwcA==\n"}, "u", "pp"),
    ],
)
def test_user_and_password_of_an_entry(entry: dict[str, Any], user: str, password: str) -> None:
    assert logins_of(secret({"auths": {"r": entry}})) == (Login("r", user, password),)


@pytest.mark.parametrize(
    ("document", "keys"),
    [
        ('{"AUTHS": {"r": {"username": "u"}}}', ["r"]),
        ('{"auths": {"r": {}}, "Auths": {"s": {}}}', ["r", "s"]),  # into one map, in turn
        ('{"auths": {"r": {}}, "Auths": null, "auths": {"s": {}}}', ["s"]),
        ('{"auths": {"r": {}, "r": {"username": "u"}}}', ["r"]),
        ('{"auths": {"R": {}, "r": {}}}', ["R", "r"]),  # names of registries are no keys of a struct
        ('{"auths": {"r": {"x": "\\ud800"}}}', ["r"]),
    ],
)
def test_keys_are_taken_as_go_takes_them(document: str, keys: list[str]) -> None:
    assert [one.key for one in logins_of(secret(document))] == keys


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    data = base64.b64encode(b'{"auths": {"r": {"email": "\xff"}}}').decode()
    assert logins_of({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": data}})


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
        (secret({"auths": []}), "its `auths` is no mapping"),
        (secret({"auths": {"r": 1}}), "r is no mapping"),
        (secret({"auths": {"r": {"auth": "%"}}}), "is not base64"),
        (secret({"auths": {"r": {"auth": coded("up")}}}), "USER:PASSWORD"),
        (secret({"auths": {"r": {"auth": "dTpwcA="}}}), "is not base64"),
        (secret({"auths": {"r": {"auth": "dTpwc A"}}}), "is not base64"),
        (secret({"auths": {"r": {"auth": "dT=pwcA"}}}), "is not base64"),
        (secret({"auths": {"r": {"username": 7}}}), "`username` of r is no text"),
        (secret({"auths": {"s": {"username": "u"}, "r": {"email": 7}}}), "`email` of r is no text"),
        (secret({"auths": None}), "no `auths`"),
        (secret('{"auths": {"r": {"more": NaN}}}'), "is not JSON"),
        (secret('\ufeff{"auths": {}}'), "is not JSON"),
        ({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "%"}}, "is not base64"),
        ({"type": "kubernetes.io/dockerconfigjson", "data": []}, "is not JSON"),
        ({"type": ["x"], "data": {}}, "of the type"),
    ],
)
def test_a_secret_of_which_the_kubelet_takes_nothing(given: dict[str, Any], said: str) -> None:
    with pytest.raises(NoLogins, match=said):
        logins_of(given)
