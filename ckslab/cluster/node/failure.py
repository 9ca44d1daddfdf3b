"""What a script said when it failed, as an error: a full disk is one sentence, not a line for every file."""

from __future__ import annotations

import errno
import os

from ckslab.errors import LabError

DISK_FULL = "free some space there and run the command again; nothing was lost"


def failure(what: str, output: bytes) -> LabError:
    """The error that says `what` failed, with the last lines of what was said."""
    said = output.decode(errors="replace")
    if os.strerror(errno.ENOSPC) in said or os.strerror(errno.EDQUOT) in said:
        return LabError(f"{what} failed: no space left on the disk", advice=DISK_FULL)
    return LabError(f"{what} failed", details=said[-2000:])
