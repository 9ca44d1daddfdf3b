"""How many submissions one core grades in a second, from files: every answer to the shipped scenarios on ImagePolicyWebhook.

`python -m tests.tools.bench.submissions [--runs N]` measures this section alone and puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ckslab.checks import CHECK_TYPES
from ckslab.grading.grade import grade
from ckslab.grading.report import report
from ckslab.handed_in import open_handed_in
from ckslab.lab.catalogue import load_folder
from ckslab.needs.collect import collect_from_files
from ckslab.scenario.model import Scenario
from tests.support.answers_on_files import SCENARIOS, applied, draws, every_answer, left_by, scenario, untouched
from tests.tools.bench.machine import load
from tests.tools.bench.page import PAGE, put_section
from tests.tools.bench.series import Series

HEAD = "## Submissions graded from files"
TOPIC = "image-policy-webhook"
TARGET = 400.0
ROWS = ("each once", "all of them again")
_RATE = "submissions a second and core"

Handed = Sequence[tuple[str, str]]
"""Folders, each with the scenario that it is handed in for."""


def section(runs: int) -> str:
    """The section of the page."""
    before = load()
    rows, count = measure(runs)
    return text(rows, count, f"Load average {before} before, {load()} after.")


def text(rows: Sequence[Series], count: int, busy: str) -> str:
    """The section on what was measured; busy: how busy the machine was."""
    once = rows[0]
    lost = TARGET - once.typical
    verdict = f"missed by {lost:.0f} ({lost / TARGET:.0%})" if lost > 0 else "held"
    lines = [
        f"{count} submissions: every answer to the scenarios on ImagePolicyWebhook, in every draw of one fault, each in",
        "a folder with its own certificates and with the four manifests of a control plane. One process grades them, one",
        "after the other; its CPU time counts, and the scenarios are loaded before. *Each once*: no file of an answer was",
        "seen before; a manifest or configuration that several answers share is parsed once. " + busy,
        "",
        f"| {_RATE} | runs | min | median | max | at least | verdict |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        f"| {once.what} | {' | '.join(once.cells())} | {TARGET:.0f} | {verdict} |",
        *[f"| {row.what} | {' | '.join(row.cells())} | | |" for row in rows[1:]],
    ]
    return "\n".join([HEAD, "", *lines, ""])


def measure(runs: int) -> tuple[list[Series], int]:
    """The rows, and how many submissions there are. Each run is a process of its own."""
    rows = [Series(what, "/s") for what in ROWS]
    with tempfile.TemporaryDirectory(prefix="ckslab-bench-") as folder:
        asked = json.dumps([_new_labs(Path(folder)), handed := _hand_in(Path(folder))])
        for turn in range(runs):
            sys.stderr.write(f"submissions, {turn + 1} of {runs}\n")
            argv = [sys.executable, "-m", "tests.tools.bench.submissions", "--measure"]
            done = subprocess.run(argv, input=asked, stdout=subprocess.PIPE, text=True, check=True)
            for row, seconds in zip(rows, json.loads(done.stdout), strict=True):
                row.add(len(handed) / seconds)
    return rows, len(handed)


def _hand_in(folder: Path) -> list[tuple[str, str]]:
    handed: list[tuple[str, str]] = []
    for name, answer in every_answer():
        for drawn in applied(name, answer) if scenario(name).topic == TOPIC else ():
            if len(drawn) <= 1:
                handed.append((str(left_by(name, answer, drawn).lay(folder / f"{len(handed)}")), name))
    return handed


def _new_labs(folder: Path) -> list[tuple[str, str]]:
    names = [name for name in SCENARIOS if scenario(name).topic == TOPIC]
    return [(str(untouched(name, draws(name)[0]).lay(folder / name)), name) for name in names]


def _seconds(handed: Handed, scenarios: Mapping[str, Scenario]) -> float:
    """CPU time of grading them, one after the other, up to their reports."""
    begin = time.process_time()
    for folder, name in handed:
        files = open_handed_in(Path(folder))
        result = grade(scenarios[name], CHECK_TYPES, collect_from_files(files), files_only=True)
        report(
            result,
            scenarios[name],
            graded_at="",
            duration_ms=0,
            submission=Path(files.source).name,
            notes=files.notes,
        )
    return time.process_time() - begin


def _child() -> None:
    """Measure what is asked for on stdin: first, without taking the time, what gets all modules imported."""
    new_labs, handed = json.load(sys.stdin)
    scenarios = {name: load_folder(SCENARIOS[name]) for _, name in new_labs}
    _seconds(new_labs, scenarios)
    print(json.dumps([_seconds(handed, scenarios) for _ in ROWS]))


def main() -> int:
    """Measure and replace the section."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.bench.submissions", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often it is measured (default 5)")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        _child()
        return 0
    made = section(options.runs)
    put_section(PAGE, HEAD, made)
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
