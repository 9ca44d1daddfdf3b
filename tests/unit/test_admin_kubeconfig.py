"""The admin's kubeconfig on this machine holds certificates of the node's own one, and nothing else of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ckslab.cluster.node.kubeconfig import admin_kubeconfig
from ckslab.errors import LabError

SERVER = "https://127.0.0.1:40000"


def pem(what: str) -> str:
    return base64.b64encode(f"-----BEGIN {what}-----\n".encode()).decode()


def config(**user: Any) -> dict[str, Any]:
    cluster = {"server": "https://elsewhere:6443", "certificate-authority-data": pem("CA"), "proxy-url": "http://x"}
    pair = {"client-certificate-data": pem("CERTIFICATE"), "client-key-data": pem("KEY")}
    return {"clusters": [{"name": "a", "cluster": cluster}], "users": [{"name": "b", "user": {**pair, **user}}]}


def test_programs_servers_and_proxies_that_the_node_names_are_not_taken_over() -> None:
    made = admin_kubeconfig(json.dumps(config(exec={"command": "/bin/evil"}, tokenFile="/etc/passwd")), SERVER)
    for word in ("evil", "exec", "tokenFile", "elsewhere", "proxy"):
        assert word not in made
    assert json.loads(made)["clusters"][0]["cluster"] == {"server": SERVER, "certificate-authority-data": pem("CA")}
    assert json.loads(made)["users"][0]["user"] == {
        "client-certificate-data": pem("CERTIFICATE"),
        "client-key-data": pem("KEY"),
    }
    assert admin_kubeconfig(made, SERVER) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[]",
        "clusters: 5",
        "clusters: [5]",
        "clusters: [{cluster: []}]",
        json.dumps({**config(), "users": []}),
        json.dumps(config(**{"client-key-data": 5})),
        json.dumps(config(**{"client-key-data": "%%"})),
        json.dumps(config(**{"client-key-data": "bm90IFBFTQ=="})),
        "a: &a [x]\nb: &b [*a, *a]\n" + "".join(f"c{n}: &c{n} [*b, *b, *b]\n" for n in range(9000)),
    ],
)
def test_one_that_is_broken_is_said_to_be(text: str) -> None:
    with pytest.raises(LabError, match="the admin's kubeconfig"):
        admin_kubeconfig(text, SERVER)
