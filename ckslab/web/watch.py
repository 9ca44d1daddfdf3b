"""Looks at the exam twice a second, tells all pages what is new, and ends the terminals when work has ended."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from ckslab.errors import CkslabError
from ckslab.web.terminal.roster import Terminals
from ckslab.web.view import Exam, View

EVERY = 0.5
"""Seconds between two looks."""


class Watch:
    """The last view, and who waits for the next. All of it belongs to one event loop."""

    def __init__(self, exam: Exam, terminals: Terminals) -> None:
        self._exam = exam
        self._terminals = terminals
        self._now: dict[str, Any] | None = None
        self._trouble = ""
        self._grading = False
        self._ending: asyncio.Task[None] | None = None
        self._look_now = asyncio.Event()
        self._waiting: set[asyncio.Event] = set()

    async def run(self) -> None:
        """Look, until it is cancelled."""
        while True:
            self._look_now.clear()
            await self._look()
            try:
                await asyncio.wait_for(self._look_now.wait(), EVERY)
            except TimeoutError:
                continue

    def soon(self) -> None:
        """Something was changed: look at once."""
        self._look_now.set()

    async def views(self) -> AsyncIterator[dict[str, Any]]:
        """What a page shows: as it is, and whenever it is another."""
        mine = asyncio.Event()
        self._waiting.add(mine)
        last: dict[str, Any] | None = None
        try:
            while True:
                if self._now is not None and self._now != last:
                    last = self._now
                    yield last
                await mine.wait()
                mine.clear()
        finally:
            self._waiting.discard(mine)

    def end_exam(self) -> None:
        """End work: terminals close, all is graded. What goes wrong is part of the view from then on."""
        if self._ending is None or self._ending.done():
            self._ending = asyncio.create_task(self._end())

    async def ended(self) -> None:
        """Wait for grading that was begun: it is not cut short."""
        if self._ending is not None:
            await self._ending

    async def _end(self) -> None:
        self._grading = True
        self._trouble = ""
        self.soon()
        try:
            await asyncio.to_thread(self._exam.end)
        except CkslabError as error:
            self._trouble = error.message
        except Exception as error:  # the page has to say something
            logging.getLogger("ckslab").error("ending the exam", exc_info=error)
            self._trouble = f"a fault of ckslab ({type(error).__name__})"
        finally:
            self._grading = False
            self.soon()

    async def _look(self) -> None:
        try:
            view = await asyncio.to_thread(self._exam.look)
        except CkslabError as error:
            self._tell({**(self._now or {}), "trouble": error.message})
            return
        except Exception as error:  # the clock must not stand still for a fault of ours
            logging.getLogger("ckslab").error("looking at the exam", exc_info=error)
            self._tell({**(self._now or {}), "trouble": f"a fault of ckslab ({type(error).__name__})"})
            return
        if view.ungraded:
            self.end_exam()
        self._tell(self._shown(view))
        await self._terminals.allow(view.state == "running")

    def _shown(self, view: View) -> dict[str, Any]:
        shown = asdict(view)
        shown["remaining"] = math.ceil(view.remaining)  # whole seconds: a view is another one once a second
        shown["terminals"] = self._terminals.names()
        shown["grading"] = self._grading
        shown["trouble"] = self._trouble
        return shown

    def _tell(self, view: dict[str, Any]) -> None:
        if view != self._now:
            self._now = view
            for one in self._waiting:
                one.set()
