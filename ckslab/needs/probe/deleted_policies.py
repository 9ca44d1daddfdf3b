"""A policy that was deleted a moment ago still acts: what it alone denied is asked again when it is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from ckslab.cluster.api import Api
from ckslab.control_plane.policies import Enforcer, acting_names
from ckslab.evidence import Fact, Unavailable
from ckslab.kubernetes.denials.policy import policies_named
from ckslab.needs.probe import ProbeFact, ProbeNeed
from ckslab.waiting import polls

LIMIT = 10.0
"""Seconds. The API server forgets a binding within 1 (policyRefreshInterval), Gatekeeper a constraint in less."""

N = TypeVar("N", bound=ProbeNeed)
Send = Callable[[Collection[N]], dict[N, Fact]]


def retry_past_deleted_policies(
    api: Api, send: Send[N], found: Mapping[N, Fact], add_ons: Enforcer | None = None
) -> dict[N, Fact]:
    """The facts without the verdicts of policies that are gone; Unavailable where one still acts after 10 s."""
    answers = dict(found)
    gone: dict[N, tuple[frozenset[str], bool]] = {}
    for waited in polls(LIMIT, every=0.3):
        answers |= send(gone) if waited else {}
        gone = _by_deleted(api, answers, add_ons)
        if not gone:
            return answers
    # beside one that is there, a name may be a line of that one's own message: its verdict stands
    late = {need: min(names) for need, (names, all_gone) in gone.items() if all_gone}
    return answers | {need: Unavailable(f"{name} is deleted and still acts") for need, name in late.items()}


def _by_deleted(
    api: Api, found: Mapping[N, Fact], add_ons: Enforcer | None
) -> dict[N, tuple[frozenset[str], bool]]:
    """The probes on which policies spoke that are not there any more: their names, and whether nobody else did."""
    spoke = {need: policies_named(fact) for need, fact in found.items() if isinstance(fact, ProbeFact)}
    spoke = {need: names for need, names in spoke.items() if names}
    if not spoke:
        return {}
    there = acting_names(api, add_ons)
    return {need: (names - there, not names & there) for need, names in spoke.items() if names - there}
