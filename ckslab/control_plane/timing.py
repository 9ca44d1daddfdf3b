"""How long a control plane takes to show what was saved: all of it follows from the kubelet's settings."""

from __future__ import annotations

from ckslab.kubernetes.v1_35.kubelet_settings import HOUSEKEEPING_SECONDS

LATE_SECONDS = 1.0
"""What a busy machine may add."""


def noticed(file_check: float) -> float:
    """Seconds after a change in which the kubelet has told the process of another manifest to end, if it ever will.

    It reads the whole folder every `file_check` seconds (a saved file at once), and then ends what should not run;
    from then on /readyz of that process fails. A manifest that differs in no more than a comment changes nothing:
    only this time tells.
    """
    return file_check + HOUSEKEEPING_SECONDS + LATE_SECONDS


WRITTEN = 1.0
"""Seconds that an editor may take to replace a file: what is missing after that is gone."""

STAYS = 8.0
"""Seconds more before a process is said to stay although nothing says that it should: a kubelet ends it before."""

KUBELET_BACK = 5.0
"""Seconds in which a kubelet that is started again is there: without one nothing is waited for."""

DRAIN_SECONDS = 60
"""How long an API server that was told to end may wait for requests that are under way (--request-timeout)."""

LIMIT = float(DRAIN_SECONDS + 30)
"""Seconds in which a control plane settles, if it does: a drain, and a start on a busy machine."""

BETWEEN_LOOKS = 0.4
"""Seconds between two looks at the node."""
