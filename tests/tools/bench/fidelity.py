"""How often our reading of the files agreed with the real kube-apiserver, from docs/fidelity.json."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

MISSING = "Not measured yet: `make fidelity` writes `docs/fidelity.json`, and the next `make bench` shows it here."


def fidelity(file: Path) -> str:
    """The section's text."""
    if not file.exists():
        return MISSING
    data = json.loads(file.read_text())
    summary = data["summary"]
    count, agree, starts = summary["count"], summary["agree"], summary["start"]
    lines = [
        f"{count} generated set-ups (seed {summary['seed']}) were given to the real kube-apiserver and to our",
        f"checks: {agree} verdicts agree, {count - agree} do not ({agree / count:.1%}). A verdict is whether the",
        "server starts, and then what it denies, admits and does while the scanner is away; else which cause",
        "its last words name.",
        "",
        "| set-ups | number | agree |",
        "|---|---:|---:|",
        f"| the server starts | {starts} | {_agreeing(data, starts=True)} |",
        f"| the server ends | {count - starts} | {_agreeing(data, starts=False)} |",
    ]
    causes = Counter(row["prediction"]["cause"] for row in data["results"] if not row["truth"]["starts"])
    lines += [f"| · {cause or 'no cause that we know'} | {number} | |" for cause, number in causes.most_common()]
    differing = [f"`{row['case']}` in {row['differs']}" for row in data["results"] if row["differs"]]
    if differing:
        lines += ["", f"They differ on: {'; '.join(differing)}."]
    return "\n".join(lines)


def _agreeing(data: dict[str, list[dict[str, object]]], *, starts: bool) -> int:
    return sum(
        not row["differs"]
        for row in data["results"]
        if bool(row["truth"]["starts"]) is starts  # type: ignore[index]
    )
