"""Probes sent: server-side dry runs, each with a nonce of its own because a webhook's verdicts are cached."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Literal, TypeVar

from ckslab.cluster.api import Answer, Api
from ckslab.errors import CkslabError
from ckslab.evidence import Fact, Unavailable
from ckslab.needs.api_server import NOT_READY
from ckslab.needs.probe import NONCE, ImageReviewLogEntry, ProbeFact, ProbeNeed
from ckslab.needs.probe.deleted_policies import retry_past_deleted_policies
from ckslab.needs.probe.ephemeral import patch_carrier
from ckslab.needs.probe.workload import try_workload
from ckslab.needs.sources import Sources

SIDE_BY_SIDE = 8
REQUEST_SECONDS = 20.0

N = TypeVar("N", bound=ProbeNeed)


def probe_round(needs: Collection[N], sources: Sources) -> dict[N, Fact]:
    """An answer to each probe; what policies that are gone still say is asked again."""
    if sources.ended:
        return dict.fromkeys(needs, ProbeFact("failed", 0, "", "the API server is down"))
    if not sources.api.ready():
        return dict.fromkeys(needs, NOT_READY)

    def send(some: Collection[N]) -> dict[N, Fact]:
        return send_probes(some, sources)

    return retry_past_deleted_policies(sources.api, send, send(needs), sources.add_ons)


def send_probes(needs: Collection[N], sources: Sources) -> dict[N, Fact]:
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
                found |= _send(group, sources)
        except (CkslabError, TimeoutError) as error:
            found |= dict.fromkeys(group, Unavailable(str(error)))
    return found


def _send(needs: list[N], sources: Sources) -> dict[N, Fact]:
    nonces = {need: secrets.token_hex(8) for need in needs}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        # those that take seconds first, so that the quick ones run beside them
        needs = sorted(needs, key=lambda need: need.via != "workload")
        facts = dict(zip(needs, pool.map(lambda need: _one(sources.api, need, nonces[need]), needs), strict=True))
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


def _one(api: Api, need: ProbeNeed, nonce: str) -> ProbeFact | Unavailable:
    manifest: dict[str, Any] = json.loads(need.manifest)
    metadata = manifest.setdefault("metadata", {})
    metadata.setdefault("annotations", {})[NONCE] = nonce
    begin = time.monotonic()
    try:
        if need.via == "workload":
            answer = try_workload(api, manifest, need.namespace, nonce, REQUEST_SECONDS)
        elif need.via == "ephemeral":
            answer = patch_carrier(api, manifest, need.namespace, nonce, REQUEST_SECONDS)
        else:
            metadata.setdefault("name", f"probe-{nonce}")
            path = api.path_of(manifest["apiVersion"], manifest["kind"], need.namespace)
            answer = api.request("POST", f"{path}?dryRun=All", manifest, timeout=REQUEST_SECONDS)
    except CkslabError as error:
        return Unavailable(error.message, api_down=not api.ready())
    return _fact(answer, int((time.monotonic() - begin) * 1000))


def _fact(answer: Answer, millis: int) -> ProbeFact:
    body = answer.body if isinstance(answer.body, dict) else {}
    if 200 <= answer.status < 300:
        return ProbeFact("admitted", answer.status, "", "", None, answer.warnings, millis)
    message = str(body.get("message", answer.text))
    outcome: Literal["denied", "failed"] = "denied" if 400 <= answer.status < 500 else "failed"
    reason = str(body.get("reason", ""))
    return ProbeFact(outcome, answer.status, reason, message, None, answer.warnings, millis)
