"""A terminal's eye on the exam: alerts at their minutes, its end, and that it has a supervisor."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Thread
from typing import Literal

from ckslab.errors import CkslabError
from ckslab.exam import clock, supervisor
from ckslab.exam.sitting import Sitting, read_sitting

ALERTS = (30, 15, 5)
"""Minutes before the end at which a line says so."""

SUPERVISED_EVERY = 5.0
"""Seconds between two looks whether the exam has its supervisor."""

End = Literal["over", "paused"]


class Watch:
    """Looks when it is told to; `left` is what it saw last."""

    def __init__(self, exam_id: str) -> None:
        self._exam_id = exam_id
        self._least: float | None = None
        self._supervised = time.monotonic()

    def look(self) -> tuple[Sitting | None, End | None, int | None]:
        """The exam, why terminals are to close, and the minutes of an alert; None for each that is not so.

        Where the exam cannot be read just now there is none: its end comes by the supervisor, too.
        """
        try:
            sitting = read_sitting(self._exam_id)
        except CkslabError:
            return None, None, None
        left = clock.remaining(sitting, clock.present(sitting.folder))
        if sitting.state == "running" and left > 0:
            self._keep_supervised(sitting)
            return sitting, None, self._alert(left)
        if sitting.state == "preparing":
            return sitting, None, None
        return sitting, "paused" if sitting.state == "paused" else "over", None

    def _alert(self, left: float) -> int | None:
        """Said once, and by terminals alone that were there before; of several that passed the last."""
        before = self._least
        self._least = left if before is None else min(left, before)
        passed = [minutes for minutes in ALERTS if before is not None and self._least <= minutes * 60 < before]
        return min(passed, default=None)

    def _keep_supervised(self, sitting: Sitting) -> None:
        """Another supervisor where it was killed: a look costs little, a start has a thread of its own."""
        if time.monotonic() - self._supervised < SUPERVISED_EVERY:
            return
        self._supervised = time.monotonic()
        if supervisor.runs(sitting.id):
            return
        self._supervised += supervisor.STARTING_SECONDS

        def start() -> None:
            with suppress(CkslabError):  # a later look tries again
                supervisor.ensure(sitting)

        Thread(target=start, daemon=True).start()
