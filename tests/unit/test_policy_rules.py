"""Lint asks a task on policies for the rows that find holes, and a wrong answer for words that prove something."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ckslab.lab.catalogue import kinds
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.find import find_scenarios
from ckslab.scenario.loading.load import load
from ckslab.scenario.rules.policies import policy_problems, says_problems

SHIPPED = find_scenarios([Path(__file__).parents[2] / "scenarios"])


def without(name: str, tmp_path: Path, *texts: str, file: str = "scenario.yaml") -> list[str]:
    """What is found in this scenario without the lines that hold one of these texts."""
    folder = tmp_path / name
    shutil.copytree(SHIPPED[name], folder)
    kept = [
        line for line in (folder / file).read_text().splitlines(keepends=True) if not any(t in line for t in texts)
    ]
    (folder / file).write_text("".join(kept))
    scenario = load(folder, kinds())
    return [str(one).removeprefix(f"{folder}/") for one in policy_problems(scenario)]


@pytest.mark.parametrize(
    ("name", "texts", "problem"),
    [
        (
            "k8strustedimages",
            ["new-namespace"],
            "speaks of every namespace: add a row of `denied` with `new-namespace: {}`",
        ),
        ("k8strustedimages", ["kube-system", "kube-public"], "add a row in kube-system or kube-public"),
        ("k8strustedimages", ["look-alikes"], "names a registry: give a matrix `look-alikes: [{registries"),
        ("gk-audit-existing", ["look-alikes"], "names a registry"),
        ("vap-registry", ["images: trusted}}"], "add a row of `denied` with `new-namespace: {KEY: VALUE}`"),
        ("vap-registry", ["new-namespace: {}"], "add a row of `admitted` with `new-namespace: {}`, in one without"),
        ("vap-digest-tags", ["digest: true"], "demands digests: give a matrix `look-alikes: [{digest: true}]`"),
    ],
)
def test_a_row_that_is_missing_is_asked_for(tmp_path: Path, name: str, texts: list[str], problem: str) -> None:
    if name == "vap-registry" and texts == ["images: trusted}}"]:
        texts = ["images: trusted"]
    if texts == ["digest: true"]:
        texts.append("look-alikes")
    found = without(name, tmp_path, *texts)
    assert any(problem in one for one in found), found
    assert all(one.startswith("task.md:") for one in found)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.startswith(("gk-", "vap-", "k8s"))])
def test_the_shipped_ones_have_them(name: str, tmp_path: Path) -> None:
    assert without(name, tmp_path) == []


@pytest.mark.parametrize("says", ["a look-alike", "the second container", "In labelled namespaces"])
def test_words_of_the_scenario_itself_prove_nothing(says: str, tmp_path: Path) -> None:
    folder = tmp_path / "vap-registry"
    shutil.copytree(SHIPPED["vap-registry"], folder)
    text = (folder / "answers.yaml").read_text()
    assert "says: there is no such object" in text
    (folder / "answers.yaml").write_text(text.replace("says: there is no such object", f"says: {says}"))
    scenario = load(folder, kinds())
    (problem,) = says_problems(scenario, load_answers(scenario))
    assert "wrong answer 'no binding' says what stands in the scenario itself" in problem.message
