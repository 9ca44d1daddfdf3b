"""A scenario loads whole, or says everything that is wrong with it, with file and line."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckslab.errors import ScenarioError, UsageError
from ckslab.scenario.faults import draw_faults
from ckslab.scenario.loading.load import load
from ckslab.scenario.loading.pack import MAX_PACK_FILES, Pack
from ckslab.scenario.model import Service
from tests.support.scenario_pack import KINDS, SCENARIO, FileParams, MirrorSettings, ScannerSettings, pack


def line_of(text: str, part: str) -> int:
    """The line in which a part of a text begins."""
    return text[: text.index(part)].count("\n") + 1


def problems(folder: Path) -> list[str]:
    """`FILE:LINE: message` of everything wrong, the folder's name cut off."""
    with pytest.raises(ScenarioError) as caught:
        load(folder, KINDS)
    return [line.removeprefix(f"{folder}/") for line in caught.value.message.splitlines()]


def test_the_nonce_is_filled_in_everywhere_and_nothing_else_is(tmp_path: Path) -> None:
    scenario = load(pack(tmp_path), KINDS, nonce="123456")
    assert scenario.checks[0].params == FileParams(path="/root/note.txt", contains="123456")
    assert scenario.task.startswith("Write 123456 to")
    assert "$HOME" in scenario.task
    (file,) = scenario.setup.files
    assert (file.path, file.mode, file.data) == (
        "/etc/admission/kubeconf",
        0o600,
        b"port: 8443  # 123456 ${other}\n",
    )
    (pod,) = scenario.setup.objects
    assert pod["metadata"]["name"] == "p-123456"
    assert scenario.faults is not None
    assert scenario.faults.choices[1].example == "unknown plugin 123456"
    assert scenario.max_points == 100


def test_services_and_add_ons_are_read_by_the_models_of_their_kinds(tmp_path: Path) -> None:
    text = SCENARIO.replace("setup:\n", "setup:\n  add-ons: {mirror: {manifest: /opt/m.yaml}}\n")
    scenario = load(pack(tmp_path, {"scenario.yaml": text}), KINDS)
    deny = ({"image": "*:latest", "reason": "no latest"},)
    assert scenario.services == {"scanner": Service("image-scanner", ScannerSettings(deny=deny))}
    assert scenario.setup.add_ons == {"mirror": MirrorSettings(manifest="/opt/m.yaml")}


def test_what_an_add_on_requires_counts_as_the_scenarios_own(tmp_path: Path) -> None:
    text = SCENARIO.replace("setup:\n", "setup:\n  add-ons: {mirror: {manifest: /opt/m.yaml}}\n")
    assert load(pack(tmp_path, {"scenario.yaml": text}), KINDS).requires == ("static-pods", "services")


def test_without_a_nonce_the_word_stays(tmp_path: Path) -> None:
    scenario = load(pack(tmp_path), KINDS)
    assert scenario.checks[0].params == FileParams(path="/root/note.txt", contains="${nonce}")


