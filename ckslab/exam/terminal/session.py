"""One terminal of an exam: a shell on base and, by turns, on the tasks' hosts. It knows nobody who shows it.

Whoever does gives it what is typed and takes what is printed; an `output` that takes its time holds the shells up,
so that nothing piles up anywhere. Several may be open at once.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from threading import Condition, Event, Thread
from typing import Literal

from ckslab.errors import CkslabError, LabError
from ckslab.exam import clock, hosts, supervisor
from ckslab.exam.attached import attached
from ckslab.exam.base import plain, sandbox
from ckslab.exam.sitting import Sitting, lab_name, read_sitting
from ckslab.exam.supervisor import STARTING_SECONDS
from ckslab.exam.terminal.client import Client, Gone
from ckslab.exam.terminal.host_shell import on_host
from ckslab.exam.terminal.programs import answer, command_line
from ckslab.exam.terminal.screen import Paper, Screen
from ckslab.exam.terminal.shells import Shell, command
from ckslab.exam.terminal.socket_path import short
from ckslab.exam.terminal.waiting import waited_for
from ckslab.lab.model import RunningLab
from ckslab.store.disk import as_lab_error
from ckslab.store.worked import EVERY, add_worked

TICK = 0.5
ALERTS = (30, 15, 5)
"""Minutes before the end at which a line says so."""

MAX_TYPED = 64 << 10
"""Bytes that wait for a shell to read them; then whoever types waits."""

MAX_CLIENTS = 32

COMMAND_SECONDS = 300.0
"""How long a command may take that is run on a host for a file or a pipe."""

SUPERVISED_EVERY = 5.0
"""Seconds between two looks whether the exam has its supervisor."""

End = Literal["exit", "over", "paused"]


@dataclass
class _Attached:
    """A shell on a host."""

    number: int
    shell: Shell
    lab: Path
    since: float = field(default_factory=time.monotonic)
    ended: Event = field(default_factory=Event)
    code: int = 0


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
        self._output, self._rows, self._columns = output, rows, columns
        self._environment = {"TERM": "xterm-256color", **(environment or {})}
        self._typed, self._room = bytearray(), Condition()
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        self._host: _Attached | None = None
        self._wanted: list[_Attached] = []
        self._closing = False
        self._clients = 0
        self._least: float | None = None
        self._supervised = time.monotonic()

    @property
    def columns(self) -> int:
        """The terminal's width."""
        return self._columns

    def input(self, data: bytes) -> None:
        """What was typed. Waits while the shell takes nothing."""
        with self._room:
            while len(self._typed) > MAX_TYPED and not self._closing:
                self._room.wait(0.5)
            self._typed += data
        self._wake()

    def resize(self, rows: int, columns: int) -> None:
        """The terminal has another size."""
        self._rows, self._columns = max(1, min(rows, 1000)), max(1, min(columns, 1000))
        self._wake()

    def close(self) -> None:
        """End it: its shells are hung up."""
        self._closing = True
        self._wake()

    def run(self) -> End:
        """Until the shell on base ends, or the exam does. CkslabError: base cannot be made."""
        folder = read_sitting(self.exam_id).folder / "terminals"
        with as_lab_error("cannot make the terminal"):
            folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{os.getpid()}-{id(self) % 10_000}.sock"
        listener = _listening(path)
        try:
            return self._run(listener, path)
        finally:
            self._closing = True
            listener.close()
            path.unlink(missing_ok=True)
            for number in (self._wake_out, self._wake_in):
                os.close(number)

    def attach(self, client: Client, number: int, words: Sequence[str]) -> int:
        """For a client's thread: see `ckslab.exam.terminal.programs.Desk`."""
        if self._host is not None:
            raise LabError(f"this terminal is on cks-{self._host.number} already")
        with self._host_of(client, number) as running:
            if running is None:
                return 130
            sitting = read_sitting(self.exam_id)
            passed = {
                key: self._environment[key] for key in ("TERM", "COLORTERM", "NO_COLOR") if key in self._environment
            }
            argv = ["/usr/bin/env", *(f"{key}={value}" for key, value in passed.items())]
            argv += on_host(command_line(words), sitting.task(number).host, clock.ends_at(sitting))
            outside = {**os.environ, **self._environment}
            shell = Shell(
                command(running.node.shell_command(argv, terminal=False), outside), self._rows, self._columns
            )
            host = _Attached(number, shell, running.lab.folder)
            with self._room:
                if self._closing:
                    shell.close()
                    return 255
                self._wanted.append(host)
            self._wake()
            host.ended.wait()
            return host.code

    def run_on(self, client: Client, number: int, words: Sequence[str]) -> int:
        """For a client's thread: see `ckslab.exam.terminal.programs.Desk.run`."""
        with self._host_of(client, number) as running:
            if running is None:
                return 130
            begin = time.monotonic()
            done = running.node.run(command_line(words), timeout=COMMAND_SECONDS)
            with suppress(CkslabError):
                add_worked(running.lab.folder, time.monotonic() - begin)
            client.out(done.stdout.decode(errors="replace"))
            client.err(done.stderr.decode(errors="replace"))
            return done.returncode

    @contextmanager
    def _host_of(self, client: Client, number: int) -> Iterator[RunningLab | None]:
        """The running host, which is not parked meanwhile; None where whoever asked has gone."""
        sitting = read_sitting(self.exam_id)
        with attached(lab_name(sitting, number), wait=60.0):
            running = waited_for(sitting, number, client, self.screen)
            hosts.touch(sitting, number)
            yield running
            hosts.touch(sitting, number)

    def _run(self, listener: socket.socket, path: Path) -> End:
        sitting = read_sitting(self.exam_id)
        base = Shell(self._base(sitting, path), self._rows, self._columns)
        self._say(self.screen.welcome(sitting, self._left(sitting), Paper(self._columns, True)))
        ended: End = "exit"
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(base.fd, selectors.EVENT_READ, base)
                selector.register(listener, selectors.EVENT_READ)
                selector.register(self._wake_out, selectors.EVENT_READ)
                ended = self._loop(selector, listener, base)
        finally:
            self._leave_host()
            with self._room:
                self._closing = True
                for waiting in self._wanted:
                    waiting.shell.close()
                    waiting.ended.set()
            base.close()
        return ended

    def _loop(self, selector: selectors.BaseSelector, listener: socket.socket, base: Shell) -> End:
        ticked, size = 0.0, (self._rows, self._columns)
        while not self._closing:
            for key, _ in selector.select(TICK if not self._typed else 0.05):
                if key.fileobj is listener:
                    self._accept(listener)
                elif key.fd == self._wake_out:
                    os.read(self._wake_out, 4096)
                elif not self._print(key.data):
                    if key.data is base:
                        return "exit"
                    selector.unregister(key.fileobj)
                    self._leave_host()
            if self._wanted and self._host is None:
                self._host = self._wanted.pop(0)
                selector.register(self._host.shell.fd, selectors.EVENT_READ, self._host.shell)
            if size != (self._rows, self._columns):
                size = (self._rows, self._columns)
                for shell in (base, *([self._host.shell] if self._host else [])):
                    shell.resize(*size)
            self._feed(self._host.shell if self._host else base)
            if time.monotonic() - ticked >= TICK:
                ticked = time.monotonic()
                if (end := self._tick()) is not None:
                    return end
        return "exit"

    def _print(self, shell: Shell) -> bool:
        """Pass on what it printed; False at its end."""
        data = shell.read()
        if data:
            self._output(data)
        return data is not None

    def _feed(self, shell: Shell) -> None:
        with self._room:
            if self._typed:
                del self._typed[: shell.write(bytes(self._typed[:4096]))]
                self._room.notify_all()

    def _leave_host(self) -> None:
        host, self._host = self._host, None
        if host is not None:
            self._count(host)
            host.code = host.shell.close()
            host.ended.set()

    def _tick(self) -> End | None:
        """Look at the exam and its clock; why the terminal is to close, or None."""
        try:
            sitting = read_sitting(self.exam_id)
        except CkslabError:
            return None  # a disk that refuses for a moment; the end comes by the supervisor, too
        left = self._left(sitting)
        if self._host and time.monotonic() - self._host.since >= EVERY:
            self._count(self._host)
        if sitting.state == "running" and left > 0:
            self._alert(left)
            self._keep_supervised(sitting)
            return None
        if sitting.state == "preparing":
            return None
        self._say(self.screen.ended(sitting, Paper(self._columns, True)))
        return "paused" if sitting.state == "paused" else "over"

    def _keep_supervised(self, sitting: Sitting) -> None:
        """Another supervisor where it was killed: a look costs little, a start has a thread of its own."""
        if time.monotonic() - self._supervised < SUPERVISED_EVERY or supervisor.runs(sitting.id):
            return
        self._supervised = time.monotonic() + STARTING_SECONDS

        def start() -> None:
            with suppress(CkslabError):  # the next look tries again
                supervisor.ensure(sitting)

        Thread(target=start, daemon=True).start()

    def _alert(self, left: float) -> None:
        before = self._least
        self._least = left if before is None else min(left, before)
        passed = [minutes for minutes in ALERTS if before is not None and self._least <= minutes * 60 < before]
        if passed:
            self._say(self.screen.alert(min(passed), Paper(self._columns, True)))

    def _count(self, host: _Attached) -> None:
        now = time.monotonic()
        with suppress(CkslabError):  # time that cannot be kept is no reason to disturb whoever works
            if host.lab.is_dir():
                add_worked(host.lab, now - host.since)
        host.since = now

    def _left(self, sitting: Sitting) -> float:
        return clock.remaining(sitting, clock.present(sitting.folder))

    def _say(self, text: str) -> None:
        self._output(text.replace("\n", "\r\n").encode())

    def _base(self, sitting: Sitting, path: Path) -> Callable[[int], AbstractContextManager[Popen[bytes]]]:
        names = [task.host for task in sitting.tasks]
        if sandbox.usable():
            return lambda slave: sandbox.shell(sitting.folder, names, path, slave, self._environment)
        return lambda slave: plain.shell(path, slave, self._environment)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            if self._clients >= MAX_CLIENTS:
                connection.close()
                return
            self._clients += 1
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(Gone):
                answer(self, Client(connection))
        finally:
            self._clients -= 1

    def _wake(self) -> None:
        with suppress(OSError):
            os.write(self._wake_in, b"w")


def _listening(path: Path) -> socket.socket:
    """A socket that whoever stands in base may connect to; the folder around it is ours alone."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        with as_lab_error("cannot make the terminal's socket"), short(path) as name:
            listener.bind(name)
            path.chmod(0o666)
            listener.listen(8)
    except BaseException:
        listener.close()
        raise
    return listener
