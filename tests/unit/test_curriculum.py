"""The curriculum: a closed list, whose ids every scenario of the tree uses, and by which `list` can be narrowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ckslab.cli import main
from ckslab.curriculum import BULLET_IDS, BULLETS, bullet
from ckslab.errors import ScenarioError
from ckslab.lab.catalogue import SHIPPED, load_folder, scenarios
from tests.support.scenario_pack import SCENARIO, pack


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "h").mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))


def test_each_id_has_one_bullet_in_the_order_of_the_list() -> None:
    assert tuple(one.id for one in BULLETS) == BULLET_IDS
    assert [one.id for one in BULLETS if one.domain == "Supply Chain Security" and not one.former] == [
        "base-image",
        "know-supply-chain",
        "secure-supply-chain",
        "static-analysis",
    ]
    assert bullet("none-of-them") is None


def test_every_shipped_scenario_trains_one_and_the_list_goes_by_them() -> None:
    found = [one.bullet for one in scenarios([SHIPPED]).entries]
    assert found == sorted(found, key=BULLET_IDS.index)


def test_a_bullet_that_is_none_is_an_error_of_the_scenario_and_a_missing_one_is_for_lint(tmp_path: Path) -> None:
    wrong = SCENARIO.replace("bullet: secure-supply-chain", "bullet: supply-chain")
    with pytest.raises(ScenarioError, match=r"scenario\.yaml:4: bullet"):
        load_folder(pack(tmp_path, {"scenario.yaml": wrong}))


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--level", "hard", "--topic", "gatekeeper"], ["gk-fix-template"]),
        (["--bullet", "platform-binaries"], ["verify-binaries"]),
        (["--bullet", "base-image", "--level", "hard"], []),
    ],
)
def test_the_list_can_be_narrowed(options: list[str], ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", *options, "--output", "json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["scenarios"]] == ids


@pytest.mark.parametrize("options", [["--bullet", "baseimage"], ["--level", "harder"], ["--topic", "none"]])
def test_words_that_are_none_are_refused_with_those_that_are(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list", *options]) == 2
    assert "easy" in (said := capsys.readouterr().err) or "base-image" in said or "gatekeeper" in said
