"""Which Kubernetes a node runs: what ckslab knows of its API server holds for one minor."""

from __future__ import annotations

from ckslab.cluster.api import Api
from ckslab.errors import LabError
from ckslab.kubernetes.versions import MINOR, minor


def refuse_other_minor(api: Api) -> None:
    """LabError where the API server, which is ready, says that it is of another minor."""
    answer = api.request("GET", "/version", timeout=3.0)
    said = answer.body.get("gitVersion") if isinstance(answer.body, dict) else None
    found = minor(said) if isinstance(said, str) else ""
    if found and found != MINOR:
        raise LabError(
            f"the API server is Kubernetes {found}, and labs are graded by what {MINOR} does",
            advice="make the lab anew, with the node image that ckslab takes by itself: ckslab stop, ckslab start",
        )
