"""Handing the terminal over to another program for good."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from ckslab.errors import LabError


def become(argv: Sequence[str]) -> NoReturn:
    """Replace this process by `argv`, so that signals and the exit code are the program's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execvp(argv[0], list(argv))  # noqa: S606  (no shell is what is wanted)
    except OSError as error:
        raise LabError(f"cannot run {argv[0]}: {error.strerror}", advice="ckslab doctor") from error
