"""What `labnode init` runs on every node, whatever the backend."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ckslab.cluster.backend import RUN, NodeSpec
from ckslab.cluster.node import log_keeper, network


def service(name: str, argv: Sequence[str], **more: Any) -> dict[str, Any]:
    """A service of init; a program without a path is one of /lab/bin. more: see labnode's own configuration."""
    program = argv[0] if argv[0].startswith("/") else f"/lab/bin/{argv[0]}"
    return {"name": name, "argv": [program, *argv[1:]], "log": f"/var/log/{name}.log", **more}


def common_services(spec: NodeSpec, *, resolver: str) -> list[dict[str, Any]]:
    """What every node runs, and the lab's services. resolver: where it listens."""
    own_times = ["--stock"] if spec.stock else []
    services = [
        service("resolver", ["labnode", "resolver", "--hosts", "/etc/hosts", "--listen", resolver]),
        service("watch", ["labnode", "watch", "--process", "kube-apiserver", "--out", f"{RUN}/starts.json"]),
        service("log-keeper", log_keeper.ARGV),
        service("nudge", ["labnode", "nudge", "--readyz", network.READYZ, *own_times]),
    ]
    return services + [
        service(each.name, each.argv, wait_for=each.wait_for, env=dict(each.environment)) for each in spec.services
    ]


def init_json(services: Sequence[dict[str, Any]], setup: Sequence[Sequence[str]] = ()) -> str:
    """The configuration of `labnode init`. setup: commands that it runs before the services."""
    return json.dumps({"setup": setup, "services": services, "control": f"{RUN}/init.sock"}, indent=1)