def test_a_nonce_is_a_token(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load(pack(tmp_path), KINDS, nonce='x"; rm')


def test_checks_and_faults_know_their_lines(tmp_path: Path) -> None:
    scenario = load(pack(tmp_path), KINDS)
    assert [check.line for check in scenario.checks] == [
        line_of(SCENARIO, f"- id: {name}") for name in ("note", "settings", "enforced")
    ]
    assert scenario.faults is not None
    step = scenario.faults.choices[0].repair[0]
    assert (step.name, step.line) == (
        "port repair 1",
        line_of(SCENARIO, '- {replace: /etc/admission/kubeconf, old: "9443"'),
    )


MUTATIONS = [
    # old, new, the part of the new text that the line is of, message
    ("title: A sample", "titel: A sample", "titel", "unknown key 'titel'; did you mean 'title'?"),
    ("title: A sample\n", "", "id: sample", "missing key 'title'"),
    ("id: sample", "id: other", "id: other", "id 'other' is not the name of its folder, 'sample'"),
    (
        "[static-pods]",
        "[static-pod]",
        "requires",
        "requires[0]: no such value 'static-pod'; did you mean 'static-pods'?",
    ),
    (
        "[static-pods]",
        "[gatekeeper]",
        "requires",
        "'gatekeeper' is a word of an earlier version: an add-on requires what it needs",
    ),
    ("topic: image", "topic: imag", "topic", "did you mean 'image-policy-webhook'?"),
    (
        "difficulty: medium",
        "difficulty: brutal",
        "difficulty",
        "no such value 'brutal'; known: easy, hard, medium",
    ),
    ("minutes: 15", "minutes: soon", "minutes", "minutes: should be a valid integer"),
    ("minutes: 15", "minutes: true", "minutes", "minutes: should be a valid integer"),
    ("minutes: 15", "minutes: 15\nminutes: 16", "minutes: 16", "already set in map"),
    (
        "image-scanner:",
        "image-scaner:",
        "image-scaner",
        "unknown key 'image-scaner'; did you mean 'image-scanner'?",
    ),
    ("ca-of: scanner", "ca-of: scaner", "ca-of", "no such service 'scaner'; did you mean 'scanner'?"),
    ("ca-of: scanner, cert", "cert", "- {cert", "say what it is, in one way"),
    ("cert: /etc/admission/ca.crt", "cert: etc/ca.crt", "- {ca-of", "does not have the form"),
    ("cert: /etc/admission/ca.crt", "cert: /etc/../ca.crt", "- {ca-of", "plain form"),
    ('"0600"', "0600", "modes", "valid string"),
    (
        '/etc/admission/kubeconf: "',
        '/etc/admission/kubeconfig: "',
        "modes",
        "did you mean '/etc/admission/kubeconf'?",
    ),
    ("files: setup/node", "files: setup/nod", "files: setup/nod", "there is no setup/nod"),
    ("files: setup/node", "files: /etc", "files: /etc", "not a path inside the scenario's folder"),
    ("files: setup/node", "files: ../..", "files: ../..", "leads out of the scenario's folder"),
    ("[setup/pod.yaml]", "[setup/pot.yaml]", "objects", "there is no setup/pot.yaml"),
    ("draw: 2", "draw: 3", "draw: 3", "3 faults cannot always be drawn"),
    ("draw: 2", "draw: two", "draw: two", "faults.draw: should be a valid integer"),
    (
        "- id: plugin\n",
        "- id: plugin\n      not-with: [prot]\n",
        "not-with",
        "names no other fault: 'prot'; did you mean 'port'?",
    ),
    (
        "- id: plugin\n",
        "- id: plugin\n      not-with: [port]\n",
        "draw: 2",
        "cannot always be drawn: too few go together beside port",
    ),
    ("- id: plugin\n", "- id: port\n", "- id: port\n      steps: [{static", "fault id 'port' is used twice"),
    ('["unknown plugin"]', '["unknown (plugin"]', 'signatures: ["unknown', "not a regular expression"),
    (
        "example: unknown",
        "example: known",
        "- id: plugin",
        "the example of fault 'plugin' matches none of its signatures",
    ),
    (
        "steps: [{static-pod",
        "steps: [{static-pot",
        "steps: [{static-pot",
        "a step is a mapping with one of write",
    ),
    ("steps: [{static-pod", "steps: [{static-pot", "steps: [{static-pot", "did you mean 'static-pod'?"),
    (
        "remove-flag: enable",
        "remove-flags: enable",
        "remove-flags",
        "unknown key 'remove-flags'; did you mean 'remove-flag'?",
    ),
    ("points: 40", "points: 41", "checks:", "the checks' points add up to 101, not 100"),
    ("points: 40", "points: 0", "points: 0", "greater than or equal to 1"),
    ("    points: 40\n", "", "- id: note", "checks[0]: missing key 'points'"),
    ("after: [note]", "after: [not]", "after", "after names no check: 'not'; did you mean 'note'?"),
    (
        "with: [note]",
        "with: [enforcd]",
        "with: [",
        "with names no check: 'enforcd'; did you mean 'enforced'?",
    ),
    (
        "after: [note]",
        "after: [settings]",
        "- id: settings",
        "checks wait for each other: settings -> settings",
    ),
    ("    with: [note]\n", "", "- id: enforced", "guard 'enforced' needs `with`"),
    ("    guard: true\n", "", "- id: enforced", "`with` belongs to a guard"),
    (
        "- id: settings",
        "- id: note",
        "- id: note\n    title: The settings",
        "check id 'note' is already used in line",
    ),
    ("    hints: [Read", "    hint: [Read", "hint: [Read", "unknown key 'hint'; did you mean 'hints'?"),
    (
        "file: {path: /etc/admission/kubeconf}",
        "fil: {path: /x}",
        "fil: {",
        "no such check type 'fil'; did you mean 'file'?",
    ),
    (
        "    file: {path: /etc/admission/kubeconf}\n",
        "",
        "- id: settings",
        "has no type: add the key that says how to judge it",
    ),
    (
        "    admission:",
        "    file: {path: /x}\n    admission:",
        "admission:\n      pro",
        "has 2 types (file, admission)",
    ),
    (
        "    admission:",
        "    while-stopped: scanner\n    admission:",
        "while-stopped",
        "it belongs into 'admission', one level deeper",
    ),
    (
        "{path: /root/note.txt, contains",
        "{pth: /root/note.txt, contains",
        "file: {pth",
        "unknown key 'pth'; did you mean 'path'?",
    ),
    (
        '{image: "a:1", admitted: true}',
        '{imag: "a:1"}',
        "- {imag:",
        "unknown key 'imag'; did you mean 'image'?",
    ),
    (
        "      probes:\n",
        "      while-stopped: scan\n      probes:\n",
        "- id: enforced",
        "names no service: 'scan'",
    ),
    (
        "setup:\n",
        "setup:\n  gatekeeper: {installed: true}\n",
        "gatekeeper:",
        "'gatekeeper' is a word of an earlier version: write `add-ons: {gatekeeper: ...}`",
    ),
    ("setup:\n", "setup:\n  add-ons: {miror: {}}\n", "add-ons:", "unknown key 'miror'; did you mean 'mirror'?"),
    ("setup:\n", "setup:\n  add-ons: {mirror: }\n", "add-ons:", "missing key 'manifest'"),
    (
        "setup:\n",
        "setup:\n  add-ons:\n    mirror:\n      manifesto: /m.yaml\n",
        "manifesto",
        "unknown key 'manifesto'; did you mean 'manifest'?",
    ),
    (
        "    image-scanner:\n",
        "    other: {}\n    image-scanner:\n",
        "scanner:\n    other",
        "a service is of one kind",
    ),
    ('{image: "*:latest", reason: no latest}', "{image: a}", "- {image: a}", "missing key 'reason'"),
    ("minutes: 15", "minutes: [15", "requires", "did not find expected"),
    ("minutes: 15", "minutes: *x", "minutes", "unknown anchor"),
    ("title: A sample", "title: A sample\n---\nid: x", "id: sample", "more than one YAML document"),
]


@pytest.mark.parametrize(("old", "new", "at", "message"), MUTATIONS)
def test_one_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, at: str, message: str) -> None:
    assert old in SCENARIO
    text = SCENARIO.replace(old, new, 1)
    found = problems(pack(tmp_path, {"scenario.yaml": text}))
    place = f"scenario.yaml:{line_of(text, at)}: "
    assert any(one.startswith(place) and message in one for one in found), found


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = (
        SCENARIO.replace("title: A", "titel: A")
        .replace("points: 40", "points: x")
        .replace("{path: /etc", "{pat: /etc")
    )
    found = problems(pack(tmp_path, {"scenario.yaml": text, "task.md": " \n"}))
    assert len(found) == 6
    assert [one.split(":")[0] for one in found].count("task.md") == 1
    assert found == sorted(found, key=lambda one: (one.split(":")[0], int(one.split(":")[1])))


