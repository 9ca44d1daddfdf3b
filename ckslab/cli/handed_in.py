"""`grade --files`: each submission that was handed in, one report each; one that cannot be read stops no other."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ckslab import lab
from ckslab.cli.commands.grade import print_reports
from ckslab.cli.options import ReportOutput
from ckslab.errors import CkslabError, UsageError

PIPE = "-"


def grade_files(files: Sequence[str], scenario: str | None, roots: Sequence[Path], output: ReportOutput) -> int:
    """Grade and print them; the exit code is the worst: 3 before 2, 2 before 1."""
    if files.count(PIPE) > 1:
        raise UsageError("standard input can be graded once")
    reports, codes = [], list[int]()
    for file in files:
        try:
            reports.append(lab.grade_handed_in(_opened(file), scenario, roots, name=_name(file, files)))
            codes.append(lab.exit_code(reports[-1]))
        except CkslabError as error:
            if len(files) == 1:
                raise
            _explain(error)
            codes.append(error.exit_code)
    if reports:
        print_reports(reports, output)
    return max(codes)


def _opened(file: str) -> Path | BinaryIO:
    if file != PIPE:
        return Path(file)
    if sys.stdin.isatty():
        raise UsageError(
            "nothing comes through standard input", advice="ckslab grade --files - SCENARIO < node.tar"
        )
    return sys.stdin.buffer


def _name(file: str, files: Sequence[str]) -> str:
    """What the report calls it: its own name, or, where another is called so, as it was given."""
    if file == PIPE:
        return "standard input"
    names = [Path(one).resolve().name for one in files]
    own = Path(file).resolve().name
    return own if names.count(own) == 1 else file


def _explain(error: CkslabError) -> None:
    from ckslab.render.error import print_error

    print_error(error)
