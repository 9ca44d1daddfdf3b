"""kind and the embedded node in turns, in one run: start, edit to ready, reset, grade, memory.

`python -m tests.tools.bench.side_by_side [--runs N]` measures this table alone and puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ckslab.cluster.kind import engine, node_image
from ckslab.cluster.kind.examine import ask_engine
from ckslab.cluster.kind.record import read_record
from ckslab.errors import LabError
from tests.tools.bench.command import Commands
from tests.tools.bench.lab import RunningLab
from tests.tools.bench.machine import load
from tests.tools.bench.measure import SCENARIO, home_of_our_own
from tests.tools.bench.memory import memory, memory_of
from tests.tools.bench.page import PAGE, put_section
from tests.tools.bench.series import Series

HEAD = "## kind and local, side by side"
BACKENDS = ("local", "kind")
ROWS = ("start", "reset", "grade, live probes, settled", "edit to ready", "stop", "memory of a lab")


@dataclass
class Side:
    """What was measured on one backend."""

    rows: dict[str, Series] = field(default_factory=dict)

    def add(self, what: str, value: float) -> None:
        """One more run of a row."""
        unit = "MB" if what.startswith("memory") else "s"
        self.rows.setdefault(what, Series(what, unit)).add(value)


def section(runs: int, idle: int) -> str:
    """The section of the page; where no kind cluster can run, it says why."""
    try:
        found = engine.answering()
        image = node_image.wanted(None)
        if not node_image.present(found, image):
            raise LabError(f"the node image {image} is not here")
        facts = ask_engine(found)
    except LabError as error:
        return f"{HEAD}\n\nNot measured in this run: {error.message}.\n"
    before = load()
    sides = measure(runs, idle)
    lines = [
        f"In turns, {runs} runs each, medians; memory as above, {idle} s after the start. {found.name}"
        f" {facts.version}, cgroup v{facts.cgroups}, node image {image.split(':')[0]}. Load average {before}"
        f" before, {load()} after.",
        "",
        "| what | local | kind | kind / local |",
        "| --- | ---: | ---: | ---: |",
    ]
    for what in ROWS:
        local, kind = (sides[name].rows[what] for name in BACKENDS)
        shown = f"{local.shown(local.typical)} | {kind.shown(kind.typical)}"
        lines.append(f"| {what} | {shown} | {kind.typical / local.typical:.2f} |")
    return "\n".join([HEAD, "", *lines, ""])


def measure(runs: int, idle: int) -> dict[str, Side]:
    """Each backend's life of a lab, in turns."""
    sides = {name: Side() for name in BACKENDS}
    with home_of_our_own() as home:
        commands = Commands(home)
        for name in BACKENDS:  # node template, image and programs are not what is measured
            commands.ckslab("start", SCENARIO, "--cluster", name)
            commands.ckslab("stop", SCENARIO)
        for turn in range(runs):
            for name in BACKENDS:
                sys.stderr.write(f"side by side: {name}, {turn + 1} of {runs}\n")
                _life(commands, home / "labs" / SCENARIO, name, sides[name], idle if turn == 0 else 0)
    return sides


def _life(commands: Commands, folder: Path, name: str, side: Side, idle: int) -> None:
    side.add("start", commands.ckslab("start", SCENARIO, "--cluster", name))
    if idle:
        time.sleep(idle)
        side.add("memory of a lab", sum(_memory(folder).values()))
    side.add("reset", commands.ckslab("reset", SCENARIO))
    lab = RunningLab(folder)
    lab.solve()
    side.add("grade, live probes, settled", commands.ckslab("grade", SCENARIO))
    lab.settle()
    side.add("edit to ready", lab.edit_to_ready())
    side.add("stop", commands.ckslab("stop", SCENARIO))


def _memory(folder: Path) -> Counter[str]:
    record = read_record(folder)
    if record is None:
        return memory(folder)
    inside = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if record.container in (entry / "cgroup").read_text():
                    inside.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
    return memory_of(inside)


def main() -> int:
    """Measure and replace the section."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.bench.side_by_side", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured (default 3)")
    parser.add_argument("--idle", type=int, default=60, help="seconds before memory is read (default 60)")
    options = parser.parse_args()
    made = section(options.runs, options.idle)
    put_section(PAGE, HEAD, made)
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
