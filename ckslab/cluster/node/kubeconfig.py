"""The admin's kubeconfig for use from this machine, made of what the node's own one holds."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from ckslab.errors import LabError
from ckslab.kubernetes.yaml.text import YamlProblem, read_yaml

CLUSTER, USER = "kubernetes", "kubernetes-admin"
"""As kubeadm names them."""

CONTEXT = f"{USER}@{CLUSTER}"


def admin_kubeconfig(text: str, server: str) -> str:
    """A kubeconfig (JSON, and so YAML) of this server and the certificates in `text`; LabError where one is not.

    Nothing else is taken over: the node's root may write there, and a kubeconfig names programs that kubectl would
    run on this machine.
    """
    try:
        config = read_yaml(text).value
    except YamlProblem as problem:
        raise LabError(f"the admin's kubeconfig is not YAML: {problem}") from None
    cluster, user = _first(config, "clusters", "cluster"), _first(config, "users", "user")
    ca = _data(cluster, "certificate-authority-data")
    pair = {key: _data(user, key) for key in ("client-certificate-data", "client-key-data")}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CLUSTER, "cluster": {"server": server, "certificate-authority-data": ca}}],
            "users": [{"name": USER, "user": pair}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CLUSTER, "user": USER}}],
            "current-context": CONTEXT,
        },
        indent=1,
    )


def _first(config: Any, many: str, one: str) -> dict[str, Any]:
    entries = config.get(many) if isinstance(config, dict) else None
    entry = entries[0] if isinstance(entries, list) and entries else None
    found = entry.get(one) if isinstance(entry, dict) else None
    if not isinstance(found, dict):
        raise LabError(f"the admin's kubeconfig has no {many}")
    return found


def _data(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    try:
        if not isinstance(value, str) or b"-----BEGIN" not in base64.b64decode(value, validate=True):
            raise LabError(f"the admin's kubeconfig has no {key}")
    except (binascii.Error, ValueError):
        raise LabError(f"the admin's kubeconfig has no {key}") from None
    return value
