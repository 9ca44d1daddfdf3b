"""`policy-matrix`: what a policy lets in and keeps out, tried with many objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from pydantic import Field, model_validator

from ckslab.evidence import (
    CheckType,
    Evidence,
    Finding,
    Need,
    NotAvailable,
    Params,
    Unavailable,
    Where,
    failed,
    passed,
    undecided,
)
from ckslab.needs.api_server import ApiServerNeed
from ckslab.needs.trial import TrialNeed
from ckslab.probing import gatekeeper
from ckslab.probing.policy_cell import Cell, Want, Wanted, judge_row
from ckslab.probing.policy_ref import PolicyRef
from ckslab.probing.policy_row import Carrier, Row
from ckslab.probing.rego import rego_advice

SHOWN = 3


class PolicyMatrixParams(Params):
    """by: who must deny or warn. message: a text of each denial and warning; names-image: they name the image.

    denied and warned: rows that meet the policy; admitted: rows that are let in; admitted-without-warning: rows
    that are let in without a warning of the policy. There are rows of both sides. carrier: see there. files: a
    folder of the node; where only files are graded, Gatekeeper policies in its YAML files are tried with gator.
    """

    former_keys: ClassVar[Mapping[str, str]] = {"quiet": "admitted-without-warning"}

    by: PolicyRef
    message: str = ""
    names_image: bool = False
    carrier: Carrier | None = None
    files: str | None = Field(None, pattern=r"^/")
    denied: tuple[Row, ...] = ()
    warned: tuple[Row, ...] = ()
    admitted: tuple[Row, ...] = ()
    admitted_without_warning: tuple[Row, ...] = ()

    @model_validator(mode="after")
    def _both_sides(self) -> PolicyMatrixParams:
        if not (self.denied or self.warned):
            raise ValueError("name rows that are denied or warned: else no policy at all would pass")
        if not (self.admitted or self.admitted_without_warning):
            raise ValueError("name rows that are admitted: else a policy that refuses all would pass")
        if self.carrier is None and any(row.ephemeral for _, row in self.rows()):
            raise ValueError("ephemeral rows need a carrier")
        if self.files is not None and self.by.gatekeeper is None:
            raise ValueError("only Gatekeeper's policies can be tried from files")
        return self

    def rows(self) -> Iterator[tuple[Want, Row]]:
        """Every row with what is wanted of it, those that meet the policy first."""
        groups: tuple[tuple[Want, tuple[Row, ...]], ...] = (
            ("denied", self.denied),
            ("warned", self.warned),
            ("admitted", self.admitted),
            ("admitted-without-warning", self.admitted_without_warning),
        )
        for want, rows in groups:
            for row in rows:
                yield want, row


class PolicyMatrix(CheckType[PolicyMatrixParams]):
    """Every row counts the same, and none where one side has no right row.

    A policy that refuses all, or none at all, has done nothing.
    """

    name = "policy-matrix"
    params = PolicyMatrixParams

    def needs(self, params: PolicyMatrixParams) -> Iterable[Need]:
        """The rows' requests, and what tells a policy's fault from a fault of what enforces it."""
        state = gatekeeper.NEEDS if params.by.gatekeeper is not None else ()
        return [ApiServerNeed(), *state, *(row.need(params.carrier) for _, row in params.rows())]

    def paths(self, params: PolicyMatrixParams) -> Iterable[str]:
        """The folder of policies."""
        return [params.files] if params.files else []

    def live(self, params: PolicyMatrixParams) -> bool:
        """Not where the policies can be tried from files."""
        return params.files is None

    def expected(self, params: PolicyMatrixParams) -> str:
        """The statement of the matrix in one sentence."""
        return _expected(params)

    def judge(self, params: PolicyMatrixParams, evidence: Evidence) -> Finding:
        """The rows that went wrong; one that could not be judged makes the whole unknown."""
        try:
            return _gatekeeper(params, evidence) or _finding(params, list(_cells(params, evidence)))
        except NotAvailable as reason:
            if reason.unavailable.not_applicable and params.files is not None:
                return _tried(params, params.files, evidence)
            raise


def _gatekeeper(params: PolicyMatrixParams, evidence: Evidence) -> Finding | None:
    """What there is to say where Gatekeeper itself does not work."""
    if params.by.gatekeeper is None:
        return None
    if gone := gatekeeper.undone(evidence):
        return failed(_expected(params), gone)
    idle = gatekeeper.not_running(evidence)
    return undecided(idle) if idle else None


def _tried(params: PolicyMatrixParams, folder: str, evidence: Evidence) -> Finding:
    """The same rows, tried by gator with the policies in files, and labelled so."""
    probes = tuple(row.need(params.carrier) for _, row in params.rows())
    trial = evidence.of(TrialNeed(folder, probes))
    note = f"Tried with gator on the files in {folder}, not on a cluster."
    if trial.problem:
        advice = next((told for one in trial.templates if (told := rego_advice(trial.problem, one))), "")
        return failed(_expected(params), trial.problem, Where(folder), " ".join(filter(None, (note, advice))))
    wanted = Wanted(params.by, params.message, params.names_image)
    cells = [
        judge_row(row, want, wanted, answer)
        for (want, row), answer in zip(params.rows(), trial.answers, strict=True)
    ]
    found = _finding(params, cells)
    return replace(found, message=note if found.outcome != "fail" else " ".join((note, *trial.remarks[:3])))


def _cells(params: PolicyMatrixParams, evidence: Evidence) -> Iterator[Cell]:
    wanted = Wanted(params.by, params.message, params.names_image)
    for want, row in params.rows():
        fact = evidence.of(row.need(params.carrier))
        if fact.outcome == "failed" and not fact.code:
            raise NotAvailable(Unavailable(fact.message, api_down=True))
        yield judge_row(row, want, wanted, fact)


def _finding(params: PolicyMatrixParams, cells: list[Cell]) -> Finding:
    wrong = [cell for cell in cells if cell.outcome == "fail"]
    unknown = next((cell for cell in cells if cell.outcome == "unknown"), None)
    if unknown is not None:
        return undecided(unknown.seen)
    if not wrong:
        return passed()
    right = [cell for cell in cells if cell.outcome == "pass"]
    sides = {cell.want in ("denied", "warned") for cell in right}
    share = len(right) / len(cells) if sides == {True, False} else 0.0
    told = _told(wrong)
    more = len(wrong) - len(told)
    seen = "; ".join(cell.seen for cell in told) + (f"; and {more} more" if more else "")
    log = next((cell.log for cell in told if cell.log), "")
    return failed(_expected(params), f"{len(wrong)} of {len(cells)} objects: {seen}", log=log, share=share)


def _told(wrong: list[Cell]) -> list[Cell]:
    """The rows to show: what was let in or refused wrongly first; one stands for all whose words are wrong."""
    words = [cell for cell in wrong if cell.words][:1]
    return [cell for cell in wrong if not cell.words][: SHOWN - len(words)] + words


def _expected(params: PolicyMatrixParams) -> str:
    """The statement of the matrix in one sentence."""
    met, free = [*params.denied, *params.warned], [*params.admitted, *params.admitted_without_warning]
    verb = "denied" if not params.warned else "warned of" if not params.denied else "denied or warned of"
    text = f" ({params.message})" if params.message else ""
    return f"{_counted(len(met))} {verb} by {params.by.words()}{text}, and {_counted(len(free))} let in"


def _counted(number: int) -> str:
    return "1 object is" if number == 1 else f"{number} objects are"
