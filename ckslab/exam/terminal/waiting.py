"""Waiting for a host: it is shown, it does not count, and Ctrl-C ends the waiting and not the making."""

from __future__ import annotations

import time
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread

from ckslab.errors import CkslabError
from ckslab.exam import clock, hosts
from ckslab.exam.sitting import Sitting, change
from ckslab.exam.terminal.client import Client
from ckslab.exam.terminal.screen import Screen
from ckslab.lab.model import RunningLab

EVERY = 0.5
SHOWN_AFTER = 0.5
"""Seconds of waiting of which nothing is said."""


class _Steps:
    """Progress whose last step is looked at."""

    def __init__(self) -> None:
        self.text = ""

    def step(self, text: str) -> None:
        """Another step."""
        self.text = text

    def advance(self, done: int, total: int | None, unit: str = "") -> None:
        """Nothing of it is shown."""


def waited_for(sitting: Sitting, number: int, client: Client, screen: Screen) -> RunningLab | None:
    """The running host; None where whoever waited has gone. CkslabError: it cannot be had."""
    steps, whole = _Steps(), Future[RunningLab]()

    def work() -> None:
        try:
            whole.set_result(hosts.wake(sitting, number, steps))
        except BaseException as error:  # it is raised by whoever waits
            whole.set_exception(error)

    Thread(target=work, daemon=True).start()
    begin, told = time.monotonic(), False
    while True:
        before = clock.present(sitting.folder)
        with suppress(TimeoutError):
            running = whole.result(EVERY)
            if told:
                client.out("\r\x1b[K")
            return running
        if client.gone():
            return None
        after = clock.present(sitting.folder)
        with suppress(CkslabError):  # a disk that is full: then the waiting counts, which the report cannot know
            change(sitting.id, lambda one, b=before, a=after: clock.waited(one, b, a))  # type: ignore[misc]
        if time.monotonic() - begin >= SHOWN_AFTER:
            told = True
            host = sitting.task(number).host
            client.out(f"\r{screen.waiting(host, steps.text, time.monotonic() - begin)}\x1b[K")