def test_a_check_that_needs_nothing_asserts_nothing(tmp_path: Path) -> None:
    start = SCENARIO.index("      probes:")
    text = SCENARIO[:start] + "      probes: []\n    hints: [Try it.]\n"
    assert any(
        "check 'enforced' asserts nothing" in one for one in problems(pack(tmp_path, {"scenario.yaml": text}))
    )


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    (folder / "setup/node/passwd").symlink_to("/etc/passwd")
    assert any("setup/node/passwd is a symbolic link" in one for one in problems(folder))


def test_a_scenario_file_that_leads_out_is_refused(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    (folder / "scenario.yaml").rename(tmp_path / "elsewhere")
    (folder / "scenario.yaml").symlink_to(tmp_path / "elsewhere")
    assert problems(folder) == ["scenario.yaml:1: scenario.yaml leads out of the scenario's folder"]


def test_the_digest_is_that_of_the_authors_files(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    digest = load(folder, KINDS).digest
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert load(folder, KINDS, nonce="k7f3q9").digest == digest
    (folder / ".git").mkdir()
    (folder / ".git/HEAD").write_text("ref: main")
    (folder / "scenario.yaml~").write_text("an editor's backup")
    assert load(folder, KINDS).digest == digest


@pytest.mark.parametrize("change", [
    lambda folder: (folder / "answers.yaml").write_text("solution: []"),
    lambda folder: (folder / "task.md").rename(folder / "task.txt"),
    lambda folder: (folder / "setup/node/.bashrc").write_text("export A=1"),
    lambda folder: (folder / "setup/note.txt").write_text("x" * (2 << 20)),
    lambda folder: (folder / "setup/link").symlink_to("note.txt"),
])  # fmt: skip
def test_another_file_has_another_digest(tmp_path: Path, change: Callable[[Path], object]) -> None:
    folder = pack(tmp_path)
    before = Pack(folder).digest()
    change(folder)
    assert Pack(folder).digest() != before


def test_a_pack_with_too_many_files_is_refused(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    for number in range(MAX_PACK_FILES):
        (folder / f"{number}.txt").touch()
    assert problems(folder) == ["scenario.yaml:1: the scenario's folder holds more than 500 files and folders"]


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    (folder / "task.md").unlink()
    os.mkfifo(folder / "task.md")
    assert problems(folder) == ["task.md:1: task.md is not a file"]


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    (folder / "scenario.yaml").write_bytes("id: sämple\n".encode("latin-1"))
    assert problems(folder) == ["scenario.yaml:1: scenario.yaml is not UTF-8 (line 1)"]


def test_broken_objects_are_named_in_their_own_file(tmp_path: Path) -> None:
    folder = pack(tmp_path, {"setup/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nkind: [\n"})
    assert problems(folder)[0].startswith("setup/pod.yaml:")


def test_the_same_seed_draws_the_same_faults_in_the_pools_order(tmp_path: Path) -> None:
    scenario = load(pack(tmp_path, {"scenario.yaml": SCENARIO.replace("draw: 2", "draw: 1")}), KINDS)
    drawn = [tuple(fault.id for fault in draw_faults(scenario.faults, seed)) for seed in range(40)]
    assert set(drawn) == {("port",), ("plugin",)}
    assert drawn == [tuple(fault.id for fault in draw_faults(scenario.faults, seed)) for seed in range(40)]
    both = load(pack(tmp_path), KINDS)
    assert {tuple(f.id for f in draw_faults(both.faults, seed)) for seed in range(9)} == {("port", "plugin")}
    assert draw_faults(None, 1) == ()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for many texts."""
    return pack(tmp_path_factory.mktemp("any"))


PIECES = [line + "\n" for line in SCENARIO.splitlines()] + [
    "&a ",
    "*a\n",
    "- ",
    "[",
    "}",
    "? ",
    "<<: ",
    "!!binary x\n",
]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))
def test_any_text_loads_or_is_refused_with_a_line(folder: Path, text: str) -> None:
    (folder / "scenario.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ScenarioError) as caught:
        load(folder, KINDS)
    for line in caught.value.message.splitlines():
        assert line.startswith(str(folder))


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["title", "requires", "services", "setup", "faults", "checks", "minutes"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KEYS), VALUES)
def test_any_value_under_any_key_is_judged(folder: Path, key: str, value: object) -> None:
    import json

    (folder / "scenario.yaml").write_text(
        f"id: sample\ntopic: sbom\ndifficulty: easy\n{key}: {json.dumps(value)}\n"
    )
    with pytest.raises(ScenarioError):
        load(folder, KINDS)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "a: " + "- " * 100_000, "&a [*a]", "x" * (2 << 20)]
)
def test_hostile_texts_are_refused(folder: Path, text: str) -> None:
    (folder / "scenario.yaml").write_text(text)
    with pytest.raises(ScenarioError):
        load(folder, KINDS)
