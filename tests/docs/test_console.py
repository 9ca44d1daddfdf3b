"""What the pages say that a command prints is what it prints: run here, or shown by the program's own words of what a
node was seen to do (tests/support/seen_on_nodes.py)."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from ckslab.cli import main
from tests.support import seen_on_nodes
from tests.support.seen_on_nodes import Stage

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

VARYING = (
    (re.compile(r"\b\d+\.\d s\b"), "N s"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "HH:MM:SS"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "YYYY-MM-DD HH:MM"),
    (re.compile(r"\b\d+ of (\d+) minutes"), r"N of \1 minutes"),
    (re.compile(r"\bpassed \d+ of \d+\b"), "passed N of N"),
    (re.compile(r"\bholds \d+ files\b"), "holds N files"),
)
"""What is another one at each run, or each version: how long something took, when, how much was read."""

NOT_OURS = ("shell", "make", "sudo")
"""Commands whose output is not ckslab's."""


@dataclass(frozen=True)
class Shown:
    """A command in a page, the lines below it, and how often it stands there before."""

    page: str
    line: int
    command: str
    output: str
    before: int


def shown(page: Path) -> Iterator[Shown]:
    """Each command at a prompt."""
    text, seen_before = page.read_text(), dict[str, int]()
    for block in BLOCK.finditer(text):
        if block[1] != "console":
            continue
        line = text.count("\n", 0, block.start()) + 1
        for part in re.split(r"^\$ ", block[2], flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield Shown(page.name, line, command, output, seen_before.get(command, 0))
            seen_before[command] = seen_before.get(command, 0) + 1
            line += part.count("\n")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    for name, value in {"CKSLAB_HOME": str(tmp_path / "home"), "COLUMNS": "100", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CKSLAB_SCENARIOS", raising=False)
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return Stage(tmp_path / "work", monkeypatch)


@pytest.mark.parametrize("page", [page for page in PAGES if any(shown(page))], ids=lambda page: page.name)
def test_a_page_says_what_its_commands_print(page: Path, stage: Stage) -> None:
    stage.blocks = [match[2] for match in BLOCK.finditer(page.read_text()) if match[1] in ("yaml", "markdown")]
    wrong = []
    for one in shown(page):
        words = shlex.split(one.command)
        if words[0] == "rm":
            shutil.rmtree(stage.folder / words[-1])
        elif words[0] == "ckslab" and words[1] not in NOT_OURS:
            said = _printed(stage, one, words[1:])
            if not _same(one.output, said):
                wrong.append(f"{page.name}:{one.line}: $ {one.command}\n{said}")
    assert wrong == [], "\n".join(wrong)


def _printed(stage: Stage, one: Shown, words: list[str]) -> str:
    seen_on_nodes.prepare(stage, one.page, one.command, one.before)
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        main(words)
    return out.getvalue()


def _same(written: str, said: str) -> bool:
    """Whether the page says what was said; a line `...` stands for any number of lines."""
    parts = [re.escape(_settled(part)) for part in re.split(r"^\.\.\.\n", written, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), _settled(said)) is not None


def _settled(text: str) -> str:
    for pattern, fixed in VARYING:
        text = pattern.sub(fixed, text)
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def test_the_pages_show_commands() -> None:
    found = [one for page in PAGES for one in shown(page)]
    assert {one.page for one in found} >= {"learner.md", "author.md"}
    assert all(one.command for one in found)


@pytest.mark.parametrize(
    ("written", "said", "same"),
    [
        ("a\n", "a\n", True),
        ("a\n...\nc\n", "a\nb\nb\nc\n", True),
        ("a\n...\n", "a\n", True),
        ("a\n...\nc\n", "a\nb\n", False),
        ("took 1.2 s\n", "took 30.9 s\n", True),
        ("a 1\n", "a 2\n", False),
        ("a   \n", "a\n", True),
    ],
)
def test_lines_are_compared(written: str, said: str, same: bool) -> None:
    assert _same(written, said) is same
