"""A round of probes: sent side by side, and again where a policy spoke that is not there any more.

Each has a nonce of its own, because a webhook's verdicts are cached.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from typing import Literal, TypeVar

from ckslab.cluster.api import Answer, Api, NotServed
from ckslab.control_plane.policies import Enforcer, acting_names
from ckslab.errors import CkslabError
from ckslab.evidence import Fact, Unavailable, fault
from ckslab.kubernetes.denials.policy import policies_named
from ckslab.needs.api_server import NOT_READY
from ckslab.needs.probe import ImageReviewLogEntry, NewNamespace, ProbeFact, ProbeNeed
from ckslab.needs.probe.draw import Draw
from ckslab.needs.probe.namespaces import made_namespaces
from ckslab.needs.probe.requests import Request, drawn_request, send_request
from ckslab.needs.sources import Sources
from ckslab.waiting import polls

SIDE_BY_SIDE = 8
DELETED_SECONDS = 10.0
"""The API server forgets a binding within 1 s (policyRefreshInterval), Gatekeeper a constraint in less."""

N = TypeVar("N", bound=ProbeNeed)
Send = Callable[[Collection[N]], dict[N, Fact]]
Names = Mapping[NewNamespace, str | Answer]
"""New namespaces by their names, or by the answer that their creation met."""


def probe_round(needs: Collection[N], sources: Sources) -> dict[N, Fact]:
    """An answer to each probe; what policies that are gone still say is asked again."""
    if sources.ended:
        return dict.fromkeys(needs, ProbeFact("failed", 0, "", "the API server is down"))
    if not sources.api.ready():
        return dict.fromkeys(needs, NOT_READY)

    known = sources.lab.lab_fact()
    if isinstance(known, Unavailable):
        return dict.fromkeys(needs, known)
    draw = Draw(f"{known.nonce}/{known.seed}")
    wanted = {need.namespace for need in needs if isinstance(need.namespace, NewNamespace)}
    with made_namespaces(sources.api, wanted, draw) as names:

        def again(some: Collection[N]) -> dict[N, Fact]:
            return send_probes(some, sources, draw, names)

        return retry_past_deleted_policies(sources.api, again, again(needs), sources.add_ons)


def send_probes(needs: Collection[N], sources: Sources, draw: Draw, names: Names) -> dict[N, Fact]:
    """All probes: first those with every service running, then those with one stopped."""
    found: dict[N, Fact] = {}
    for stopped in (None, *sorted({need.stopped for need in needs if need.stopped})):
        group = [need for need in needs if need.stopped == stopped]
        if not group:
            continue
        try:
            for service in sources.services.values():
                service.ensure(sources.node)
            with nullcontext() if stopped is None else sources.services[stopped].stopped(sources.node):
                found |= _send(group, sources, draw, names)
        except (CkslabError, TimeoutError) as error:
            found |= dict.fromkeys(group, Unavailable(str(error)))
    return found


def _send(needs: list[N], sources: Sources, draw: Draw, names: Names) -> dict[N, Fact]:
    nonces = {need: secrets.token_hex(8) for need in needs}
    shown = bool(sources.services)

    def one(need: N) -> ProbeFact | Unavailable:
        return _one(sources.api, need, draw, names, nonces[need], shown=shown)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        # those that take seconds first, so that the quick ones run beside them
        needs = sorted(needs, key=lambda need: need.via != "workload")
        facts = dict(zip(needs, pool.map(one, needs), strict=True))
    reviews = [service.reviews(sources.node) for service in sources.services.values()]
    asked = [found for found in reviews if found is not None]
    return {need: _with_reviews(fact, nonces[need], asked) for need, fact in facts.items()}


def _with_reviews(
    fact: ProbeFact | Unavailable, nonce: str, asked: Sequence[Mapping[str, Sequence[ImageReviewLogEntry]]]
) -> Fact:
    """The answer with what those of the lab's services that are asked about images were asked about it."""
    if isinstance(fact, Unavailable) or not asked:
        return fact
    return replace(fact, asked=tuple(entry for found in asked for entry in found.get(nonce, ())))


def _one(
    api: Api, need: ProbeNeed, draw: Draw, names: Names, nonce: str, *, shown: bool
) -> ProbeFact | Unavailable:
    """The answer to one probe; in a namespace that could not be made, the answer that its creation met."""
    begin = time.monotonic()
    place = names[need.namespace] if isinstance(need.namespace, NewNamespace) else need.namespace
    if isinstance(place, Answer):
        return _fact(place, None, 0)
    try:
        request = drawn_request(need, place, draw, nonce, shown=shown)
        answer = send_request(api, request)
    except NotServed as error:  # what the API server answers to an object of a kind that it does not serve
        return ProbeFact("denied", 404, "NotFound", error.message)
    except CkslabError as error:
        return Unavailable(error.message, api_down=not api.ready())
    except Exception as error:  # what makes no sense in one answer leaves the other probes alone
        return Unavailable(fault("a probe", error))
    return _fact(answer, request, int((time.monotonic() - begin) * 1000))


def _fact(answer: Answer, request: Request | None, millis: int) -> ProbeFact:
    body = answer.body if isinstance(answer.body, dict) else {}
    sent = None if request is None else request.sent
    if 200 <= answer.status < 300:
        return ProbeFact("admitted", answer.status, "", "", None, answer.warnings, millis, sent, body)
    message = str(body.get("message", answer.text))[: 16 << 10]  # whoever wrote the policy wrote it
    outcome: Literal["denied", "failed"] = "denied" if 400 <= answer.status < 500 else "failed"
    reason = str(body.get("reason", ""))
    return ProbeFact(outcome, answer.status, reason, message, None, answer.warnings, millis, sent)


def retry_past_deleted_policies(
    api: Api, send: Send[N], found: Mapping[N, Fact], add_ons: Enforcer | None = None
) -> dict[N, Fact]:
    """The facts without the verdicts of policies that are gone; Unavailable where one still acts after 10 s."""
    answers = dict(found)
    gone: dict[N, tuple[frozenset[str], bool]] = {}
    for waited in polls(DELETED_SECONDS, every=0.3):
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
