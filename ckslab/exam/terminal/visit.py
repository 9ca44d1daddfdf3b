"""A visit to a task's host: the shell there, and the time that is worked in it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from ckslab.errors import CkslabError
from ckslab.exam import clock, hosts
from ckslab.exam.attached import attached
from ckslab.exam.sitting import lab_name, read_sitting
from ckslab.exam.terminal.client import Client
from ckslab.exam.terminal.host_shell import hang_up, on_host
from ckslab.exam.terminal.programs import command_line
from ckslab.exam.terminal.screen import Screen
from ckslab.exam.terminal.shells import Shell, command
from ckslab.exam.terminal.waiting import waited_for
from ckslab.lab.model import RunningLab
from ckslab.lab.terminal import of_terminal
from ckslab.store.worked import EVERY, add_worked

PARKING_SECONDS = 60.0
"""How long a host is waited for that is being parked just now."""

COMMAND_SECONDS = 300.0
"""How long a command may take that is run on a host for a file or a pipe."""

HANG_UP_SECONDS = 5.0


@dataclass
class Visit:
    """One that is going on. ended: it is over, and `code` is the shell's."""

    number: int
    shell: Shell
    running: RunningLab
    mark: str
    since: float = field(default_factory=time.monotonic)
    ended: Event = field(default_factory=Event)
    code: int = 0

    def count(self) -> None:
        """Keep the time, now and then: what a kill may lose."""
        if time.monotonic() - self.since >= EVERY:
            self._keep()

    def leave(self) -> None:
        """The shell has ended, or is hung up where the terminal is the host's own."""
        self._keep()
        self.code = self.shell.close()
        self.ended.set()

    def hang_up(self) -> None:
        """End what is on its terminal, on every backend; nothing where the host has stopped meanwhile."""
        with suppress(CkslabError):
            self.running.node.run(hang_up(self.mark), timeout=HANG_UP_SECONDS)
        self.leave()

    def _keep(self) -> None:
        now = time.monotonic()
        _worked(self.running.lab.folder, now - self.since)
        self.since = now


@contextmanager
def host_of(exam_id: str, client: Client, number: int, screen: Screen) -> Iterator[RunningLab | None]:
    """The running host, made or woken, which nobody parks meanwhile; None where whoever asked has gone."""
    sitting = read_sitting(exam_id)
    with attached(lab_name(sitting, number), wait=PARKING_SECONDS):
        running = waited_for(sitting, number, client, screen)
        hosts.touch(sitting, number)
        yield running
        hosts.touch(sitting, number)


def visit(
    exam_id: str,
    running: RunningLab,
    number: int,
    words: Sequence[str],
    environment: Mapping[str, str],
    size: tuple[int, int],
) -> Visit:
    """Begin one: a shell to type in, or what the words say. size: rows and columns."""
    sitting = read_sitting(exam_id)
    mark = secrets.token_hex(8)
    argv = on_host(command_line(words), sitting.task(number).host, clock.ends_at(sitting), mark)
    whole = running.node.shell_command(argv, terminal=of_terminal(environment))
    return Visit(number, Shell(command(whole, {**os.environ, **environment}), *size), running, mark)


def run_on(running: RunningLab, client: Client, words: Sequence[str]) -> int:
    """Run a command there whose output is the client's, to its end; its exit code."""
    begin = time.monotonic()
    done = running.node.run(command_line(words), timeout=COMMAND_SECONDS)
    _worked(running.lab.folder, time.monotonic() - begin)
    client.out(done.stdout.decode(errors="replace"))
    client.err(done.stderr.decode(errors="replace"))
    return done.returncode


def _worked(lab: Path, seconds: float) -> None:
    with suppress(CkslabError):  # time that cannot be kept is no reason to disturb whoever works
        if lab.is_dir():
            add_worked(lab, seconds)
