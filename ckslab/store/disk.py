"""The disk: JSON files that are as they were or as they should be, and in words what the system refuses."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ckslab.errors import LabError
from ckslab.whole_file import write_whole

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def as_lab_error(doing: str, *, advice: str = "") -> Iterator[None]:
    """Turn an OSError into a LabError: `doing` says what failed, `advice` what to do (not: disk full)."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            advice = "free some space there and run the command again; nothing was lost"
        why = error.strerror or str(error)
        raise LabError(f"{doing}: {why[:1].lower()}{why[1:]}", advice=advice) from error


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace `path` (0600) as a whole, by fsync and rename. LabError: it cannot be written, and is as it was."""
    data = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    with as_lab_error(f"cannot write {path}"):
        write_whole(path, data, lasting=True)


def read_json(path: Path, *, way_out: str) -> dict[str, Any]:
    """The object in `path`. FileNotFoundError as it is; LabError, with `way_out` as its advice, when the
    file cannot be read or holds no JSON object.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LabError(f"cannot read {path}: {error.strerror}", advice=way_out) from error
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LabError(f"{path}: no valid JSON ({error})", advice=way_out) from error
    if not isinstance(content, dict):
        raise LabError(f"{path}: a JSON object was expected", advice=way_out)
    return content
