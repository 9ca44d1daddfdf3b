"""The documentation says what is so: commands exist, links lead somewhere, every parameter is explained."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from ckslab.checks import CHECK_TYPES
from ckslab.cli.app import app
from ckslab.cli.default_command import DefaultGroup
from ckslab.cluster import kind, local
from ckslab.cluster.local.probe import PACKAGES
from ckslab.cluster.node.templates import SHARED, filled
from ckslab.curriculum import BULLET_IDS
from ckslab.matching.matcher import Matcher
from ckslab.scenario.actions import KINDS, Mount
from ckslab.scenario.document import CAPABILITIES, TOPICS, CheckDocument, FaultDocument, ScenarioDocument
from ckslab.scenario.image_document import IMAGE_BASES, ImageDocument
from tests.tools import scenario_table

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
AUTHOR = (DOCS / "author.md").read_text()
TEMPLATES = {"local": local.TEMPLATES, "kind": kind.TEMPLATES}
ARCHITECTURE = (DOCS / "architecture.md").read_text()

OF_A_LAB = {
    "node-bin/",
    "scans/",
    "node-templates/",
    "locks/",
    "edits/",
    "cache/",
    "client/",
    "reports/",
    "etc/",
    ".home/",
}
"""Names in backquotes that are no files of the tree: those of a lab and of a home."""

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
INLINE = re.compile(r"`(ckslab [^`]+)`")
CALL = re.compile(r"(?:^|[\s(])(?:\.venv/bin/)?ckslab((?: [^|>#)]+)?)")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")


def without_blocks(text: str) -> str:
    return FENCE.sub("", text)


def calls(text: str) -> Iterator[str]:
    """Each call of ckslab in code blocks: at a prompt, or in a script; not in what was printed."""
    blocks = [(match[1], match[2]) for match in FENCE.finditer(text)]
    blocks += [("sh", match[0]) for match in INDENTED.finditer(without_blocks(text))]
    for language, block in blocks:
        for line in block.splitlines():
            prompted = line.startswith("$ ")
            if prompted if language in ("console", "text") else language == "sh":
                for found in CALL.finditer(line.removeprefix("$ ").strip()):
                    yield _balanced(found[1].strip())


def _balanced(call: str) -> str:
    """Without the quote that closes `"$(ckslab ...)"`."""
    return call.rstrip('"') if call.count('"') % 2 else call


def parse(arguments: str, *, complete: bool) -> None:
    """Parse a call as typer would, without looking at this machine; AssertionError where it would refuse."""
    words = shlex.split(arguments)
    command: Any = typer.main.get_command(app)
    context = command.make_context("ckslab", [], resilient_parsing=True)
    while True:
        context.resilient_parsing = False  # it was made without arguments; from here a mistake is one
        own = words[: words.index("--")] if "--" in words else words
        given, rest, _ = command.make_parser(context).parse_args(list(own))
        if not hasattr(command, "commands"):
            break
        if not rest:
            return
        if isinstance(command, DefaultGroup) and rest[0] not in command.commands:
            rest, words = ["show", *rest], ["show", *words]
        assert rest[0] in command.commands, f"there is no command {rest[0]}: ckslab {arguments}"
        command = command.commands[rest[0]]
        words = words[words.index(rest[0]) + 1 :]
        context = command.make_context(rest[0], [], parent=context, resilient_parsing=True)
    assert not rest, f"too many arguments: ckslab {arguments}"
    if complete:
        missing = [one.name for one in command.params if one.required and not isinstance(given[one.name], str)]
        assert not missing, f"{missing} missing: ckslab {arguments}"


@by_page
def test_calls_in_code_blocks_are_understood(page: Path) -> None:
    for call in calls(page.read_text()):
        parse(call, complete=True)


@by_page
def test_commands_in_the_text_exist(page: Path) -> None:
    for match in INLINE.finditer(without_blocks(page.read_text())):
        parse(match[1].removeprefix("ckslab "), complete=False)


@pytest.mark.parametrize("call", ["strat x", "grade --flies x", "start", "task a b", "author verfy"])
def test_calls_that_cannot_be_understood_are_found(call: str) -> None:
    with pytest.raises(Exception, match=r"\w"):
        parse(call, complete=True)


def test_calls_are_found_at_prompts_and_in_scripts() -> None:
    text = "```console\n$ ckslab list\nckslab is no call here\n```\n\n    make dev && ckslab setup  # now\n"
    assert [*calls(text), *calls('```sh\nexport A="$(ckslab kubeconfig)"\n```')] == ["list", "setup", "kubeconfig"]


def test_the_help_in_the_readme_is_the_real_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ckslab", "--help"],
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"```text\n$ ckslab --help\n{done.stdout}```\n" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", ["README.md", "docs/learner.md"])
def test_the_prerequisites_are_those_that_doctor_names(page: str) -> None:
    lines = [line.strip() for line in (ROOT / page).read_text().splitlines()]
    assert PACKAGES in lines


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@by_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text())):
        if re.match(r"[a-z]+://", target):
            continue
        file, _, anchor = target.partition("#")
        other = page.parent / file if file else page
        assert other.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(other.read_text()), f"{page.name}: {target}"


@by_page
def test_no_folder_of_a_machine_is_named(page: Path) -> None:
    named = re.findall(r"/home/\w+|/Users/\w+|/root/\.\w+/|/tmp/\w+|/work/\w+", page.read_text())
    assert named == []


@by_page
def test_nothing_is_left_to_be_filled_in(page: Path) -> None:
    assert not re.search(r"@[A-Z]{3,}@|\bTODO\b|\bTBD\b", page.read_text())


def section(name: str) -> str:
    """What the author's guide says of a check type."""
    found = re.search(rf"^\*\*`{name}`\*\*:(.*?)(?=^\*\*`|^#)", AUTHOR, re.MULTILINE | re.DOTALL)
    assert found, f"docs/author.md has nothing on {name}"
    return found[1]


