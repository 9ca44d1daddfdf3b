"""answers.yaml loads whole, or says everything that is wrong; and gives the steps of each answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckslab.errors import ScenarioError, UsageError
from ckslab.scenario.actions import Run, Write
from ckslab.scenario.answers.load import load_answers
from ckslab.scenario.answers.model import Answers, answer_steps
from ckslab.scenario.faults import Fault
from ckslab.scenario.loading.load import load
from ckslab.scenario.model import Scenario
from tests.support.scenario_pack import ANSWERS, KINDS, SCENARIO, pack


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def loaded(folder: Path, nonce: str | None = "k7f3q9") -> tuple[Scenario, Answers]:
    scenario = load(folder, KINDS, nonce=nonce)
    return scenario, load_answers(scenario)


def faults(scenario: Scenario, *names: str) -> list[Fault]:
    assert scenario.faults is not None
    return [fault for fault in scenario.faults.choices if fault.id in names]


def names(folder: Path, answer: str, *drawn: str) -> list[str]:
    scenario, answers = loaded(folder)
    return [step.name for step in answer_steps(answers, answer, faults(scenario, *drawn))]


def test_without_faults_no_word_of_a_fault_is_filled_in(tmp_path: Path) -> None:
    start, end = SCENARIO.index("faults:"), SCENARIO.index("checks:")
    text = "solution:\n  - note: {run: 'echo ${cause} ${fault-log}'}\n"
    _, answers = loaded(pack(tmp_path, {"scenario.yaml": SCENARIO[:start] + SCENARIO[end:], "answers.yaml": text}))
    (step,) = answer_steps(answers, "solution")
    assert step.action == Run(run="echo ${cause} ${fault-log}")


def test_the_solution_repairs_what_was_drawn_last_broken_first_and_then_goes_on(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    assert names(folder, "solution", "port", "plugin") == [
        "plugin repair 1",
        "port repair 1",
        "note",
        "kubeconf",
    ]
    assert names(folder, "solution", "port") == ["port repair 1", "note", "kubeconf"]
    assert names(folder, "solution") == ["note", "kubeconf"]


def test_an_answer_differs_from_the_solution_as_it_says(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    assert names(folder, "nothing noted") == ["kubeconf"]
    assert names(folder, "settings left") == ["note", "last"]
    assert names(folder, "port left", "port", "plugin") == [
        "plugin repair 1",
        "note",
        "early",
        "kubeconf",
        "late",
    ]
    assert names(folder, "only the first", "port", "plugin") == ["plugin repair 1", "note", "kubeconf"]


def test_nonce_files_and_causes_are_filled_in(tmp_path: Path) -> None:
    scenario, answers = loaded(pack(tmp_path))

    def content(answer: str, *drawn: str) -> str | None:
        action = next(s.action for s in answer_steps(answers, answer, faults(scenario, *drawn)) if s.name == "note")
        assert isinstance(action, Write)
        return action.content

    assert content("from a file") == "k7f3q9 by file\n"
    assert content("solution", "port") == "k7f3q9 dial tcp 127.0.0.1:9443: connect: connection refused\n"
    assert content("solution", "port", "plugin") == "k7f3q9 unknown plugin k7f3q9\n"


def test_what_must_fail_follows_the_faults_that_are_left(tmp_path: Path) -> None:
    scenario, answers = loaded(pack(tmp_path))
    both, plugin = faults(scenario, "port", "plugin"), faults(scenario, "plugin")
    first = answers.answer("only the first")
    assert first.says == "connection refused"
    assert first.failing(both) == {"settings"}  # port is left: the default
    assert first.applies(both)
    assert not first.applies(plugin)
    assert answers.answer("port left").applies(both)
    assert not answers.answer("port left").applies(plugin)
    assert answers.answer("nothing noted").failing(both) == {"note", "settings", "enforced"}
    assert answers.answer("solution").failing(both) == frozenset()
    assert [one.name for one in answers.right] == ["from a file"]
    assert len(answers.wrong) == 4


def test_steps_know_their_lines(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    _, answers = loaded(folder)
    assert [step.line for step in answers.solution] == [2, 3]
    early = answer_steps(answers, "port left")[1]
    assert (early.line, early.file) == (line_of(ANSWERS, "early:"), str(folder / "answers.yaml"))


def test_an_unknown_answer_is_named_with_the_nearest(tmp_path: Path) -> None:
    _, answers = loaded(pack(tmp_path))
    with pytest.raises(UsageError, match="did you mean 'port left'"):
        answer_steps(answers, "port lef")


MUTATIONS = [
    ("solution:", "solutions:", "solutions:", "unknown key 'solutions'; did you mean 'solution'?"),
    ("- note: {write", "- note: {wirte", "- note:", "did you mean 'write'?"),
    ("- note: {write", "- then: {write", "- then:", "'then' is no name for a step"),
    ("- kubeconf: {edit", "- note: {edit", "- note: {edit", "step 'note' comes twice"),
    ("- kubeconf: {edit", "- Kubeconf: {edit", "- Kubeconf", "does not have the form"),
    ("  - kubeconf: {edit", "    kubeconf: {edit", "- note: ", "at most 1 item"),
    ("set: {port: 8444}", "set: {}", "- kubeconf: {edit", "say what to edit: `set`, `remove` or `append`"),
    ("set: {port: 8444}", 'set: {"a..b": 1}', "- kubeconf: {edit", "is not a path like"),
    (
        "set: {port: 8444}",
        "sets: {port: 8444}",
        "- kubeconf: {edit",
        "unknown key 'sets'; did you mean 'set'?",
    ),
    ('content: "${nonce} ${fault-log}\\n"', "from: setup/nothing", "- note:", "there is no setup/nothing"),
    ('content: "${nonce} ${fault-log}\\n"', "from: ../../x", "- note:", "there is no ../../x"),
    ('content: "${nonce} ${fault-log}\\n"', "mode: '0600'", "- note:", "say what to write, in one way"),
    (
        'content: "${nonce} ${fault-log}\\n"',
        'content: "${cause}"',
        "- note:",
        "'${cause}' is a word of an earlier version: write `${fault-log}`",
    ),
    ('last: {run: "true"}', 'last: {run: "echo ${cause}"}', "last:", "write `${fault-log}`"),
    ("note: null\n", "nota: null\n", "nota: null", "no step 'nota' in the solution; did you mean 'note'?"),
    (
        "fails: [note, settings, enforced]",
        "fail: [note]",
        "fail: [note]",
        "no step 'fail' in the solution; did you mean 'fails'?",
    ),
    ("    fails: [note, settings, enforced]\n", "", "nothing noted:", "missing key 'fails'"),
    (
        "fails: [note, settings, enforced]",
        "fails: [nots]",
        "fails: [nots]",
        "no such check 'nots'; did you mean 'note'?",
    ),
    ("fails: [note, settings, enforced]", "fails: []", "fails: []", "fails at least one check"),
    ("fails: [note, settings, enforced]", "fails: {port: [note]}", "fails: {port", "every fault is repaired"),
    ("fails: [note, settings, enforced]", "fails: {}", "fails: {}", "every fault is repaired"),
    ("fails: {default: [settings], plugin", "fails: {plugin", "fails: {plugin", "says nothing for port"),
    (
        "default: [settings], plugin",
        "default: [settings], plugn",
        "fails: {default",
        "no such fault 'plugn'; did you mean 'plugin'?",
    ),
    (
        "repair: {port: null}",
        "repair: {prt: null}",
        "repair: {prt",
        "no such fault 'prt'; did you mean 'port'?",
    ),
    ("only-first-fault: true", "only-first-fault: 1", "only-first-fault", "should be a valid boolean"),
    (
        "      kubeconf:\n        early",
        "      kubecnf:\n        early",
        "kubecnf:",
        "no step 'kubecnf' in the solution",
    ),
    ("      last: {run", "      last: {rum", "last: {rum", "did you mean 'run'?"),
    ("  from a file:", "  solution:", "  solution:", "two answers are called 'solution'"),
    ("  from a file:", "  port left:", "  port left:\n    repair", "two answers are called 'port left'"),
]


@pytest.mark.parametrize(("old", "new", "at", "message"), MUTATIONS)
def test_one_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, at: str, message: str) -> None:
    assert old in ANSWERS
    text = ANSWERS.replace(old, new, 1)
    folder = pack(tmp_path, {"answers.yaml": text})
    with pytest.raises(ScenarioError) as caught:
        loaded(folder)
    place = f"{folder}/answers.yaml:{line_of(text, at)}: "
    found = caught.value.message.splitlines()
    assert any(one.startswith(place) and message in one for one in found), found


def test_faults_are_needed_to_be_left_in(tmp_path: Path) -> None:
    start, end = SCENARIO.index("faults:"), SCENARIO.index("checks:")
    folder = pack(tmp_path, {"scenario.yaml": SCENARIO[:start] + SCENARIO[end:]})
    with pytest.raises(ScenarioError, match="the scenario has no faults to repair"):
        loaded(folder)


def test_objects_come_from_a_file(tmp_path: Path) -> None:
    text = ANSWERS.replace('last: {run: "true"}', "last: {apply: setup/pod.yaml}")
    _, answers = loaded(pack(tmp_path, {"answers.yaml": text}))
    action = answer_steps(answers, "settings left")[-1].action
    assert action.objects[0]["metadata"] == {"name": "p-k7f3q9"}  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return load(pack(tmp_path_factory.mktemp("any")), KINDS)


PIECES = [line + "\n" for line in ANSWERS.splitlines()] + [
    "&a ",
    "*a\n",
    "- ",
    "[",
    "}",
    "wrong: 7\n",
    "right: {a: 1}\n",
]


@settings(max_examples=150)
@given(st.one_of(st.text(max_size=100), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_any_text_loads_or_is_refused_with_a_line(sample: Scenario, text: str) -> None:
    (sample.folder / "answers.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_answers(sample)
    except ScenarioError as error:
        for line in error.message.splitlines():
            assert line.startswith(f"{sample.folder}/answers.yaml:")
