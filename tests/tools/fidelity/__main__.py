"""`python -m tests.tools.fidelity --count 300 --seed 1 --jobs 2 --output FILE`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tests.tools.fidelity.compare import Result, run
from tests.tools.fidelity.generate import cases


def main() -> int:
    """0 when every verdict agrees."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.fidelity", description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="run the cases whose name contains this")
    parser.add_argument("--output", type=Path, help="where to write all results as JSON")
    options = parser.parse_args()
    chosen = [case for case in cases(options.count, options.seed) if (options.only or "") in case.name]
    began, done = time.monotonic(), 0

    def report(result: Result) -> None:
        nonlocal done
        done += 1
        if result.differs:
            print(f"differs in {result.differs}: {result.case.name}", flush=True)
        if sys.stderr.isatty() or done % 25 == 0:
            print(f"{done} of {len(chosen)}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    results = run(chosen, options.jobs, report)
    agreed = sum(not result.differs for result in results)
    started = sum(result.truth.starts for result in results)
    seconds = time.monotonic() - began
    ended = len(results) - started
    print(f"{agreed} of {len(results)} set-ups agree ({started} start, {ended} do not; {seconds:.0f} s)")
    if options.output:
        summary = {
            "count": len(results),
            "agree": agreed,
            "start": started,
            "seconds": round(seconds),
            "seed": options.seed,
        }
        rows = [result.as_json() for result in sorted(results, key=lambda one: one.case.name)]
        options.output.write_text(json.dumps({"summary": summary, "results": rows}, indent=1) + "\n")
    return 0 if agreed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
