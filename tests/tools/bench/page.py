"""docs/benchmarks.md from what was measured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.tools.bench.measure import Figures
from tests.tools.bench.series import Series
from tests.tools.bench.target import Target

PAGE = Path(__file__).resolve().parents[3] / "docs" / "benchmarks.md"

_INTRODUCTION = """\
Written by `make bench`; do not edit. All figures are from one run on one machine, and what is set in relation
was measured in turns. A time is that of a whole command, in a process of its own, until it ends; `start` ends
when the learner may type. Targets are held against the median, and a missed one says by how much.

- *limit*: etcd and kube-apiserver as plain child processes, from their start to `/readyz`: no kubelet, no
  containers, no node, certificates made before. It starts on empty data, as every new cluster does; the second
  row is the same on data from an earlier start, which is quicker and which a lab has by its template.
- *edit to ready*: from the save of a changed `kube-apiserver.yaml` on the node until a server with the new
  flag says ok at `/readyz`. A stock kubelet and API server take 43 to 54 s.
- *Gatekeeper alone*: from the start of its pods, with its image on the node, until its webhook serves.
- *40 objects tried with a policy*: dry runs of pods, as a policy's checks send them.
- *an empty typer app*: one command that does nothing, under the same interpreter.
"""

_MOMENTS = """\
When the processes of a start begin, by the kernel's own record; medians. Up to the node's first process it is Python
(imports, the scenario, keys and certificates), then the sandbox, then the kubelet until its first containers, then what the
limit measures, on data from an earlier start.
"""


def targets(figures: Figures) -> list[Target]:
    """What is promised."""
    one = figures
    limit, empty, then = (base.typical for base in (one.limit, one.empty, one.empty_then))
    long = one.empty_long.typical
    return [
        Target(one.warm, 1.5 * limit, "1.5 x limit", one.limit),
        Target(one.reset, 1.5 * limit, "1.5 x limit", one.limit),
        Target(one.edit, 3.0 * limit, "3 x limit", one.limit),
        Target(one.live, 3.0, ""),
        Target(one.files, then + 0.3, "empty app + 0.3 s", one.empty_then),
        Target(one.help_text, 1.2 * one.empty_help.typical, "1.2 x empty app's --help", one.empty_help),
        Target(one.listing, empty + 0.2, "empty app + 0.2 s", one.empty),
        Target(one.long_listing, long + 0.2, "empty app + 0.2 s", one.empty_long),
        Target(one.long_progress, long + 0.2, "empty app + 0.2 s", one.empty_long),
        Target(
            one.with_gatekeeper,
            1.5 * one.warm.typical + one.gatekeeper.typical,
            "1.5 x start + Gatekeeper alone",
            one.warm,
        ),
        Target(one.matrix, 2.0, ""),
        Target(one.memory, 850, ""),
    ]


def page(figures: Figures, about: Sequence[str], idle: int, fidelity: str) -> str:
    """The whole page. about: lines on the machine and the run."""
    one = figures
    times = [one.limit, one.limit_again, one.cold, one.warm, one.reset, one.stop, one.edit, one.live]
    times += [one.with_gatekeeper, one.gatekeeper, one.matrix]
    quick = [
        one.files,
        one.listing,
        one.long_listing,
        one.long_progress,
        one.long_first,
        one.empty_long,
        one.help_text,
        one.empty,
        one.empty_help,
        one.empty_then,
    ]
    held = targets(figures)
    parts = [
        "# Benchmarks",
        "",
        _INTRODUCTION,
        *[f"- {line}" for line in about],
        "",
        "## Targets",
        "",
        table(("what", "median", "at most", "ratio", "verdict"), [one.cells() for one in held]),
        summary(held),
        "",
        "## All figures",
        "",
        table(("what", "runs", "min", "median", "max"), [[one.what, *one.cells()] for one in [*times, *quick]]),
        "## In relation to the limit",
        "",
        table(("what", "x limit", "x limit on old data"), _ratios(times, one.limit, one.limit_again)),
        "## A start, warm, by its moments",
        "",
        _MOMENTS,
        table(("what begins", "after", "later than the one above by"), one.moments.rows()),
        "## Memory",
        "",
        f"Proportional set size of all processes of a lab, {idle} s after its start, with nobody at work:",
        "",
        table(("program", "MB"), _programs(one.programs)),
        "## Fidelity",
        "",
        fidelity,
    ]
    return "\n".join(parts).rstrip() + "\n"


def put_section(file: Path, head: str, text: str) -> None:
    """Put a section that was measured alone in the place of the one with this head, at the page's end."""
    rest = re.sub(rf"{re.escape(head)}\n.*?(?=\n## |\Z)", "", file.read_text(), flags=re.DOTALL)
    file.write_text(f"{re.sub(chr(10) + '{3,}', chr(10) * 2, rest).rstrip()}\n\n{text}")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    ruler = ["---", *["---:"] * (len(head) - 1)]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ruler, *rows)]
    return "\n".join([*lines, ""])


def summary(held: Sequence[Target]) -> str:
    """How many targets are held, and which are missed."""
    missed = [target.series.what for target in held if target.missed]
    kept = f"{len(held) - len(missed)} of {len(held)} targets are held."
    return f"{kept} Missed: {'; '.join(missed)}." if missed else kept


def _ratios(series: Iterable[Series], limit: Series, again: Series) -> list[list[str]]:
    return [
        [one.what, *(f"{one.typical / base.typical:.2f}" for base in (limit, again))]
        for one in series
        if one is not limit and one is not again
    ]


def _programs(programs: Counter[str]) -> list[list[str]]:
    rows = [[name, f"{size:.0f}"] for name, size in programs.most_common()]
    return [*rows, ["all", f"{sum(programs.values()):.0f}"]]
