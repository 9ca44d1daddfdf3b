"""What a Gatekeeper template does with other parameters than the learner's: a constraint of ours tells."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ckslab.evidence import Fact, Need, Unavailable
from ckslab.needs.objects import TRIAL, trial_match
from ckslab.waiting import polls

if TYPE_CHECKING:
    from ckslab.cluster.api import Api
    from ckslab.needs.sources import Sources

CONSTRAINTS = "constraints.gatekeeper.sh/v1beta1"
LABEL = TRIAL
"""On the constraint, and on the pods that it matches: nobody else's."""
SECONDS = 20.0
ENFORCED_SECONDS = 4.0
"""How long a constraint is tried that Gatekeeper says it enforces, before it is believed to refuse nothing."""


@dataclass(frozen=True, slots=True)
class ConstraintTrialFact:
    """Whether the constraint refused a pod of each image, in the order of the need's.

    problem: why no such constraint could be made ("" if one was).
    """

    refused: tuple[bool, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ConstraintTrialNeed(Need[ConstraintTrialFact]):
    """What a constraint of the kind with these parameters (canonical JSON) says to pods of these images.

    It is really made, matches pods with a label of ours alone, which are sent as dry runs, and is removed.
    """

    live: ClassVar[bool] = True
    kind: str
    parameters: str
    images: tuple[str, ...]

    def words(self) -> str:
        """What is asked."""
        return "what the policy does with other parameters"

    @classmethod
    def collect(cls, needs: Collection[Self], sources: Sources) -> dict[Self, Fact]:
        """Try them, one after another."""
        from ckslab.needs.api_server import NOT_READY

        if not sources.api.ready():
            return dict.fromkeys(needs, NOT_READY)
        return {need: tried(sources.api, need) for need in sorted(needs, key=repr)}


def tried(api: Api, need: ConstraintTrialNeed) -> Fact:
    """The verdicts of a constraint that is made for it and removed again; ones that were left go first."""
    from ckslab.cluster.api import NotServed

    try:
        folder = api.path_of(CONSTRAINTS, need.kind, None)
    except NotServed:
        return ConstraintTrialFact(problem=f"the API server serves no {need.kind}: no template has made this kind")
    _remove_left(api, folder)
    nonce = secrets.token_hex(6)
    made = api.request(
        "POST",
        folder,
        {
            "apiVersion": CONSTRAINTS,
            "kind": need.kind,
            "metadata": {"name": f"trial-{nonce}", "labels": {LABEL: nonce}},
            "spec": {"match": trial_match(nonce), "parameters": json.loads(need.parameters)},
        },
    )
    if 400 <= made.status < 500:
        return ConstraintTrialFact(problem=str((made.body or {}).get("message", made.text)))
    if made.status != 201:
        return Unavailable(f"no constraint could be tried: {made.text[:200]}", api_down=made.status == 0)
    try:
        return _watched(api, f"{folder}/trial-{nonce}", need.images, nonce)
    finally:
        api.request("DELETE", f"{folder}/trial-{nonce}")


def _watched(api: Api, path: str, images: tuple[str, ...], nonce: str) -> Fact:
    """Its verdicts, once it acts."""
    enforced: float | None = None
    for _ in polls(SECONDS, every=0.3):
        refused = tuple(_refuses(api, image, nonce) for image in images)
        if any(refused):
            return ConstraintTrialFact(tuple(_refuses(api, image, nonce) for image in images))
        if enforced is None and _enforced(api, path):
            enforced = time.monotonic()
        if enforced is not None and time.monotonic() - enforced > ENFORCED_SECONDS:
            return ConstraintTrialFact(refused)
    return Unavailable(f"Gatekeeper does not take up a constraint in {SECONDS:.0f} s")


def _refuses(api: Api, image: str, nonce: str) -> bool:
    """Whether the constraint is among those that refuse a pod of the image."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"trial-pod-{secrets.token_hex(4)}", "labels": {LABEL: nonce}},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }
    answer = api.request("POST", "/api/v1/namespaces/default/pods?dryRun=All", pod)
    return 400 <= answer.status < 500 and f"trial-{nonce}" in answer.text


def _enforced(api: Api, path: str) -> bool:
    """Whether Gatekeeper's webhook says that it enforces the constraint."""
    answer = api.request("GET", path)
    status: dict[str, Any] = answer.body.get("status") or {} if answer.status == 200 else {}
    by_pod = status.get("byPod") or ()
    return any(one.get("enforced") and "webhook" in (one.get("operations") or ()) for one in by_pod)


def _remove_left(api: Api, folder: str) -> None:
    """Remove the constraints that an interrupted grading left: a lab is graded by one at a time."""
    left = api.request("GET", f"{folder}?labelSelector={LABEL}")
    for item in (left.body or {}).get("items", ()) if left.status == 200 else ():
        api.request("DELETE", f"{folder}/{item['metadata']['name']}")
