"""A new scenario loads, proves itself, and can be completed by an editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckslab.checks import CHECK_TYPES
from ckslab.cluster.node.planned_files import PlannedFiles
from ckslab.errors import UsageError
from ckslab.lab.author import lint_scenarios
from ckslab.lab.catalogue import SHIPPED, kinds
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import answer_steps
from ckslab.scenario.find import find_scenarios
from ckslab.scenario.loading.load import load
from ckslab.scenario.rules.lint import lint
from ckslab.scenario.schema import json_schema
from ckslab.scenario.template import OF_TOPIC, new_scenario
from ckslab.steps import run_steps

MANIFEST = (Path(__file__).parents[1] / "support/kubeadm/kube-apiserver.yaml").read_bytes()


@pytest.mark.parametrize("title", ["", "yes", "Pull: always, 'really' {so} @ID@"])
@pytest.mark.parametrize("topic", ["registries", *OF_TOPIC])
def test_a_new_scenario_loads_and_has_no_lint(tmp_path: Path, title: str, topic: str) -> None:
    folder = new_scenario(tmp_path, "pull-always", title=title, topic=topic)
    scenario = load(folder, kinds(), nonce="k7f3q9")
    assert scenario.title == (title or "Say here what pull-always is about")
    assert scenario.topic == topic
    assert lint_scenarios(["pull-always"], [tmp_path]) == []


def test_topics_with_scenarios_begin_each_in_their_own_way(tmp_path: Path) -> None:
    used = {
        topic: sorted(
            check.type for check in load(new_scenario(tmp_path, f"a-{topic}", topic=topic), kinds()).checks
        )
        for topic in OF_TOPIC
    }
    assert used == {
        "image-policy-webhook": ["admission", "container-path", "static-pod"],
        "gatekeeper": ["constraint-template", "policy-matrix"],
        "validating-admission-policy": ["object", "policy-matrix"],
        "binaries": ["answer-file", "deleted"],
        "images": ["changed-lines", "dockerfile", "dockerfile"],
    }
    shipped = {folder.parent.name for folder in find_scenarios([SHIPPED]).values()}
    assert set(OF_TOPIC) <= shipped


def test_every_answer_of_a_new_scenario_can_be_played(tmp_path: Path) -> None:
    scenario = load(new_scenario(tmp_path, "pull-always", topic="registries"), kinds(), nonce="k7f3q9")
    answers = load_answers(scenario)
    for name in ("solution", *answers.answers):
        files = PlannedFiles(lambda path: MANIFEST if path.endswith("/kube-apiserver.yaml") else None)
        for file in scenario.setup.files:
            files.write(file.path, file.data, file.mode)
        run_steps(answer_steps(answers, name), files)
        assert files.files


@pytest.mark.parametrize(("name", "topic"), [("Bad Id", "images"), ("../x", "images"), ("ok", "image")])
def test_wrong_words_are_refused(tmp_path: Path, name: str, topic: str) -> None:
    with pytest.raises(UsageError):
        new_scenario(tmp_path, name, topic=topic)


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="cannot make"):
        new_scenario(tmp_path, "mine")


def test_the_schemas_know_every_kind_and_step() -> None:
    schemas = json_schema(kinds())
    scenario, answers = schemas["scenario.yaml"], schemas["answers.yaml"]
    check = scenario["$defs"]["CheckDocument"]
    assert set(CHECK_TYPES) < set(check["properties"])
    assert {"required": ["file"]} in check["oneOf"]
    assert scenario["properties"]["checks"]["items"] == {"$ref": "#/$defs/CheckDocument"}
    one_service = scenario["properties"]["services"]["additionalProperties"]
    assert set(one_service["properties"]) == set(kinds().services)
    assert (one_service["minProperties"], one_service["maxProperties"]) == (1, 1)
    add_ons = scenario["$defs"]["SetupDocument"]["properties"]["add-ons"]["properties"]
    assert set(add_ons) == set(kinds().add_ons)
    assert all(
        one["$ref"].startswith("#/$defs/") for one in (*one_service["properties"].values(), *add_ons.values())
    )
    assert {"fails", "only-first-fault", "then"} < set(answers["$defs"]["WrongDocument"]["properties"])
    assert "StaticPod" in answers["$defs"]
    assert answers["$defs"]["Remove"]["properties"]["remove"]["anyOf"][0]["type"] == "string"


@pytest.mark.parametrize("flag", ["enable-admission-plugins", "disable-admission-plugins"])
def test_plugins_that_are_read_off_one_flag_are_named(tmp_path: Path, flag: str) -> None:
    """Another flag may take away what this one gives."""
    folder = new_scenario(tmp_path, "pull-always", topic="registries")
    text = (folder / "scenario.yaml").read_text()
    line = next(line for line in text.splitlines() if "admission-plugins:" in line)
    by_flag = f"      flags: {{{flag}: {{contains: [NodeRestriction, AlwaysPullImages]}}}}"
    (folder / "scenario.yaml").write_text(text.replace(line, by_flag))
    scenario = load(folder, kinds())
    [problem] = lint(scenario, load_answers(scenario), kinds())
    assert "reads admission plugins off one flag" in problem.message
    assert problem.line
