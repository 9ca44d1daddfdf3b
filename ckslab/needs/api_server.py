"""The API server: its process, the files it read at its start, whether it is ready, its log."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from ckslab.evidence import Fact, Need, Unavailable

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.control_plane.look import Look
    from ckslab.needs.sources import Sources

NOT_READY = Unavailable("the API server is not ready", api_down=True)
"""Known before asking: one whose etcd is gone lets each request wait for its time-out."""


@dataclass(frozen=True, slots=True)
class ApiServerFact:
    """The API server at the moment of grading, after the control plane was settled.

    state: "ready" (/readyz answers ok), "not-ready" (a process runs, /readyz does not say ok), "down".
    argv: the live process's argument vector (empty when down). files_at_start: container path -> sha256 hex of
    each file below the container's mounts when the live process began, as far as they could be read, and
    `-> TARGET` of each symlink; files_soon_after: of those that were another two seconds later, which it may have
    read as well. log: last lines of the newest container's log, oldest first,
    the time stamps of the container runtime removed. log_path: that log on the node. kubelet: the
    kubelet's lines about this static pod that are newer than the manifests' last change.
    restarts: how often the container was started again with this manifest. down_since: RFC 3339, or None.
    kubelet_runs: whether there is a kubelet; asked where the API server is not ready only.
    pod_uid: of the pod that the live process is of, container: its name there, program: the path of what runs, as
    the container sees it; "" where nobody could read it. outdated: whether a manifest was changed after the live
    process began, and there is no kubelet that takes it up.
    settled: False where it was waited for in vain: its log may be of other files than there are now.
    """

    state: Literal["ready", "not-ready", "down"]
    argv: tuple[str, ...] = ()
    files_at_start: Mapping[str, str] = field(default_factory=dict)
    files_soon_after: Mapping[str, str] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    log_path: str = ""
    kubelet: tuple[str, ...] = ()
    restarts: int = 0
    down_since: str | None = None
    version: str = ""
    pod_uid: str = ""
    container: str = ""
    program: str = ""
    outdated: bool = False
    settled: bool = True
    kubelet_runs: bool = True


@dataclass(frozen=True, slots=True)
class ApiServerNeed(Need[ApiServerFact]):
    """The live API server: process, files seen at its start, readiness, logs."""

    live: ClassVar[bool] = True

    def words(self) -> str:
        """What is asked."""
        return "what the API server does"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Look at the node and ask the server."""
        return dict.fromkeys(needs, _fact(sources))


def _fact(sources: Sources) -> ApiServerFact:
    """From one look and one request to /version.

    An API server that has ended on its files is down, although the kubelet starts it again and again. Whether it
    serves is asked once more before it is called down.
    """
    from ckslab.control_plane.look import kubelet_runs, look
    from ckslab.control_plane.settle import without_kubelet

    settled, ready = sources.settled, sources.api.ready()
    at_the_end = settled is not None and settled.state == "ended" and not ready
    seen = settled.look if settled is not None and at_the_end else look(sources.node)
    common: dict[str, Any] = {
        "log": seen.log,
        "log_path": seen.log_path,
        "kubelet": seen.kubelet_words(sources.node.kubelet_log()),
        "restarts": _restarts(seen),
        "settled": settled is None or settled.state != "unsettled",
        "kubelet_runs": ready or kubelet_runs(sources.node),
    }
    if not ready and (seen.live is None or at_the_end):
        return ApiServerFact("down", down_since=seen.log_ends or None, **common)
    live = seen.live
    return ApiServerFact(
        "ready" if ready else "not-ready",
        argv=live.argv if live else (),
        files_at_start=live.files if live else {},
        files_soon_after=live.later if live else {},
        version=_version(sources.api) if ready else "",
        pod_uid=live.pod_uid if live else "",
        container=live.container if live else "",
        program=live.program if live else "",
        outdated=live is not None and live.seen < seen.changed and without_kubelet(sources.node),
        **common,
    )


def _restarts(seen: Look) -> int:
    """The number in the name of the container's log."""
    number = seen.log_path.rpartition("/")[2].split(".")[0]
    return int(number) if number.isdigit() else 0


def _version(api: Api) -> str:
    answer = api.request("GET", "/version", timeout=3.0)
    version = answer.body.get("gitVersion") if isinstance(answer.body, dict) else None
    return version if isinstance(version, str) else ""
