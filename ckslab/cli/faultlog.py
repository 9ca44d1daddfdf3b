"""Where tracebacks go: a private file below ckslab's home, so that learners see a sentence instead."""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path

from ckslab import lab
from ckslab.errors import CkslabError


class _PrivateFile(logging.FileHandler):
    """A log file that only its owner can read, made when the first line is written."""

    def _open(self) -> io.TextIOWrapper:
        number = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(number, "a", encoding="utf-8", errors="replace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        """A log that cannot be written must not disturb the command."""


def log_faults() -> Path | None:
    """Send what is logged under `ckslab` to the file; its path, or None where there can be none."""
    try:
        path = lab.home() / "ckslab.log"
    except CkslabError:
        return None
    logger = logging.getLogger("ckslab")
    if not any(getattr(handler, "baseFilename", "") == str(path) for handler in logger.handlers):
        handler = _PrivateFile(path, delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
    return path


def keep_fault(error: Exception) -> Path | None:
    """Log the traceback of `error`; the file it is in, or None."""
    path = log_faults()
    if path:
        logging.getLogger("ckslab").error("fault", exc_info=error)
    return path if path and path.exists() else None
