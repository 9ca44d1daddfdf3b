"""A second kind of service and a second add-on need nothing but themselves: planned, linted, in the schema."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.certificates import Authority
from ckslab.cluster.api import Answer
from ckslab.errors import ScenarioError
from ckslab.lab import author, catalogue
from ckslab.lab.plan import plan
from ckslab.lab.services import read_services, running_services, write_services
from ckslab.services import SERVICE_KINDS
from tests.support.second import SCENARIOS, register
from tests.support.second.clock import RunningClock

LAB = "second-lab"
ROOTS = [SCENARIOS]


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        register(patch)
        yield


def test_the_scenario_proves_itself() -> None:
    assert author.lint_scenarios([LAB], ROOTS) == []


def test_its_requirements_are_those_of_its_add_ons() -> None:
    assert catalogue.load_scenario(LAB, ROOTS).requires == ("running-pods",)


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("clock: {path: /run/tower/time}", "clock: {path: opt}", 10, "path"),
        ("clock: {path:", "clok: {path:", 10, "unknown key 'clok'; did you mean 'clock'?"),
        ("greeter: {words: good morning}", "greeter: {}", 14, "words"),
        ("add-ons: {greeter:", "add-ons: {greter:", 14, "unknown key 'greter'; did you mean 'greeter'?"),
        ("while-stopped: tower", "while-stopped: towel", 38, "names no service: 'towel'; did you mean 'tower'?"),
    ],
)
def test_what_is_wrong_with_them_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, where: int, message: str
) -> None:
    copy = tmp_path / LAB
    for file in (SCENARIOS / LAB).rglob("*.*"):
        target = copy / file.relative_to(SCENARIOS / LAB)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text()
        assert file.name != "scenario.yaml" or old in text
        target.write_text(text.replace(old, new))
    with pytest.raises(ScenarioError) as raised:
        catalogue.load_folder(copy)
    line = next(one for one in raised.value.message.splitlines() if message in one)
    assert f"scenario.yaml:{where}:" in line


@pytest.mark.parametrize(("key", "value"), [("trusts", "certificate"), ("client-certificate", "client-ca")])
def test_a_check_that_reads_what_a_kind_does_not_tell_is_refused_with_its_line(
    tmp_path: Path, key: str, value: str
) -> None:
    copy = tmp_path / LAB
    shutil.copytree(SCENARIOS / LAB, copy)
    text = (copy / "scenario.yaml").read_text()
    at = text.index("    object:")
    check = f"    webhook-kubeconfig: {{{key}: tower}}\n"
    (copy / "scenario.yaml").write_text(text[:at] + check + text[text.index("    hints:", at) :])
    with pytest.raises(ScenarioError) as raised:
        catalogue.load_folder(copy)
    line = text[: text.index("- id: answered")].count("\n") + 1
    words = f"check 'answered' reads the {value} of a service, which a clock does not have"
    assert raised.value.message == f"{copy}/scenario.yaml:{line}: {words}"


def test_a_kind_tells_what_it_says_that_it_tells() -> None:
    for name, kind in SERVICE_KINDS.items():
        given = {"deny": [{"image": "*", "reason": "no"}]} if name == "image-scanner" else {}
        planned = kind.plan("one", kind.settings.model_validate(given), Authority("CA"))
        assert set(planned.fact.values) == kind.values


def test_the_schema_knows_them() -> None:
    schema = json.loads(author.schema("scenario"))
    text = json.dumps(schema)
    assert '"clock"' in text
    assert '"greeter"' in text
    assert "The file that holds the seconds since the epoch." in text


def test_the_plan_has_the_service_the_file_and_the_layer() -> None:
    scenario = catalogue.load_scenario(LAB, ROOTS)
    planned = plan(scenario, lambda _: None, ())
    (service,) = planned.spec.services
    assert (service.name, service.argv[-1], service.hosts) == ("clock-tower", "/run/tower/time", ("clock.lab",))
    assert service.argv[1] == f"/lab/conf/{service.name}/{next(iter(service.files))}"
    assert ("/opt/greeter/README", 0o600) in {(file.path, file.mode) for file in planned.spec.files}
    assert [layer.name for layer in planned.spec.layers] == ["the greeter"]
    (fact,) = planned.services
    assert (fact.name, fact.kind, fact.url) == ("tower", "clock", "file://clock.lab/run/tower/time")


def test_the_services_of_a_lab_are_found_again(tmp_path: Path) -> None:
    planned = plan(catalogue.load_scenario(LAB, ROOTS), lambda _: None, ())
    write_services(tmp_path, planned.services)
    assert read_services(tmp_path) == planned.services
    assert running_services(tmp_path) == {"tower": RunningClock("tower", "/run/tower/time")}


def test_its_words_for_lagging_behind_are_its_own() -> None:
    add_ons = lab_add_ons(catalogue.load_scenario(LAB, ROOTS).setup.add_ons)
    assert add_ons.lags(Answer(403, None, "the greeter is waking"))
    assert not add_ons.lags(Answer(403, None, "missing ConstraintTemplate"))
    assert not lab_add_ons({}).lags(Answer(403, None, "the greeter is waking"))
