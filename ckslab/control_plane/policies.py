"""Wait, bounded, until the cluster's policies act: what was created a moment ago is not yet enforced."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ckslab.cluster.api import Api
from ckslab.control_plane.listed import Item, items_of, listed, moment, name_of
from ckslab.progress import Progress
from ckslab.waiting import polls

LIMIT = 30.0
"""Seconds. A ValidatingAdmissionPolicy takes 1 to 2."""

SETTLED = 3.0
"""Age in seconds from which an admission policy acts: the API server takes up changes once a second
(policyRefreshInterval, k8s.io/apiserver v0.35.4), and time stamps are cut to whole seconds."""

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
NATIVE = ("validatingadmissionpolicies", "validatingadmissionpolicybindings")


@dataclass(frozen=True, slots=True)
class Awaited:
    """What must still happen until policies act, and for how many seconds at most it is waited for."""

    what: str
    seconds: float


class Enforcer(Protocol):
    """Who enforces policies: the API server its own ones, an add-on those that it brings."""

    def awaited(self, api: Api) -> Awaited | None:
        """What must still happen until all of them act, or None."""

    def acting_policies(self, api: Api) -> frozenset[str]:
        """Those that are there, as denials name them."""


class NativePolicies:
    """The API server's own: ValidatingAdmissionPolicies and their bindings."""

    def awaited(self, api: Api) -> Awaited | None:
        """A policy that was written a moment ago."""
        for plural in NATIVE:
            answer = api.request("GET", f"{ADMISSION}/{plural}")
            if what := policy_awaited(items_of(answer), answer.date):
                return Awaited(what, LIMIT)
        return None

    def acting_policies(self, api: Api) -> frozenset[str]:
        """POLICY/BINDING of each binding whose policy is there."""
        policies, bindings = (list(listed(api, f"{ADMISSION}/{plural}")) for plural in NATIVE)
        there = {name_of(policy) for policy in policies}
        named = ((one["spec"].get("policyName"), name_of(one)) for one in bindings)
        return frozenset(f"{policy}/{binding}" for policy, binding in named if policy in there)


def settle_policies(
    api: Api, progress: Progress, add_ons: Enforcer | None = None, *, limit: float = math.inf
) -> str:
    """Wait until every policy acts. What was still awaited at the limit, "" if nothing was."""
    enforcers = [enforcer for enforcer in (add_ons, NativePolicies()) if enforcer is not None]
    told = ""
    for waited in polls(math.inf, every=0.2):
        awaited = next((found for enforcer in enforcers if (found := enforcer.awaited(api))), None)
        if awaited is None:
            return ""
        if waited > min(awaited.seconds, limit):
            return awaited.what
        if awaited.what != told and waited > 0.3:
            progress.step(f"waiting for {awaited.what}")
            told = awaited.what
    raise AssertionError("each enforcer says how long it is waited for")


def policy_awaited(items: Iterable[Item], now: float) -> str:
    """Which native policy does not act yet; now: by the API server's clock, which wrote their time stamps."""
    for item in items:
        if 0 <= now - _changed(item) < SETTLED or _unchecked(item):
            return f"{item['kind']} {name_of(item)} to act"
    return ""


def acting_names(api: Api, add_ons: Enforcer | None = None) -> frozenset[str]:
    """What there is to speak, as denials name it."""
    theirs: frozenset[str] = frozenset() if add_ons is None else add_ons.acting_policies(api)
    return NativePolicies().acting_policies(api) | theirs


def _changed(item: Item) -> float:
    """When the item's specification was last written, in seconds since the epoch; NaN where nobody says."""
    metadata = item["metadata"]
    written = [one["time"] for one in metadata["managedFields"] or () if one["subresource"] != "status"]
    return max((moment(stamp) for stamp in (metadata["creationTimestamp"], *written) if stamp), default=math.nan)


def _unchecked(item: Item) -> bool:
    """Whether a policy's expressions were not yet type-checked, of which its status would tell."""
    observed = (item["status"] or {}).get("observedGeneration", 0)
    return bool(item["kind"] == "ValidatingAdmissionPolicy" and observed < item["metadata"]["generation"])
