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
from ckslab.kubernetes.denials.policy import NativeDenial
from ckslab.needs.api_server import ApiServerNeed
from ckslab.needs.files import FolderNeed
from ckslab.needs.trial import TrialNeed
from ckslab.needs.trial.policies import policies_in
from ckslab.probing import gatekeeper
from ckslab.probing.look_alikes import LookAlikes
from ckslab.probing.policy_cell import MET, Cell, Want, Wanted, judge_row
from ckslab.probing.policy_ref import PolicyRef
from ckslab.probing.policy_row import Carrier, Row
from ckslab.probing.rego import rego_advice
from ckslab.probing.tempted_rows import policies_of, policy_needs, tempted_rows

SHOWN = 3


class PolicyMatrixParams(Params):
    """by: who must deny or warn. message: a text of each denial and warning; names-image: they name the image.

    denied and warned: rows that meet the policy; look-alikes: more rows that are denied, see there. admitted: rows
    that are let in; admitted-without-warning: rows that are let in without a warning of the policy. There are rows
    of both sides. carrier: see there. files: a folder of the node; where only files are graded, Gatekeeper policies
    in its YAML files are tried with gator.
    """

    former_keys: ClassVar[Mapping[str, str]] = {"quiet": "admitted-without-warning"}

    by: PolicyRef
    message: str = ""
    names_image: bool = False
    carrier: Carrier | None = None
    files: str | None = Field(None, pattern=r"^/")
    look_alikes: tuple[LookAlikes, ...] = ()
    denied: tuple[Row, ...] = ()
    warned: tuple[Row, ...] = ()
    admitted: tuple[Row, ...] = ()
    admitted_without_warning: tuple[Row, ...] = ()

    @model_validator(mode="after")
    def _both_sides(self) -> PolicyMatrixParams:
        if not (self.denied or self.warned or self.look_alikes):
            raise ValueError("name rows that are denied or warned: else no policy at all would pass")
        if not (self.admitted or self.admitted_without_warning):
            raise ValueError("name rows that are admitted: else a policy that refuses all would pass")
        if self.carrier is None and any(row.on_carrier for _, row in self.rows()):
            raise ValueError("ephemeral and update rows need a carrier")
        if self.files is not None and self.by.gatekeeper is None:
            raise ValueError("only Gatekeeper's policies can be tried from files")
        return self

    def rows(self) -> Iterator[tuple[Want, Row]]:
        """Every row with what is wanted of it, those that meet the policy first."""
        generated = tuple(row for one in self.look_alikes for row in one.rows())
        groups: tuple[tuple[Want, tuple[Row, ...]], ...] = (
            ("denied", (*self.denied, *generated)),
            ("warned", self.warned),
            ("admitted", self.admitted),
            ("admitted-without-warning", self.admitted_without_warning),
        )
        for want, rows in groups:
            for row in rows:
                yield want, row


class PolicyMatrix(CheckType[PolicyMatrixParams]):
    """All or nothing for rows that meet the policy: one that slips through is a hole, and earns nothing.

    Else every row counts the same, and none where no object is let in: a policy that refuses all has done nothing.
    """

    name = "policy-matrix"
    params = PolicyMatrixParams

    def needs(self, params: PolicyMatrixParams) -> Iterable[Need]:
        """The rows' requests, and what tells a policy's fault from a fault of what enforces it."""
        state = gatekeeper.NEEDS if params.by.gatekeeper is not None else ()
        rows = (row.need(params.carrier) for _, row in params.rows())
        return [ApiServerNeed(), *state, *policy_needs(params.by), *rows]

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
    rows = [(want, row, row.need(params.carrier)) for want, row in params.rows()]
    rows += tempted_rows(
        params.rows(), params.carrier, lambda: policies_in(evidence.of(FolderNeed(folder)), ()).objects
    )
    trial = evidence.of(TrialNeed(folder, tuple(need for _, _, need in rows)))
    note = f"Tried with gator on the files in {folder}, not on a cluster."
    if trial.problem:
        advice = next((told for one in trial.templates if (told := rego_advice(trial.problem, one))), "")
        return failed(_expected(params), trial.problem, Where(folder), " ".join(filter(None, (note, advice))))
    wanted = Wanted(params.by, params.message, params.names_image)
    cells = [
        judge_row(row, want, wanted, answer, _nothing_generated)
        for (want, row, _), answer in zip(rows, trial.answers, strict=True)
    ]
    found = _finding(params, cells)
    more = (found.message, *trial.remarks[:3]) if found.outcome == "fail" else ()
    return replace(found, message=" ".join(filter(None, (note, *more))))


def _nothing_generated(_said: NativeDenial) -> bool:
    return False


def _cells(params: PolicyMatrixParams, evidence: Evidence) -> Iterator[Cell]:
    def generated(said: NativeDenial) -> bool:
        return gatekeeper.generated_by_gatekeeper(said, evidence)

    wanted = Wanted(params.by, params.message, params.names_image)
    tried = [(want, row, row.need(params.carrier)) for want, row in params.rows()]
    tried += tempted_rows(params.rows(), params.carrier, lambda: policies_of(params.by, evidence))
    evidence.ask(need for _, _, need in tried)
    for want, row, need in tried:
        fact = evidence.of(need)
        if fact.outcome == "failed" and not fact.code:
            raise NotAvailable(Unavailable(fact.message, api_down=True))
        yield judge_row(row, want, wanted, fact, generated)


def _finding(params: PolicyMatrixParams, cells: list[Cell]) -> Finding:
    wrong = [cell for cell in cells if cell.outcome == "fail"]
    unknown = next((cell for cell in cells if cell.outcome == "unknown"), None)
    if unknown is not None:
        return undecided(unknown.seen)
    if not wrong:
        return passed()
    right = [cell for cell in cells if cell.outcome == "pass"]
    sides = {cell.want in MET for cell in right}  # what admits all, or meets none as it should, earns nothing
    share = len(right) / len(cells) if sides == {True, False} and not any(cell.hole for cell in wrong) else 0.0
    told = _told(wrong)
    more = len(wrong) - len(told)
    seen = "; ".join(cell.seen for cell in told) + (f"; and {more} more" if more else "")
    log = next((cell.log for cell in told if cell.log), "")
    return failed(
        _expected(params),
        f"{len(wrong)} of {len(cells)} objects: {seen}",
        message=f"The first of them was called {told[0].tried}." if told[0].tried else "",
        log=log,
        share=share,
    )


def _told(wrong: list[Cell]) -> list[Cell]:
    """The rows to show: what was let in or refused wrongly first; one stands for all whose words are wrong."""
    words = [cell for cell in wrong if cell.words][:1]
    return [cell for cell in wrong if not cell.words][: SHOWN - len(words)] + words


def _expected(params: PolicyMatrixParams) -> str:
    """The statement of the matrix in one sentence."""
    met = [row for want, row in params.rows() if want in MET]
    free = [*params.admitted, *params.admitted_without_warning]
    denies = params.denied or params.look_alikes
    verb = "denied" if not params.warned else "denied or warned of" if denies else "warned of"
    text = f" ({params.message})" if params.message else ""
    return f"{_counted(len(met))} {verb} by {params.by.words()}{text}, and {_counted(len(free))} let in"


def _counted(number: int) -> str:
    return "1 object is" if number == 1 else f"{number} objects are"
