"""Hand-made evidence of a node with an ImagePolicyWebhook, for the tests of its checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ckslab.evidence import CheckType, Evidence, Finding, NotCollected, Unavailable
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.service import ServiceFact, ServiceNeed
from tests.tools.fidelity.credentials import Credentials, make_credentials, scanner_fact
from tests.tools.fidelity.node_facts import fact_of
from tests.tools.fidelity.setup import Setup, working

PORT = 8443
SERVER = f"https://scanner.lab:{PORT}/review"


@cache
def credentials() -> Credentials:
    """One set of certificates for all tests."""
    return make_credentials()


def node(change: Callable[[Setup], object] | None = None, *, path_form: bool = False) -> Setup:
    """A working set-up, changed."""
    setup = working(credentials(), PORT, path_form=path_form)
    if change:
        change(setup)
    return setup


def scanner() -> ServiceFact:
    """The lab's scanner."""
    return scanner_fact(credentials(), SERVER)


def judge(check: CheckType[Any], setup: Setup, live: ApiServerFact | None = None, **params: Any) -> Finding:
    """The check's verdict; facts are made as they are asked for, as grading does."""
    given = check.params.model_validate(params)
    found: ApiServerFact | Unavailable = live or Unavailable("graded from files alone")
    evidence = Evidence({ApiServerNeed(): found, ServiceNeed("scanner"): scanner()})
    for _ in range(50):
        try:
            return check.judge(given, evidence)
        except NotCollected as missing:
            evidence = evidence.plus({need: fact_of(setup, need) for need in missing.missing})
    raise AssertionError("the check asks for ever more facts")
