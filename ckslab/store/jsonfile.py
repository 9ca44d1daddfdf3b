"""JSON files that are either as they were or as they should be: written by fsync and rename."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ckslab.errors import LabError
from ckslab.store.disk import explained


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace `path` (0600) as a whole. LabError when it cannot be written; the old file is kept then."""
    data = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    with explained(f"cannot write {path}"):
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made 0600
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
        _sync_folder(path.parent)


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


def _sync_folder(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
