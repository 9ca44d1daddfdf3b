"""How long the page of `ckslab report` takes and how large it is: an exam of twenty tasks, from what its grades kept.

`python -m tests.tools.bench.reports [--runs N]` measures this section alone and puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ckslab.store.labs import lab_folder
from tests.support.reviews import kept_of_tasks
from tests.support.submitted_exam import submitted_exam
from tests.tools.bench.command import Commands
from tests.tools.bench.machine import load
from tests.tools.bench.measure import home_of_our_own, turns
from tests.tools.bench.page import PAGE, put_section, summary, table
from tests.tools.bench.series import Series
from tests.tools.bench.target import Target

HEAD = "## The page of a report"
TASKS = 20


def section(runs: int) -> str:
    """The section of the page."""
    before = load()
    empty, made, size = (
        Series("an empty typer app"),
        Series(f"report --html, {TASKS} tasks"),
        Series("its page", "kB"),
    )
    with home_of_our_own() as home, _as_home(home):
        sys.stderr.write(f"an exam of {TASKS} tasks is laid out\n")
        kept = kept_of_tasks(home / "files", TASKS)
        for one in {one.report.scenario for one in kept}:
            shutil.rmtree(lab_folder(one))
        exam, page = submitted_exam(kept), home / "report.html"
        commands = Commands(home)
        commands.ckslab("report", exam, "--html", str(page))
        for _ in turns("the page of a report", runs):
            empty.add(commands.empty())
            made.add(commands.ckslab("report", exam, "--html", str(page)))
            size.add(page.stat().st_size / 1000)
    held = [Target(made, 1.0, "", empty), Target(size, 1000, "")]
    return "\n".join(
        [
            HEAD,
            "",
            "An exam of the shipped scenarios, nearly each task with a wrong answer's report, places and solution. Load",
            f"average {before} before, {load()} after.",
            "",
            table(("what", "median", "at most", "ratio", "verdict"), [one.cells() for one in held]),
            summary(held),
            "",
            table(
                ("what", "runs", "min", "median", "max"), [[one.what, *one.cells()] for one in (empty, made, size)]
            ),
        ]
    )


@contextmanager
def _as_home(home: Path) -> Iterator[None]:
    before = os.environ.get("CKSLAB_HOME")
    os.environ["CKSLAB_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["CKSLAB_HOME"]
        else:
            os.environ["CKSLAB_HOME"] = before


def main() -> int:
    """Measure and replace the section."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.bench.reports", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often it is measured (default 5)")
    options = parser.parse_args()
    text = section(options.runs)
    put_section(PAGE, HEAD, text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
