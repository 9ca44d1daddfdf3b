"""What `labnode init` runs on a kind node, beside the units of kind's own."""

from __future__ import annotations

from typing import Any

from ckslab.cluster.backend import RUN, NodeSpec
from ckslab.cluster.node import network
from ckslab.cluster.node.services import common_services, init_json, service


def services(spec: NodeSpec) -> list[dict[str, Any]]:
    """A shadow of the kubelet's unit and its log as a file, so that a node looks alike on both backends."""
    journal = ["/usr/bin/journalctl", "--unit=kubelet", "--boot", "--output=cat", "--no-tail", "--follow"]
    ours = [
        service("kubelet", ["/bin/sh", "/lab/bin/kubelet.sh"], log=f"{RUN}/kubelet-unit.log"),
        service("kubelet-log", journal),
    ]
    # the pods' resolver listens where they can reach it: CoreDNS asks the node's /etc/resolv.conf
    return ours + common_services(spec, resolver=f"127.0.0.1:53,{network.ADDRESS}:53")


def init(spec: NodeSpec) -> str:
    """init.json: the unit has run boot.sh before."""
    return init_json(services(spec))
