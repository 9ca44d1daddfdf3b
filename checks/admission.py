"""`admission`: what the API server admits and denies, and who denies it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic import Field, model_validator

from ckslab.evidence import CheckType, Evidence, Finding, Need, NotAvailable, Params, Unavailable, passed
from ckslab.needs.api_server import ApiServerNeed
from ckslab.probing.admission_probe import Probe
from ckslab.probing.verdict import Verdict


class AdmissionParams(Params):
    """probes: one or more (a bare list is short for it). while-stopped: a service that is stopped then."""

    while_stopped: str | None = None
    probes: tuple[Probe, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _bare_list(cls, given: Any) -> Any:
        return {"probes": given} if isinstance(given, list | tuple) else given


class Admission(CheckType[AdmissionParams]):
    """All or nothing for probes that are to be denied: one that is admitted is a hole, and earns nothing.

    Else every probe counts the same.
    """

    name = "admission"
    params = AdmissionParams

    def needs(self, params: AdmissionParams) -> Iterable[Need]:
        """The probes, and the live server that explains their answers."""
        return [ApiServerNeed(), *(probe.need(params.while_stopped) for probe in params.probes)]

    def expected(self, params: AdmissionParams) -> str:
        """What happens to the first probe."""
        first = params.probes[0]
        return f"{first.label()} is {'admitted' if first.admitted else 'denied'}"

    def judge(self, params: AdmissionParams, evidence: Evidence) -> Finding:
        """The first probe that went wrong; one that could not be judged makes the whole unknown."""
        findings = [_judge(probe, params.while_stopped, evidence) for probe in params.probes]
        for outcome in ("unknown", "fail"):
            for finding in findings:
                if finding.outcome == outcome:
                    return replace(finding, share=_share(params.probes, findings) if outcome == "fail" else 0.0)
        return passed()


def _judge(probe: Probe, stopped: str | None, evidence: Evidence) -> Finding:
    fact = evidence.of(probe.need(stopped))
    finding = Verdict(probe, fact, evidence, stopped).finding()
    if finding.outcome == "unknown" and fact.outcome == "failed":
        raise NotAvailable(Unavailable(finding.observed, api_down=True))
    return finding


def _share(probes: Iterable[Probe], findings: list[Finding]) -> float:
    held = [finding.outcome == "pass" for finding in findings]
    denials = [good for probe, good in zip(probes, held, strict=True) if not probe.admitted]
    return sum(held) / len(held) if denials and all(denials) else 0.0
