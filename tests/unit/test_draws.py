"""What a lab draws by its seed stands wherever the nonce may, the same for the same seed; without a lab nobody guesses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path

import pytest
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.cli import main
from ckslab.errors import ScenarioError
from ckslab.grading.grade import NO_DRAW, NO_NONCE, OTHER_DRAW, grade
from ckslab.lab.life.start import Wanted, new_record
from ckslab.lab.verify.jobs import SOLUTION, UNTOUCHED, plan_jobs
from ckslab.scenario.actions import Write
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import answer_steps
from ckslab.scenario.draws import Draw, drawn_words
from ckslab.scenario.kinds import Kinds
from ckslab.scenario.loading.load import load
from tests.support.checks_evidence import Node
from tests.support.scenario_pack import KINDS, FileParams, pack

SCENARIO = """\
id: sample
title: A sample
topic: binaries
difficulty: easy
minutes: 5
draws:
  - {of: [cat, dog, "7"], as: [bad, good]}
  - {of: [red, blue], as: [colour]}
setup:
  files: setup/node
  steps: [{write: "/opt/${bad}", content: "${good} ${nonce}"}]
checks:
  - id: gone
    title: The bad one is gone
    points: 60
    file: {path: "/opt/${bad}", contains: "${good}"}
    hints: [Look.]
  - id: fixed
    title: The note is there
    points: 40
    file: {path: /root/note, contains: note}
    hints: [Look.]
"""

ANSWERS = """\
solution:
  - note: {write: /root/note, content: "${bad} ${colour} ${HOME}"}
wrong:
  nothing:
    note: null
    fails: [fixed]
