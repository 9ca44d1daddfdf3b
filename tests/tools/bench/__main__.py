"""`python -m tests.tools.bench [--runs N] [--quick] [--output FILE]`."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

from ckslab import __version__
from ckslab.kubernetes.versions import KUBERNETES
from tests.tools.bench import echo, exam, images, reports, submissions
from tests.tools.bench.fidelity import fidelity
from tests.tools.bench.machine import load, machine
from tests.tools.bench.measure import Plan, measure
from tests.tools.bench.page import page, put_section, targets
from tests.tools.bench.side_by_side import section

DOCS = Path(__file__).resolve().parents[3] / "docs"


def main() -> int:
    """Measure and write the page; 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--quick", action="store_true", help="once or twice each, and memory after 15 s")
    parser.add_argument("--output", type=Path, default=DOCS / "benchmarks.md", help="where to write the page")
    options = parser.parse_args()
    runs = max(1, options.runs)
    plan = Plan(runs, quick=4 * runs, cold=min(runs, 3), edits=runs, idle=60)
    if options.quick:
        plan = Plan(2, quick=5, cold=1, edits=2, idle=15)
    before = load()
    figures = measure(plan)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    about = [
        f"ckslab {__version__}, Kubernetes {KUBERNETES}, {today}{', a quick run' if options.quick else ''}",
        machine(),
        f"load average {before} before the run (nothing else should run), {load()} at its end",
    ]
    text = page(figures, about, plan.idle, fidelity(DOCS / "fidelity.json"))
    options.output.write_text(f"{text}\n{submissions.section(plan.runs)}\n{section(plan.runs, plan.idle)}")
    put_section(options.output, images.HEAD, images.section(plan.runs, plan.idle))
    put_section(options.output, exam.HEAD, exam.section())
    put_section(options.output, echo.HEAD, echo.section(echo.KEYS))
    put_section(options.output, reports.HEAD, reports.section(plan.quick))
    for target in targets(figures):
        print("  ".join(cell for cell in target.cells() if cell))
    print(f"written: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
