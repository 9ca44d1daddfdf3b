"""The ApiServerFact: what checks may know of the API server."""

from __future__ import annotations

from ckslab.cluster.api import Api
from ckslab.cluster.backend import Node
from ckslab.control_plane import look as control_plane
from ckslab.control_plane.settle import Settled
from ckslab.evidence import ApiServerFact
from ckslab.kubernetes.v1_35.kubelet_messages import about_static_pods


def api_server_fact(node: Node, api: Api, settled: Settled) -> ApiServerFact:
    """From one look and one request to /version.

    An API server that has ended on its files is down, although the kubelet starts it again and again.
    """
    seen = settled.look if settled.state == "ended" else control_plane.look(node)
    kubelet = about_static_pods(node.kubelet_log(), seen.changed, seen.now)
    number = seen.log_path.rpartition("/")[2].split(".")[0]
    restarts = int(number) if number.isdigit() else 0
    if seen.live is None or settled.state == "ended":
        since = seen.log_ends or None
        return ApiServerFact("down", (), {}, {}, False, seen.log, seen.log_path, kubelet, restarts, since)
    version = ""
    if ready := api.ready():
        answer = api.request("GET", "/version", timeout=3.0)
        version = answer.body["gitVersion"] if answer.status == 200 else ""
    return ApiServerFact(
        "ready" if ready else "not-ready",
        seen.live.argv,
        seen.live.files,
        seen.live.later,
        not seen.live.partial,
        seen.log,
        seen.log_path,
        kubelet,
        restarts,
        None,
        version,
    )
