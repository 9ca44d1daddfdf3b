"""An exam of six tasks: until its clock runs, opening a parked host, memory with two awake, and its submission.

`python -m tests.tools.bench.exam` measures this table alone and puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from tests.support.exam_terminal import Person
from tests.tools.bench.command import Commands
from tests.tools.bench.machine import load
from tests.tools.bench.measure import home_of_our_own
from tests.tools.bench.memory import memory, memory_of
from tests.tools.bench.page import PAGE, put_section
from tests.tools.bench.series import Series
from tests.tools.bench.target import Target

HEAD = "## An exam of six tasks"
TASKS = ("ipw-complete", "ipw-tls", "ipw-classic", "dockerfile-two-fixes", "verify-binaries", "ipw-debug-open")
BASE = r"candidate@base\S*:\S*\$ "
PATIENCE = 600.0
MEMORY_MB = 1700
OPENING_SECONDS = 6.0


def section() -> str:
    """The section of the page."""
    before = load()
    held = measure()
    lines = [
        "*ready to work*: until the clock runs, with the first two hosts made. *opening a parked host*: from ssh to its"
        " prompt, two running at once. *memory*: those two, the supervisor and a terminal with base, proportional set"
        " size. *submit*: with as many hosts at once as ckslab takes here, all made and settled; the others sleep."
        f" Load average {before} before, {load()} after.",
        "",
        "| what | median | at most | ratio | verdict |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(f"| {' | '.join(target.cells())} |" for target in held),
    ]
    return "\n".join([HEAD, "", *lines, ""])


def measure() -> list[Target]:
    """One exam, from its start to its result."""
    start, ready = Series("a start"), Series("ready to work")
    opening, grade, submit = (
        Series("opening a parked host"),
        Series("a live grade"),
        Series("submit, six settled hosts"),
    )
    used = Series("memory, two hosts awake", "MB")
    with home_of_our_own() as home:
        commands = Commands(home)
        for name in TASKS[:1] * 3:  # the first makes the node template, if it is not there
            seconds = commands.ckslab("start", name)
            grade.add(commands.ckslab("grade", name, codes=(0, 1)))
            commands.ckslab("stop", name)
            start.add(seconds)
        del start.values[0]
        ready.add(commands.ckslab("exam", "start", *TASKS, "--labs", "2"))
        exam = _status(commands)["id"]
        _until_made(commands)
        for number in (1, 3, 5, 2):
            opening.add(_open(home, number))
        used.add(_memory(home, exam))
        commands.ckslab("exam", "abandon", "--yes")
        ready.add(commands.ckslab("exam", "start", *TASKS))
        _until_made(commands)
        submit.add(commands.ckslab("exam", "submit", "--yes", codes=(0, 1)))
        commands.ckslab("exam", "abandon", "--yes")
    return [
        Target(ready, 2 * start.typical + 2, "2 starts + 2 s", start),
        Target(opening, OPENING_SECONDS, ""),
        Target(used, MEMORY_MB, ""),
        Target(submit, 6 * grade.typical, "6 x a live grade", grade),
    ]


def _status(commands: Commands) -> dict[str, object]:
    found: dict[str, object] = json.loads(commands.output("exam", "status", "--output", "json"))["exam"]
    return found


def _until_made(commands: Commands) -> None:
    begin = time.monotonic()
    while any(task["state"] == "making" for task in _status(commands)["tasks"]):  # type: ignore[attr-defined]
        if time.monotonic() - begin > PATIENCE:
            raise RuntimeError(f"the hosts are not made after {PATIENCE:.0f} s")
        time.sleep(1.0)


def _open(home: Path, number: int) -> float:
    environment = {**os.environ, "CKSLAB_HOME": str(home), "CKSLAB_CLUSTER": "local"}
    with Person(environment, ["exam"]) as learner:
        learner.sees(BASE)
        begin = time.perf_counter()
        learner.types(f"ssh cks-{number}\r")
        learner.sees(rf"root@cks-{number}:\S*# ")
        return time.perf_counter() - begin


def _memory(home: Path, exam: object) -> float:
    environment = {**os.environ, "CKSLAB_HOME": str(home), "CKSLAB_CLUSTER": "local"}
    with Person(environment, ["exam"]) as learner:
        learner.sees(BASE)
        ours = [pid for pid in _pids() if _is_ours(pid, home)]
        total = sum(memory_of(ours).values())
        for folder in (home / "labs").glob(f"{exam}-*"):
            if (folder / "node.json").exists():
                total += sum(memory(folder).values())
        return float(total)


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _is_ours(pid: int, home: Path) -> bool:
    """The supervisor, the terminal, and what runs on base."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"ckslab.exam.supervisor" in words or b"-m\0ckslab\0exam" in words:
            return str(home).encode() in Path(f"/proc/{pid}/environ").read_bytes()
        return b"/etc/bashrc" in words
    except OSError:
        return False


def main() -> int:
    """Measure and replace the section."""
    made = section()
    put_section(PAGE, HEAD, made)
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
