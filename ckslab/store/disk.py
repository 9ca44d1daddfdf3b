"""What the disk refuses, in words: errors of the operating system become LabErrors with a way out."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from ckslab.errors import LabError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def explained(doing: str, *, advice: str = "") -> Iterator[None]:
    """Turn an OSError into a LabError: `doing` says what failed, `advice` what to do (not: disk full)."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            advice = "free some space there and run the command again; nothing was lost"
        why = error.strerror or str(error)
        raise LabError(f"{doing}: {why[:1].lower()}{why[1:]}", advice=advice) from error
