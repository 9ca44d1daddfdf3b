"""Whether one probe met what was expected: admitted, or denied by the thing under test."""

from __future__ import annotations

from dataclasses import dataclass

from ckslab.diagnosis.running_server import running_flags
from ckslab.evidence import Evidence, Finding, failed, passed, undecided
from ckslab.kubernetes.denials.denial import Denial, classify
from ckslab.kubernetes.denials.policy import GATEKEEPER
from ckslab.kubernetes.v1_35.admission_plugins import enabled_plugins
from ckslab.matching.matcher import shown
from ckslab.needs.probe import ProbeFact
from ckslab.probing.admission_probe import FAILURES, Probe

_FAILED = {
    "unreachable": "the scanner could not be reached",
    "tls": "TLS with the scanner failed",
    "protocol": "the scanner's answer could not be used",
    "denied": "the scanner refused it",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Judges one answer; `stopped` is the service that was stopped while it was given."""

    probe: Probe
    fact: ProbeFact
    evidence: Evidence
    stopped: str | None = None

    def finding(self) -> Finding:
        """Pass, fail with the reason, or unknown."""
        denial = classify(self.fact)
        if denial is None and self.fact.outcome != "admitted":
            return undecided(f"no answer to the probe: {shown(self.fact.message) or 'the API server was silent'}")
        if denial and denial.by in ("service-account", "rbac"):
            # Neither is what a probe is about: the grader comes with a user and a namespace that are allowed.
            return undecided(f"the probe was refused for another reason: {shown(denial.reason)}")
        if denial and denial.by == "validation":  # the API server looks at that before it asks any plugin
            return undecided(f"{self.probe.label()} is no valid object, and was tried on nothing: {denial.reason}")
        if self.probe.admitted:
            return self._admitted(denial)
        if denial is None:
            return self._let_in()
        return self._denied(denial)

    def _admitted(self, denial: Denial | None) -> Finding:
        if denial is None:
            return passed()
        expected = f"{self.probe.label()} is admitted"
        return failed(expected, f"it is denied: {described(denial)}", message=_advice(denial), log=denial.reason)

    def _let_in(self) -> Finding:
        who = next(iter(self._wanted()[:1]))
        if who != "image-policy-webhook":
            return failed(self._expected(), "the API server admitted it")
        seen, message = "the API server admitted it", ""
        flags = running_flags(self.evidence)
        asked = self.fact.asked
        if flags is not None and "ImagePolicyWebhook" not in enabled_plugins(flags):
            message = "ImagePolicyWebhook is not enabled in the running server."
        elif self.stopped:
            seen += " although the scanner could not be reached"
            message = "That is what defaultAllow: true in the running server does."
        elif asked and all(each.allowed for each in asked):
            seen += ": the scanner was asked and allowed it"
        elif asked == ():
            message = (
                "The scanner was not asked: the server could not reach it and defaultAllow is true, "
                "or its kubeconfig names another server."
            )
        return failed(self._expected(), seen, message=message)

    def _denied(self, denial: Denial) -> Finding:
        who, text = self._wanted()
        expected, seen = self._expected(), f"it is denied, but {described(denial)}"
        if who == "image-policy-webhook":
            wrong = self._by_scanner(denial, text)
            if wrong is None:
                return passed()
            return failed(expected, wrong or seen, message=_advice(denial), log=denial.reason)
        same = denial.kind == "denied" and (denial.by == who or (who == "gatekeeper" and denial.name == GATEKEEPER))
        if same and text in self.fact.message:
            return passed()
        if same:
            seen = f"it is denied, but with another message: {shown(denial.reason)}"
        return failed(expected, seen, message=_advice(denial), log=denial.reason)

    def _by_scanner(self, denial: Denial, text: str) -> str | None:
        """None if it is the denial that was asked for, else what is wrong ("": say who denied it)."""
        if denial.by != "image-policy-webhook":
            return ""
        if text in FAILURES:
            return None if denial.kind == text else ""
        if denial.kind != "denied":
            return ""
        if text not in denial.reason:
            return f"the backend denied it for another reason: {shown(denial.reason) or 'none'}"
        asked = self.fact.asked
        if asked is not None and not any(not each.allowed for each in asked):
            return "it is denied in the scanner's words, but this lab's scanner did not refuse it"
        return None

    def _wanted(self) -> tuple[str, str]:
        given = self.probe.denied_by.given() if self.probe.denied_by else {"other": ""}
        return next(iter(given.items()))

    def _expected(self) -> str:
        who, text = self._wanted()
        by = {"image-policy-webhook": "the image scanner", "gatekeeper": "Gatekeeper"}.get(who, who)
        if who == "image-policy-webhook" and text in FAILURES:
            return f"{self.probe.label()} is denied because {_FAILED[text]}"
        return f"{self.probe.label()} is denied by {by}" + (f": {text}" if text else "")


def described(denial: Denial) -> str:
    """Who denied it and how, as the rest of a sentence."""
    if denial.by == "image-policy-webhook":
        return _FAILED[denial.kind]
    if denial.by == "admission-webhook":
        how = "refused it" if denial.kind == "denied" else f"could not be asked ({denial.kind})"
        return f"the admission webhook {denial.name} {how}"
    if denial.by == "validating-admission-policy":
        return f"the ValidatingAdmissionPolicy {denial.name} refused it"
    words = {
        "pod-security": "Pod Security refused it",
        "quota": "a quota refused it",
        "validation": "the object is not valid",
    }
    return words.get(denial.by, "for another reason")


def _advice(denial: Denial) -> str:
    if denial.by != "image-policy-webhook":
        return ""
    return {
        "unreachable": "Compare the server in the webhook's kubeconfig: scheme, host and port.",
        "tls": "Compare the CA, the client certificate and the host name in the webhook's kubeconfig.",
        "protocol": "Compare the scheme and path of the server in the webhook's kubeconfig.",
        "denied": "",
    }[denial.kind]