@pytest.mark.parametrize("name", sorted(CHECK_TYPES))
def test_each_check_type_is_explained_with_its_parameters(name: str) -> None:
    text, params = section(name), CHECK_TYPES[name].params
    shared = Matcher.model_fields if issubclass(params, Matcher) else {}
    for key, field in params.model_fields.items():
        if key not in shared:
            assert f"`{field.alias or key}" in text, f"{name}: {field.alias or key}"


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_is_explained_with_its_keys(kind: str) -> None:
    row = next(line for line in AUTHOR.splitlines() if line.startswith(f"| `{kind}:"))
    fields = {**KINDS[kind].model_fields, **(Mount.model_fields if kind == "static-pod" else {})}
    for name, field in fields.items():
        assert f"`{field.alias or name}" in row, f"{kind}: {field.alias or name}"


@pytest.mark.parametrize(
    "model", [ScenarioDocument, CheckDocument, FaultDocument, ImageDocument], ids=lambda one: one.__name__
)
def test_each_key_of_a_scenario_is_explained(model: Any) -> None:
    for name, field in model.model_fields.items():
        assert re.search(rf"(`|^ *-? *){field.alias or name}\b", AUTHOR, re.MULTILINE), name


def test_each_word_of_the_closed_lists_is_explained() -> None:
    assert [
        word
        for word in (*TOPICS, *BULLET_IDS, *CAPABILITIES, *IMAGE_BASES, *Matcher.model_fields)
        if not _named(word)
    ] == []


def _named(word: str) -> bool:
    return f"`{word.replace('_', '-')}`" in AUTHOR


def test_the_architecture_names_the_layers_that_are_held() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [row.replace("|", " ").split() for row in contracts[0]["layers"] if row != "__main__"]
    rows = re.findall(r"^\| ((?:`\w+` )+)\|", ARCHITECTURE.split("## Layers")[1], re.MULTILINE)
    assert [row.replace("`", "").split() for row in rows][: len(layers)] == layers


@pytest.mark.parametrize(
    "setting", ["terminationGracePeriodSeconds: 2", "maxContainerRestartPeriod: 2s", "fileCheckFrequency: 5s"]
)
def test_means_that_make_edits_quick_are_told(setting: str) -> None:
    assert setting in (DOCS / "rooms" / "control-plane.md").read_text()
    on = {backend: [*SHARED.iterdir(), *folder.iterdir()] for backend, folder in TEMPLATES.items()}
    for files in on.values():
        assert any(setting in filled(file) for file in files if file.is_file())


def test_each_room_of_the_program_has_a_page() -> None:
    rooms = "".join(page.read_text().splitlines()[0] for page in sorted((DOCS / "rooms").glob("*.md")))
    named = set(re.findall(r"`(?:ckslab/)?([\w/]+)/`", rooms))
    small = {"scenarios"}
    folders = {path.parent.name for path in (ROOT / "ckslab").glob("*/__init__.py")}
    assert folders - {name.split("/")[0] for name in named} - small == set()


def test_files_that_the_pages_name_exist() -> None:
    """Each path in backquotes is the end of a path of the tree, a file of Kubernetes (`pkg/`), or of a lab."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True)
    files = [Path(line) for line in listed.stdout.splitlines()]
    tree = {f"/{path}" for path in files} | {f"/{folder}/" for path in files for folder in path.parents}
    missing = []
    for page in [DOCS / "architecture.md", *sorted((DOCS / "rooms").glob("*.md")), ROOT / "CONTRIBUTING.md"]:
        for name in re.findall(r"`([\w-]+(?:/[\w.-]+)*(?:\.py|\.sh|\.go|/))`", page.read_text()):
            known = (
                name in OF_A_LAB
                or name.startswith("pkg/")
                or PLACEHOLDER.search(name)
                or any(one.endswith(f"/{name}") for one in tree)
            )
            missing += [] if known else [f"{page.name}: {name}"]
    assert missing == []


def test_pages_that_the_program_names_exist() -> None:
    named = {
        name
        for file in (ROOT / "ckslab").rglob("*.py")
        for name in re.findall(r"docs/[\w.-]+\.md", file.read_text())
    }
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_readme_says_what_can_be_practised() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert scenario_table.written(text) == text, "python -m tests.tools.scenario_table writes it"
    assert text.count("| `ipw-complete` |") == 1


def test_no_two_test_files_have_one_name() -> None:
    """pytest's default import mode cannot collect both, and says so only where both are asked for."""
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
