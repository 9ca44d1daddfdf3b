"""What `labnode init` runs on a kind node, beside the units of kind's own."""

from __future__ import annotations

import json
from typing import Any

from ckslab.cluster.backend import RUN, NodeSpec
from ckslab.cluster.node import network
from ckslab.cluster.node.conf import common_services, service


def services(spec: NodeSpec) -> list[dict[str, Any]]:
    """A shadow of the kubelet's unit and its log as a file, so that a node looks alike on both backends."""
    journal = ["/usr/bin/journalctl", "--unit=kubelet", "--boot", "--output=cat", "--no-tail", "--follow"]
    ours = [
        {**service("kubelet", ["/bin/sh", "/lab/bin/kubelet.sh"]), "log": f"{RUN}/kubelet-unit.log"},
        {**service("kubelet-log", journal), "log": "/var/log/kubelet.log"},
    ]
    # the pods' resolver listens where they can reach it: CoreDNS asks the node's /etc/resolv.conf
    resolver = f"127.0.0.1:53,{network.ADDRESS}:53"
    return ours + common_services(spec, resolver=resolver, readyz=f"https://{network.ADDRESS}:6443/readyz")


def base_init() -> bytes:
    """init.json of a node on which no lab was laid yet."""
    return json.dumps(init(NodeSpec()), indent=1).encode()


def init(spec: NodeSpec) -> dict[str, Any]:
    """init.json: the unit has run boot.sh before."""
    return {"setup": [], "services": services(spec), "control": f"{RUN}/init.sock"}
