"""Admission probes: server-side dry runs, each with a nonce of its own because the webhook caches decisions."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from ckslab.cluster.api import Answer, Api
from ckslab.cluster.backend import Node
from ckslab.errors import CkslabError
from ckslab.evidence import Asked, Fact, ProbeFact, ProbeNeed, Unavailable
from ckslab.needs.probe.ephemeral import patch_carrier
from ckslab.needs.probe.workload import try_workload
from ckslab.needs.sources import RunningService

ANNOTATION = "ckslab.image-policy.k8s.io/nonce"
"""Only annotations whose key holds `.image-policy.k8s.io/` reach the webhook (and its cache's key)."""

SIDE_BY_SIDE = 8
REQUEST_SECONDS = 20.0


Services = Mapping[str, RunningService]


def collect_probes(node: Node, api: Api, needs: Iterable[ProbeNeed], services: Services) -> dict[ProbeNeed, Fact]:
    """All probes: first those with every service running, then those with one stopped."""
    wanted = list(needs)
    found: dict[ProbeNeed, Fact] = {}
    for stopped in (None, *sorted({need.stopped for need in wanted if need.stopped})):
        group = [need for need in wanted if need.stopped == stopped]
        if not group:
            continue
        try:
            for service in services.values():
                service.ensure(node)
            if stopped is None:
                found |= _send(node, api, group, services)
            else:
                with services[stopped].stopped(node):
                    found |= _send(node, api, group, services)
        except (CkslabError, TimeoutError) as error:
            found |= dict.fromkeys(group, Unavailable(str(error)))
    return found


def _send(node: Node, api: Api, needs: list[ProbeNeed], services: Services) -> dict[ProbeNeed, Fact]:
    nonces = {need: secrets.token_hex(8) for need in needs}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        # those that take seconds first, so that the quick ones run beside them
        needs = sorted(needs, key=lambda need: need.via != "workload")
        facts = dict(zip(needs, pool.map(lambda need: _one(api, need, nonces[need]), needs), strict=True))
    asked = _reviews(node, services)
    if asked is None:
        return dict(facts)
    return {
        need: replace(fact, asked=tuple(asked.get(nonces[need], ()))) if isinstance(fact, ProbeFact) else fact
        for need, fact in facts.items()
    }


def _reviews(node: Node, services: Services) -> dict[str, list[Asked]] | None:
    """What all services were asked, by nonce; None where there is none that would be."""
    all_of_them = [service.reviews(node) for service in services.values()]
    asking = [reviews for reviews in all_of_them if reviews is not None]
    if not asking:
        return None
    merged: dict[str, list[Asked]] = {}
    for reviews in asking:
        for nonce, entries in reviews.items():
            merged.setdefault(nonce, []).extend(entries)
    return merged


def _one(api: Api, need: ProbeNeed, nonce: str) -> ProbeFact | Unavailable:
    manifest: dict[str, Any] = json.loads(need.manifest)
    metadata = manifest.setdefault("metadata", {})
    metadata.setdefault("annotations", {})[ANNOTATION] = nonce
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
    warnings = answer.warnings
    if 200 <= answer.status < 300:
        return ProbeFact("admitted", answer.status, "", "", None, warnings, millis)
    message = str(body.get("message", answer.text))
    outcome = "denied" if 400 <= answer.status < 500 else "failed"
    return ProbeFact(outcome, answer.status, str(body.get("reason", "")), message, None, warnings, millis)  # type: ignore[arg-type]
