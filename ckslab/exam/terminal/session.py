"""One terminal of an exam: a shell on base and, by turns, on the tasks' hosts. It knows nobody who shows it.

Whoever does gives it what is typed and takes what is printed; an `output` that takes its time holds the shells up,
so that nothing piles up anywhere. Several may be open at once.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from subprocess import Popen
from threading import Condition
from typing import Literal

from ckslab.errors import LabError
from ckslab.exam import clock
from ckslab.exam.base_host import prompt, sandbox
from ckslab.exam.sitting import Sitting, read_sitting
from ckslab.exam.terminal.client import Client
from ckslab.exam.terminal.door import Door
from ckslab.exam.terminal.modes import Modes
from ckslab.exam.terminal.programs import answer
from ckslab.exam.terminal.screen import Paper, Screen
from ckslab.exam.terminal.shells import Shell
from ckslab.exam.terminal.visit import Visit, host_of, run_on, visit
from ckslab.exam.terminal.watch import Watch

TICK = 0.5
"""Seconds between two looks at the exam."""

BUSY = 0.05
"""Seconds until a shell is offered again what it did not take."""

END_SECONDS = 5.0
"""Within which a terminal notices that the exam has ended."""

MAX_TYPED = 64 << 10
"""Bytes that wait for a shell to read them; then whoever types waits."""

MAX_SIDE = 1000
"""Rows or columns that a terminal has at most, whatever somebody says."""

GONE = 130
"""What ssh ends with where whoever called it has gone meanwhile."""

End = Literal["exit", "over", "paused"]


class Session:
    """See the module. `run` in a thread of its own, the rest from any."""

    def __init__(
        self,
        exam_id: str,
        screen: Screen,
        output: Callable[[bytes], None],
        *,
        rows: int = 24,
        columns: int = 80,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """environment: of the terminal (TERM, COLORTERM, NO_COLOR)."""
        self.exam_id, self.screen, self.current = exam_id, screen, 1
        self._output, self._size = output, (rows, columns)
        self._modes = Modes()
        self._environment = {"TERM": "xterm-256color", **(environment or {})}
        self._typed, self._room = bytearray(), Condition()
        self._woken, self._waker = socket.socketpair()
        self._host: Visit | None = None
        self._coming: list[Visit] = []
        self._closing = False

    @property
    def columns(self) -> int:
        """The terminal's width."""
        return self._size[1]

    def input(self, data: bytes) -> None:
        """What was typed. Waits while the shell takes nothing."""
        with self._room:
            while len(self._typed) > MAX_TYPED and not self._closing:
                self._room.wait(TICK)
            self._typed += data
        self._wake()

    def resize(self, rows: int, columns: int) -> None:
        """The terminal has another size."""
        self._size = (max(1, min(rows, MAX_SIDE)), max(1, min(columns, MAX_SIDE)))
        self._wake()

    def close(self) -> None:
        """End it: its shells are hung up."""
        self._closing = True
        self._wake()

    def run(self) -> End:
        """Until the shell on base ends, or the exam does. CkslabError: base cannot be made."""
        sitting = read_sitting(self.exam_id)
        try:
            with Door(sitting.folder / "terminals", lambda client: answer(self, client)) as door:
                return self._run(sitting, door)
        finally:
            self._closing = True
            self._woken.close()
            self._waker.close()

    def attach(self, client: Client, number: int, words: Sequence[str]) -> int:
        """For a client's thread: see `ckslab.exam.terminal.programs.Desk`."""
        if self._host is not None:
            raise LabError(f"this terminal is on cks-{self._host.number} already")
        with host_of(self.exam_id, client, number, self.screen) as running:
            if running is None:
                return GONE
            coming = visit(self.exam_id, running, number, words, self._environment, self._size)
            with self._room:
                late = self._closing
                if not late:
                    self._coming.append(coming)
            if late:
                coming.hang_up()
            self._wake()
            coming.ended.wait()
            return coming.code

    def run_on(self, client: Client, number: int, words: Sequence[str]) -> int:
        """For a client's thread: see `ckslab.exam.terminal.programs.Desk`."""
        with host_of(self.exam_id, client, number, self.screen) as running:
            return GONE if running is None else run_on(running, client, words)

    def wait_for_end(self) -> None:
        """For a client's thread: see `ckslab.exam.terminal.programs.Desk`."""
        with self._room:
            self._room.wait_for(lambda: self._closing, END_SECONDS)

    def _run(self, sitting: Sitting, door: Door) -> End:
        base = Shell(self._base(sitting, door.path), *self._size)
        left = clock.remaining(sitting, clock.present(sitting.folder))
        self._say(self.screen.welcome(sitting, left, self._paper()))
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(base.fd, selectors.EVENT_READ, base)
                selector.register(door.socket, selectors.EVENT_READ)
                selector.register(self._woken, selectors.EVENT_READ)
                return self._loop(selector, door, base)
        finally:
            with self._room:
                self._closing = True
                self._room.notify_all()
                left_over, self._coming = self._coming, []
            for one in (*([self._host] if self._host else []), *left_over):
                one.hang_up()
            base.close()

    def _loop(self, selector: selectors.BaseSelector, door: Door, base: Shell) -> End:
        watch, looked, size = Watch(self.exam_id), 0.0, self._size
        while not self._closing:
            for key, _ in selector.select(BUSY if self._typed else TICK):
                if key.fileobj is door.socket:
                    door.accept()
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                elif not self._print(key.data):
                    self._output(self._modes.taken_back())
                    if key.data is base:
                        return "exit"
                    selector.unregister(key.fileobj)
                    self._leave()
            self._arrive(selector)
            if size != self._size:
                size = self._size
                for shell in (base, *([self._host.shell] if self._host else [])):
                    shell.resize(*size)
            self._feed(self._host.shell if self._host else base)
            if time.monotonic() - looked >= TICK:
                looked = time.monotonic()
                if (end := self._look(watch)) is not None:
                    return end
        return "exit"

    def _arrive(self, selector: selectors.BaseSelector) -> None:
        with self._room:
            if not self._coming or self._host is not None:
                return
            self._host = self._coming.pop(0)
        selector.register(self._host.shell.fd, selectors.EVENT_READ, self._host.shell)

    def _leave(self) -> None:
        left, self._host = self._host, None
        if left is not None:
            left.leave()

    def _print(self, shell: Shell) -> bool:
        """Pass on what it printed; False at its end."""
        data = shell.read()
        if data:
            self._modes.seen(data)
            self._output(data)
        return data is not None

    def _feed(self, shell: Shell) -> None:
        with self._room:
            if self._typed:
                del self._typed[: shell.write(bytes(self._typed[:4096]))]
                self._room.notify_all()

    def _look(self, watch: Watch) -> End | None:
        """Why the terminal is to close, or None."""
        sitting, end, alert = watch.look()
        if self._host is not None:
            self._host.count()
        if alert is not None:
            self._say(self.screen.alert(alert, self._paper()))
        if end is not None and sitting is not None:
            self._output(self._modes.taken_back())
            self._say(self.screen.ended(sitting, self._paper()))
        return end

    def _say(self, text: str) -> None:
        self._output(text.replace("\n", "\r\n").encode())

    def _paper(self) -> Paper:
        return Paper(self.columns, True)

    def _base(self, sitting: Sitting, path: Path) -> Callable[[int], AbstractContextManager[Popen[bytes]]]:
        names = [task.host for task in sitting.tasks]
        if sandbox.usable():
            return lambda slave: sandbox.shell(sitting.folder, names, path, slave, self._environment)
        return lambda slave: prompt.shell(path, slave, self._environment)

    def _wake(self) -> None:
        with suppress(OSError):  # it has ended
            self._waker.send(b"w", socket.MSG_DONTWAIT)
