"""What the real v1.35.4 said before it ended, of 196 set-ups: each has its row, and leads to a place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ckslab.diagnosis.cause import named_cause
from ckslab.diagnosis.named import Cause
from ckslab.diagnosis.node_files import NodeFiles, load_pod
from ckslab.evidence import Evidence, Fact, FileFact, Need, NotCollected, Unavailable
from ckslab.kubernetes.klog import entries, fatal_message
from ckslab.kubernetes.static_pod.manifest import API_SERVER
from ckslab.kubernetes.v1_35.apiserver_start import start_refusals
from ckslab.kubernetes.v1_35.fatal_messages import CONTAINER_ROWS, OTHER, row_of
from ckslab.kubernetes.v1_35.refusal import Cause as RefusalCause
from ckslab.kubernetes.v1_35.refusal import Refusal
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.files import InitialNeed
from ckslab.needs.lab import LabNeed
from tests.support.ipw_evidence import PORT, credentials
from tests.tools.fidelity.generate import MUTATIONS, Case
from tests.tools.fidelity.node_facts import fact_of
from tests.tools.fidelity.setup import Setup

RECORDED: dict[str, str] = json.loads((Path(__file__).parents[1] / "support" / "last_words.json").read_text())
"""Case of the fidelity tool -> the last entry of the API server's log."""


def set_up(name: str) -> Setup:
    form, _, mutation = name.partition(" ")
    return Case((mutation,), form == "path").build(credentials(), PORT)


def asked(setup: Setup, judge: Callable[[Evidence], object], log: str) -> object:
    """What `judge` says of the set-up, whose API server is down and said this; facts come as they are asked for."""
    evidence = Evidence({ApiServerNeed(): ApiServerFact("down", log=tuple(log.splitlines()))})
    while True:
        try:
            return judge(evidence)
        except NotCollected as missing:
            evidence = evidence.plus({need: a_fact(setup, need) for need in missing.missing})


def a_fact(setup: Setup, need: Need) -> Fact:
    if isinstance(need, InitialNeed):
        return FileFact(need.path, "absent")
    return Unavailable("no lab") if isinstance(need, LabNeed) else fact_of(setup, need)


def refusals(evidence: Evidence) -> list[Refusal]:
    return start_refusals(load_pod(evidence, API_SERVER), NodeFiles(evidence))


@pytest.mark.parametrize("name", [name for name in RECORDED if name.partition(" ")[2] in MUTATIONS])
def test_what_grade_can_say_of_files_the_log_says_in_a_row_of_the_table(name: str) -> None:
    setup = set_up(name)
    text = fatal_message(RECORDED[name].splitlines())
    found = asked(setup, refusals, "")
    assert isinstance(found, list)
    row = next(row for row in CONTAINER_ROWS if row.pattern.search(text))
    assert found[0].cause in row.causes
    cause, silent = (asked(setup, named_cause, log) for log in (RECORDED[name], ""))
    assert isinstance(cause, Cause)
    assert isinstance(silent, Cause), "the files tell it without a log"
    assert cause.kind in (row.id, row_of(found[0]).id)
    assert (cause.line, cause.path) != (None, "")
    assert "\n" not in cause.log
    assert cause.log
    assert silent.path == cause.path


def test_a_kubeconfig_that_is_a_link_to_itself_cannot_be_opened() -> None:
    text = 'error loading config file "/a/kubeconf": open /a/kubeconf: too many levels of symbolic links'
    assert next(one.id for one in CONTAINER_ROWS if one.pattern.search(text)) == "kubeconfig-file"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('admission-control plugin "ImagePolicyWebHook" is unknown', "plugin-name"),
        (
            "admission-control and enable-admission-plugins/disable-admission-plugins flags are mutually",
            "plugin-lists",
        ),
    ],
)
def test_the_deprecated_list_of_plugins_has_rows_of_its_own(text: str, row: str) -> None:
    assert next(one.id for one in CONTAINER_ROWS if one.pattern.search(text)) == row


def test_every_cause_for_which_a_start_is_refused_has_a_row() -> None:
    causes = set(RefusalCause.__args__) - {"manifest"}  # type: ignore[attr-defined]
    assert {cause for cause in causes if row_of(Refusal(cause, "")) is OTHER} == set()


def test_recorded_words_are_one_entry_each() -> None:
    assert {name for name, text in RECORDED.items() if len([*entries(text.splitlines())]) != 1} == set()
