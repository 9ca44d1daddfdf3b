"""`stored-as`: what the API server makes of an object before it is stored, whoever sends it and where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from ckslab.evidence import CheckType, Evidence, Finding, Need, NotAvailable, Params, Unavailable, failed, passed
from ckslab.matching.matcher import Matcher
from ckslab.matching.mismatch import mismatch
from ckslab.matching.value_path import ValuePath
from ckslab.needs.probe import NewNamespace, ProbeFact, ProbeNeed


class StoredAsParams(Params):
    """manifest: the object, sent as a server-side dry run into each of `namespaces` and into one that nobody knew.

    match: path -> matcher, of what would be stored.
    """

    manifest: dict[str, Any]
    namespaces: tuple[str, ...] = ("default",)
    match: dict[ValuePath, Matcher] = Field(min_length=1)


class StoredAs(CheckType[StoredAsParams]):
    """What admission changes, seen on the object that the API server answers with."""

    name = "stored-as"
    params = StoredAsParams

    def needs(self, params: StoredAsParams) -> Iterable[Need]:
        """The probes."""
        return list(_probes(params).values())

    def expected(self, params: StoredAsParams) -> str:
        """The statement in words."""
        rules = "; ".join(f"{path}: {matcher.expectation()}" for path, matcher in params.match.items())
        return f"a new {params.manifest.get('kind', 'object')} is stored with {rules}"

    def judge(self, params: StoredAsParams, evidence: Evidence) -> Finding:
        """The first place in which something else would be stored."""
        expected = self.expected(params)
        facts = {place: evidence.of(need) for place, need in _probes(params).items()}
        if any(fact.outcome == "failed" for fact in facts.values()):
            said = next(fact.message for fact in facts.values() if fact.outcome == "failed")
            raise NotAvailable(Unavailable(f"the API server did not answer: {said[:200]}", api_down=True))
        for place, fact in facts.items():
            if wrong := _wrong(fact, params.match):
                return failed(expected, f"in {place}: {wrong}")
        return passed()


def _probes(params: StoredAsParams) -> dict[str, ProbeNeed]:
    manifest = json.dumps(params.manifest, sort_keys=True, separators=(",", ":"))
    known = {f"the namespace {name}": ProbeNeed(manifest, name) for name in params.namespaces}
    return {**known, "a new namespace": ProbeNeed(manifest, NewNamespace())}


def _wrong(fact: ProbeFact, match: Mapping[str, Matcher]) -> str:
    if fact.stored is None:
        return f"it is refused: {fact.message}"
    found = mismatch(fact.stored, match)
    return found.observed if found else ""
