"""Faults of ckslab itself: logged with their traceback, shown to the learner as one sentence."""

from __future__ import annotations

import logging
import os

log = logging.getLogger("ckslab.grading")
log.addHandler(logging.NullHandler())


def fault(where: str, error: Exception) -> str:
    """The sentence for a learner; the traceback goes to the log `ckslab.grading`.

    Call it while handling `error`. With CKSLAB_DEBUG=1 it raises `error` again instead.
    """
    if os.environ.get("CKSLAB_DEBUG") == "1":
        raise error
    log.error("fault in %s", where, exc_info=error)
    return f"a fault of ckslab in {where} ({type(error).__name__}), not of your work"