"""

FILES = {
    "scenario.yaml": SCENARIO,
    "answers.yaml": ANSWERS,
    "task.md": "Keep ${good}. <!-- checks: gone, fixed -->\n",
    "setup/node/opt/list": "${good} ${colour} ${other}\n",
}


def scenario_pack(folder: Path, changed: Mapping[str, str] | None = None) -> Path:
    return pack(folder, FILES | dict(changed or {}))


def words_of(seed: int) -> dict[str, str]:
    draws = [Draw.model_validate(one) for one in ({"of": ["cat", "dog", "7"], "as": ["bad", "good"]},)]
    return dict(drawn_words(draws, seed))


def test_what_is_drawn_stands_in_set_up_checks_task_and_answers(tmp_path: Path) -> None:
    scenario = load(scenario_pack(tmp_path), KINDS, nonce="k7f3q9", seed=3)
    bad, good = words_of(3)["${bad}"], words_of(3)["${good}"]
    assert scenario.checks[0].params == FileParams(path=f"/opt/{bad}", contains=good)
    assert scenario.task == f"Keep {good}.\n"
    (step,) = scenario.setup.steps
    file = next(one for one in scenario.setup.files if one.path == "/opt/list")
    colour = scenario.words["${colour}"]
    assert file.data.decode() == f"{good} {colour} ${{other}}\n"
    assert step.action == Write(write=f"/opt/{bad}", content=f"{good} k7f3q9")
    (note,) = answer_steps(load_answers(scenario), SOLUTION)
    assert note.action == Write(write="/root/note", content=f"{bad} {colour} ${{HOME}}")


def test_the_same_seed_draws_the_same_and_seeds_draw_everything() -> None:
    drawn = [tuple(words_of(seed).values()) for seed in range(60)]
    assert drawn == [tuple(words_of(seed).values()) for seed in range(60)]
    assert set(drawn) == set(permutations(("cat", "dog", "7"), 2))


def test_pools_are_drawn_apart() -> None:
    of = ["a", "b", "c", "d"]
    draws = [Draw.model_validate({"of": of, "as": [name]}) for name in ("one", "two")]
    drawn = {tuple(drawn_words(draws, seed).values()) for seed in range(200)}
    assert len(drawn) == 16


def test_nobody_draws_without_a_lab(tmp_path: Path) -> None:
    scenario = load(scenario_pack(tmp_path), KINDS, seed=3)
    assert scenario.checks[0].params == FileParams(path="/opt/${bad}", contains="${good}")
    assert [check.waits_for for check in scenario.checks] == [("${bad}", "${good}"), ()]
    assert [check.waits_for for check in load(scenario.folder, KINDS, nonce="k7f3q9").checks] == [(), ()]


def found_in(scenario_yaml: str, tmp_path: Path, nonce: str | None = None) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(scenario_pack(tmp_path, {"scenario.yaml": scenario_yaml}), KINDS, nonce=nonce)
    return [line.rpartition("scenario.yaml:")[2] for line in caught.value.message.splitlines()]


MISTAKES = [
    ("as: [bad, good]", "as: [bad, good, a, b]", "`as` has 4 names for 3 words"),
    ("as: [bad, good]", "as: [good, good]", "a name stands twice in `as`"),
    ('of: [cat, dog, "7"]', "of: [cat, dog, cat]", "a word stands twice in `of`"),
    ("as: [colour]", "as: [nonce]", "${nonce} means something else"),
    ("as: [colour]", "as: [good]", "${good} is drawn twice"),
    ("of: [red, blue]", "of: [red]", "should have at least 2 items"),
    ("of: [red, blue]", 'of: [red, "${nonce}"]', "does not have the form"),
    ("of: [red, blue]", 'of: [red, "a b"]', "does not have the form"),
    ("of: [red, blue]", "of: [red, 7]", "should be a valid string"),
    ("as: [colour]", "as: [Colour]", "does not have the form"),
    ("/opt/${bad}\", contains", "/opt/${bda}\", contains", "nothing fills in ${bda}; did you mean"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_line(old: str, new: str, message: str, tmp_path: Path) -> None:
    problems = found_in(SCENARIO.replace(old, new), tmp_path)
    assert any(message in one for one in problems), problems
    assert all(re.match(r"\d+: ", one) for one in problems)


def test_a_word_cannot_lead_a_path_astray(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Draw.model_validate({"of": ["../etc", "a"], "as": ["x"]})
    of = SCENARIO.replace("cat, dog", "a/../../etc, b/../../etc").replace('"7"', "c/../../etc")
    assert any("plain form" in one for one in found_in(of, tmp_path, "k7f3q9"))


REAL = SCENARIO.replace(
    'file: {path: "/opt/${bad}", contains: "${good}"}', 'file: {path: "/opt/${bad}", is: absent}'
)


def outcomes(tmp_path: Path, nonce: str | None, seed: int | None, scenario: str = REAL) -> list[tuple[str, str]]:
    from ckslab.lab.catalogue import kinds

    loaded = load(scenario_pack(tmp_path, {"scenario.yaml": scenario}), kinds(), nonce=nonce, seed=seed)
    node = Node({"/root/note": "note"})
    result = grade(loaded, CHECK_TYPES, lambda needs: {need: node[need] for need in needs})
    return [(one.outcome, one.finding.observed) for one in result.checks]


def test_a_check_that_waits_for_a_draw_is_undecided_without_it_and_the_others_are_not(tmp_path: Path) -> None:
    real = REAL.replace("contains: note", "contains: [note]")
    assert outcomes(tmp_path, "k7f3q9", 1, real) == [("pass", ""), ("pass", "")]
    assert outcomes(tmp_path, None, 0, real) == [("unknown", NO_DRAW), ("pass", "")]
    assert outcomes(tmp_path, "k7f3q9", None, real) == [("unknown", OTHER_DRAW), ("pass", "")]
    both = real.replace("contains: [note]", 'contains: ["${nonce}"]')
    assert outcomes(tmp_path, None, 0, both) == [("unknown", NO_DRAW), ("unknown", NO_NONCE)]


def test_a_new_lab_of_it_has_a_seed_of_its_own(tmp_path: Path) -> None:
    scenario = load(scenario_pack(tmp_path), KINDS)
    wanted = Wanted("sample", [tmp_path])
    assert len({new_record("one", scenario, "local", wanted).seed for _ in range(20)}) > 1
    plain = load(pack(tmp_path / "plain", {**FILES, "scenario.yaml": SCENARIO.replace("${bad}", "b").replace("${good}", "g")
        .replace("draws:\n", "").replace('  - {of: [cat, dog, "7"], as: [bad, good]}\n', "")
        .replace("  - {of: [red, blue], as: [colour]}\n", "")}), KINDS)  # fmt: skip
    assert new_record("one", plain, "local", wanted).seed == 0


def test_verify_plays_answers_with_unlike_draws_and_again_with_others(tmp_path: Path) -> None:
    real = REAL.replace("contains: note", "contains: [note]")
    scenario_pack(tmp_path, {"scenario.yaml": real})
    jobs = plan_jobs(["sample"], [tmp_path], repeat=2)
    assert [(job.answer, job.seed) for job in jobs] == [
        (UNTOUCHED, 0), (SOLUTION, 1), ("nothing", 2), (UNTOUCHED, 3), (SOLUTION, 4), ("nothing", 5),
    ]  # fmt: skip
    assert [job.label for job in jobs][1] == "solution [seed 1]"
    for job in jobs:
        words = job.scenario.words
        assert words == load(job.scenario.folder, _kinds(), nonce=job.scenario.nonce, seed=job.seed).words
        assert words["${bad}"] in json.dumps([step.action.model_dump() for step in job.answers.solution])


def test_show_says_that_the_task_names_what_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = REAL.replace("contains: note", "contains: [note]")
    scenario_pack(tmp_path, {"scenario.yaml": real})
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "home"))
    assert main(["show", "sample", "--scenarios", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert f"Keep {words_of(0)['${good}']}." in out
    assert "as with --seed 0" in err
    (tmp_path / "sample/task.md").write_text("Keep one. <!-- checks: gone, fixed -->\n")
    assert main(["show", "sample", "--scenarios", str(tmp_path)]) == 0
    assert "--seed" not in capsys.readouterr().err


def _kinds() -> Kinds:
    from ckslab.lab.catalogue import kinds

    return kinds()
