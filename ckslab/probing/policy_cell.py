"""One cell of a policy matrix: what happened to a row, against what should have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ckslab.evidence import Outcome
from ckslab.kubernetes.denials.denial import classify
from ckslab.kubernetes.denials.policy import Said
from ckslab.matching.matcher import shown
from ckslab.needs.probe import NewNamespace, ProbeFact
from ckslab.probing.policy_ref import Generated, PolicyRef, denied_by, warned_by
from ckslab.probing.policy_row import Row
from ckslab.probing.verdict import described

Want = Literal["denied", "warned", "admitted", "admitted-without-warning"]

MET: tuple[Want, ...] = ("denied", "warned")
"""What is wanted of the rows that meet the policy: one of them that slips through is a hole."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a matrix expects of every denial and warning: by whom, with which text, naming the image."""

    by: PolicyRef
    message: str
    names_image: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """The verdict on one row. seen: in the learner's words, beginning with the row; log: the policy's own.

    words: only the words of the denial or warning are wrong. tried: what the object was called, in words.
    """

    row: Row
    want: Want
    outcome: Outcome
    seen: str = ""
    log: str = ""
    words: bool = False
    tried: str = ""

    @property
    def hole(self) -> bool:
        """Whether an object slips through that the policy is there to stop, or to warn of."""
        return self.outcome == "fail" and self.want in MET and not self.words


def judge_row(row: Row, want: Want, wanted: Wanted, fact: ProbeFact, generated: Generated) -> Cell:
    """Compare the answer with what is wanted."""
    return replace(_judged(row, want, wanted, fact, generated), tried=_tried(fact))


def _tried(fact: ProbeFact) -> str:
    sent = fact.sent
    if sent is None or not sent.labels:
        return ""
    labels = ", ".join(f"{key}={value}" for key, value in sent.labels)
    return f"{sent.name} with the labels {labels}"


def _judged(row: Row, want: Want, wanted: Wanted, fact: ProbeFact, generated: Generated) -> Cell:
    label = row.label(fact.sent)
    denial = classify(fact)
    if denial is None and fact.outcome != "admitted":
        return Cell(row, want, "unknown", f"no answer for {label}: {shown(fact.message) or 'silence'}")
    if denial is not None and _no_namespace(fact, row):
        return Cell(row, want, "fail", f"there is no namespace {row.place()} any more, in which the task is")
    if denial is not None and denial.by in ("service-account", "rbac"):
        return Cell(row, want, "unknown", f"{label} was refused for another reason: {shown(denial.reason)}")
    if denial is not None and denial.by == "admission-webhook" and denial.kind != "denied":
        return Cell(row, want, "unknown", f"{label}: {described(denial)}")
    if denial is None:
        return _let_in(row, want, wanted, fact, warned_by(wanted.by, fact.warnings, generated))
    if denial.by == "validation":  # the API server looks at that before it asks any policy
        return Cell(
            row, want, "unknown", f"{label} is no valid object, and was tried on nothing: {shown(denial.reason)}"
        )
    said = denied_by(wanted.by, denial, fact.message, generated)
    if want != "denied":
        who = f"by {wanted.by.words()}" if said else f", {described(denial)}"
        return Cell(row, want, "fail", f"{label} is denied {who}".replace(" ,", ","), denial.reason)
    if not said:
        return Cell(row, want, "fail", f"{label} is denied, but {described(denial)}", denial.reason)
    if all(one.fault for one in said):
        seen = f"{label} is denied only because the policy cannot be evaluated"
        return Cell(row, want, "fail", seen, said[0].message)
    wrong = _wrong_text(row, wanted, said)
    if wrong:
        return Cell(row, want, "fail", f"{label} is denied, but {wrong}", said[0].message, words=True)
    return Cell(row, want, "pass")


def _let_in(row: Row, want: Want, wanted: Wanted, fact: ProbeFact, said: Sequence[Said]) -> Cell:
    label = row.label(fact.sent)
    if want == "admitted" or (want == "admitted-without-warning" and not said):
        return Cell(row, want, "pass")
    if want == "admitted-without-warning":
        return Cell(row, want, "fail", f"{label} gets a warning", said[0].message)
    if want == "denied":
        warning = f", with the warning: {said[0].message}" if said else ""
        return Cell(row, want, "fail", f"{label} is admitted{warning}")
    if not said:
        return Cell(row, want, "fail", f"{label} is admitted without a warning")
    wrong = _wrong_text(row, wanted, said)
    if not wrong:
        return Cell(row, want, "pass")
    return Cell(row, want, "fail", f"{label}: {wrong}", said[0].message, words=True)


def _wrong_text(row: Row, wanted: Wanted, said: Sequence[Said]) -> str:
    """What is missing in every message of these policies; "" if one of them has all."""
    texts = [wanted.message] if wanted.message else []
    if wanted.names_image:
        texts += row.images()
    if any(all(text in one.message for text in texts) for one in said):
        return ""
    missing = next(text for text in texts if text not in said[0].message)
    return f"the message does not say {missing!r}: {shown(said[0].message) or 'it is empty'}"


def _no_namespace(fact: ProbeFact, row: Row) -> bool:
    return fact.code == 404 and "namespaces " in fact.message and not isinstance(row.place(), NewNamespace)
