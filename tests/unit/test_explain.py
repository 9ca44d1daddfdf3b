"""What to take away: shown by its scenario's id or in its lab, and after full marks its first paragraph."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckslab.cli import main
from ckslab.lab.guidance.explain import take_away
from ckslab.lab.model import Lab
from tests.support.lab_on_disk import lab_on_disk

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return lab_on_disk(tmp_path)


def test_a_scenario_is_explained_by_its_id_and_the_only_lab_without(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "ipw-tls"]) == 0
    assert capsys.readouterr().out.startswith("# Repair webhook trust\n\nMutual TLS")
    assert main(["explain"]) == 0
    assert "tests of the node" in capsys.readouterr().out


def test_one_that_says_nothing_is_refused_in_a_sentence(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    (lab.scenario.folder / "after.md").unlink()
    assert main(["explain"]) == 2
    assert "wrote nothing on what to take away" in capsys.readouterr().err
    assert take_away(Lab("one")) == ""


def test_the_first_paragraph_is_what_grade_shows_and_a_scenario_that_is_gone_is_no_error(lab: Lab) -> None:
    assert take_away(lab) == "This scenario is for the tests of the node: it looks like a real one, and is small."
    folder = lab.scenario.folder
    folder.rename(folder.with_name("gone"))
    assert take_away(Lab("one")) == ""


def test_a_page_that_leads_out_of_the_scenario_is_refused(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    page = lab.record.folder / "after.md"
    page.unlink()
    page.symlink_to("/etc/passwd")
    assert main(["explain"]) == 2
    assert "after.md leads out of the scenario's folder" in capsys.readouterr().err
