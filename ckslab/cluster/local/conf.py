"""The folder /lab/conf of a node: what its init runs, and what is laid over its files at the first boot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ckslab.cluster.backend import RUN, NodeFile, NodeService, NodeSpec, tools_of
from ckslab.cluster.local import TEMPLATES
from ckslab.cluster.node import network
from ckslab.cluster.node.conf import host_lines, tar_of, write_services, write_text
from ckslab.cluster.node.services import common_services, init_json, service
from ckslab.cluster.node.templates import APISERVER_PATCH, SHARED, filled

TOOLS = "tools.json"
"""Which tools the node has: a stopped one is booted with them again."""


def tools(conf: Path) -> dict[str, str]:
    """The tools of a node's layers; none for a node of an older ckslab."""
    path = conf / TOOLS
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def write_conf(conf: Path, spec: NodeSpec, *, api_server: bool = True) -> None:
    """Fill `conf` for a lab's node; without `api_server` the kubelet waits to be started (a node template's)."""
    (conf / "patches").mkdir(parents=True, exist_ok=True)
    write_text(conf / "boot.sh", filled(TEMPLATES / "boot.sh"))
    write_text(conf / "kubeadm.yaml", filled(TEMPLATES / "kubeadm.yaml"))
    write_text(conf / "kube-proxy.yaml", filled(TEMPLATES / "kube-proxy.yaml"))
    write_text(conf / "patches" / APISERVER_PATCH, filled(SHARED / APISERVER_PATCH))
    write_services(conf, spec.services)
    files = (*spec.files, _hosts(spec.services))
    (conf / "overlay.tar").write_bytes(tar_of(files))
    write_text(conf / "removed", "".join(f"{path}\n" for path in spec.removed))
    write_text(conf / TOOLS, json.dumps(tools_of(spec.layers)))
    write_text(conf / "init.json", init_json(_services(spec, api_server), [["/bin/sh", "/lab/conf/boot.sh"]]))


def _hosts(of_lab: Sequence[NodeService]) -> NodeFile:
    text = f"127.0.0.1 localhost\n{network.ADDRESS} {network.HOSTNAME}\n{host_lines(of_lab)}"
    return NodeFile("/etc/hosts", text.encode())


def _services(spec: NodeSpec, api_server: bool) -> list[dict[str, Any]]:
    kubelet = [
        "kubelet",
        "--config=/var/lib/kubelet/config.yaml",
        "--kubeconfig=/etc/kubernetes/kubelet.conf",
        f"--hostname-override={network.HOSTNAME}",
        f"--node-ip={network.ADDRESS}",
    ]
    kube_proxy = [
        *("labnode", "after", "--readyz", network.READYZ, "--"),
        *("/lab/bin/kube-proxy", "--config=/lab/conf/kube-proxy.yaml", f"--hostname-override={network.HOSTNAME}"),
    ]
    return [
        service("containerd", ["containerd", "--config", "/etc/containerd/config.toml"]),
        service("relay", ["labnode", "relay", f"unix:{RUN}/api.sock", f"tcp:{network.ADDRESS}:{network.PORT}"]),
        # as systemd starts it, who gives a unit no home: logins in root's count for the kubelet nowhere
        service("kubelet", kubelet, wait_for=network.CONTAINERD_SOCKET, autostart=api_server, env={"HOME": "/"}),
        service("kube-proxy", kube_proxy, unless_missing="/usr/sbin/iptables", autostart=api_server),
        *common_services(spec, resolver=f"127.0.0.1:53,{network.ADDRESS}:53"),
    ]
