"""Admission probes: server-side dry runs, each with a nonce of its own because the webhook caches decisions."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ckslab.cluster.api import Answer, Api
from ckslab.cluster.backend import LABNODE, RUN, SCANNER_LOG, Node
from ckslab.control_plane.look import scanner_status
from ckslab.errors import CkslabError
from ckslab.evidence import Asked, Fact, ProbeFact, ProbeNeed, Unavailable
from ckslab.needs.probe.ephemeral import patch_carrier
from ckslab.needs.probe.workload import try_workload

ANNOTATION = "ckslab.image-policy.k8s.io/nonce"
"""Only annotations whose key holds `.image-policy.k8s.io/` reach the webhook (and its cache's key)."""

SIDE_BY_SIDE = 8
LEASE_SECONDS = 30
REQUEST_SECONDS = 20.0


def collect_probes(node: Node, api: Api, needs: Iterable[ProbeNeed], scanners: list[str]) -> dict[ProbeNeed, Fact]:
    """All probes: first those with every service running, then those with one stopped."""
    wanted = list(needs)
    found: dict[ProbeNeed, Fact] = {}
    for stopped in (None, *sorted({need.stopped for need in wanted if need.stopped})):
        group = [need for need in wanted if need.stopped == stopped]
        if not group:
            continue
        try:
            for name in scanners:
                _revive(node, name)
            if stopped is None:
                found |= _send(node, api, group, scanners)
            else:
                with _stopped(node, stopped):
                    found |= _send(node, api, group, scanners)
        except (CkslabError, TimeoutError) as error:
            found |= dict.fromkeys(group, Unavailable(str(error)))
    return found


def _revive(node: Node, name: str) -> None:
    """A scanner that somebody killed is started again: its absence is not the learner's answer."""
    if scanner_status(node, name):
        return
    node.restart_service(f"scanner-{name}")
    end = time.monotonic() + 5.0
    while not scanner_status(node, name):
        if time.monotonic() > end:
            raise CkslabError(f"the lab's {name} does not run and could not be started again")
        time.sleep(0.1)


@contextmanager
def _stopped(node: Node, name: str) -> Iterator[None]:
    """The service refuses connections; it serves again when we are done, or dead."""
    socket = f"{RUN}/scanner-{name}.sock"
    lease = node.open([LABNODE, "lease", "--socket", socket, "--ttl", f"{LEASE_SECONDS}s"])
    try:
        if lease.readline(10.0) != "stopped":
            raise CkslabError(f"the lab's {name} could not be stopped for a probe")
        yield
    finally:
        lease.close()


def _send(node: Node, api: Api, needs: list[ProbeNeed], scanners: list[str]) -> dict[ProbeNeed, Fact]:
    nonces = {need: secrets.token_hex(8) for need in needs}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        # those that take seconds first, so that the quick ones run beside them
        needs = sorted(needs, key=lambda need: need.via != "workload")
        facts = dict(zip(needs, pool.map(lambda need: _one(api, need, nonces[need]), needs), strict=True))
    if scanners:
        asked = _asked(node, scanners)
        return {
            need: replace(fact, asked=tuple(asked.get(nonces[need], ()))) if isinstance(fact, ProbeFact) else fact
            for need, fact in facts.items()
        }
    return dict(facts)


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


def _asked(node: Node, scanners: list[str]) -> dict[str, list[Asked]]:
    """What the scanners were asked, by nonce."""
    paths = [f"{SCANNER_LOG}/{name}.jsonl" for name in scanners]
    done = node.run(["tail", "-q", "-n", "500", *paths])
    asked: dict[str, list[Asked]] = {}
    for line in done.stdout.decode(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # a line cut by the log's rotation
        nonce = (entry.get("annotations") or {}).get(ANNOTATION)
        if nonce:
            answer = Asked(tuple(entry["images"]), bool(entry["allowed"]), str(entry.get("reason", "")))
            asked.setdefault(nonce, []).append(answer)
    return asked
