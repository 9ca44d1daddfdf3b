"""The programs on base: task, tasks, flag, time, submit, ssh."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from typing import Protocol

from ckslab.errors import CkslabError, UsageError
from ckslab.exam import clock
from ckslab.exam.ending import end_work
from ckslab.exam.hosts import host_state, scenario_folder_of
from ckslab.exam.sitting import Sitting, SittingTask, change, lab_name, read_sitting
from ckslab.exam.terminal.client import Client, Question
from ckslab.exam.terminal.screen import Paper, Readiness, Screen, TaskRow
from ckslab.lab.catalogue import load_folder
from ckslab.lab.model import Lab
from ckslab.store.lock import is_held
from ckslab.store.worked import worked_seconds

_NUMBER = re.compile(r"(?:[\w.-]+@)?(?:cks-?)?(\d{1,3})")


class Desk(Protocol):
    """The terminal that a program was called in."""

    exam_id: str
    screen: Screen
    current: int

    @property
    def columns(self) -> int:
        """Its width."""

    def attach(self, client: Client, number: int, words: Sequence[str]) -> int:
        """Let it be the terminal of a task's host until its shell ends; that one's exit code."""

    def run_on(self, client: Client, number: int, words: Sequence[str]) -> int:
        """Run a command on a task's host, its output the client's; its exit code."""

    def wait_for_end(self) -> None:
        """Until it closes, or for some seconds."""


def answer(desk: Desk, client: Client) -> None:
    """Answer what a client asks, to the end."""
    question = client.question()
    program = PROGRAMS.get(question.program)
    if program is None:
        client.err(f"{question.program}: there is no such program on base\n")
        client.exit(127)
        return
    try:
        code = program(desk, client, question)
    except CkslabError as error:
        next_step = f"\n{error.advice}" if error.advice else ""
        client.err(f"{question.program}: {error.message}{next_step}\n")
        code = 255 if question.program == "ssh" else 1
    client.exit(code)


def rows(sitting: Sitting) -> list[TaskRow]:
    """All tasks as the list shows them."""
    return [TaskRow(task, _readiness(sitting, task), _worked(sitting, task)) for task in sitting.tasks]


def task_text(sitting: Sitting, task: SittingTask) -> str:
    """What the task asks for, as Markdown; there before its host is. LabError: the exam's copy was damaged."""
    return load_folder(scenario_folder_of(sitting, task), task.nonce, task.seed).task


def _task(desk: Desk, client: Client, question: Question) -> int:
    sitting = read_sitting(desk.exam_id)
    task = sitting.task(_number(desk, question, "task [NUMBER]"))
    desk.current = task.number
    client.out(desk.screen.task(sitting, task, task_text(sitting, task), _paper(desk, question)))
    return 0


def _tasks(desk: Desk, client: Client, question: Question) -> int:
    sitting = read_sitting(desk.exam_id)
    client.out(desk.screen.tasks(rows(sitting), _left(sitting), _paper(desk, question)))
    return 0


def _flag(desk: Desk, client: Client, question: Question) -> int:
    number = _number(desk, question, "flag [NUMBER]")
    read_sitting(desk.exam_id).task(number)
    sitting = change(desk.exam_id, lambda one: one.with_task(number, flagged=not one.task(number).flagged))
    client.out(f"task {number} is {'flagged' if sitting.task(number).flagged else 'not flagged any more'}\n")
    return 0


def _time(desk: Desk, client: Client, question: Question) -> int:
    sitting = read_sitting(desk.exam_id)
    if question.arguments == ("--prompt",):
        client.out(desk.screen.left(_left(sitting)))
    else:
        client.out(desk.screen.time(sitting, _left(sitting), _paper(desk, question)))
    return 0


def _submit(desk: Desk, client: Client, question: Question) -> int:
    sitting = read_sitting(desk.exam_id)
    flagged = [str(task.number) for task in sitting.tasks if task.flagged]
    client.out(desk.screen.time(sitting, _left(sitting), _paper(desk, question)))
    if flagged:
        client.out(f"Flagged: {', '.join(flagged)}.\n")
    if client.ask("End the exam and have it graded? There is no way back. Type yes: ") != "yes":
        client.out("The exam goes on.\n")
        return 1
    end_work(desk.exam_id, by_time=False)
    desk.wait_for_end()  # else base would prompt once more
    return 0


def _ssh(desk: Desk, client: Client, question: Question) -> int:
    words = question.arguments
    if not words or words[0].startswith("-"):
        raise UsageError("usage: ssh HOST [COMMAND...]", advice="`tasks` lists the hosts")
    found = _NUMBER.fullmatch(words[0])
    sitting = read_sitting(desk.exam_id)
    if found is None or not 1 <= int(found[1]) <= len(sitting.tasks):
        hosts = f"cks-1 to cks-{len(sitting.tasks)}" if len(sitting.tasks) > 1 else "cks-1"
        raise UsageError(f"Could not resolve hostname {words[0][:60]}: hosts are {hosts}")
    number = desk.current = int(found[1])
    if words[1:] and not question.terminal:  # its output goes into a file or a pipe
        return desk.run_on(client, number, words[1:])
    return desk.attach(client, number, words[1:])


def _kubectl(desk: Desk, client: Client, _: Question) -> int:
    client.err(f"kubectl: not on base: it is on the task's host (ssh cks-{desk.current})\n")
    return 127


PROGRAMS: dict[str, Callable[[Desk, Client, Question], int]] = {
    "ssh": _ssh,
    "task": _task,
    "tasks": _tasks,
    "flag": _flag,
    "time": _time,
    "submit": _submit,
    "kubectl": _kubectl,
}


def command_line(words: Sequence[str]) -> list[str]:
    """What runs on the host: a shell to type in, or the words as ssh gives them to one."""
    return ["/bin/bash", "-i"] if not words else ["/bin/bash", "-c", " ".join(words)]


def _number(desk: Desk, question: Question, usage: str) -> int:
    words = question.arguments
    if not words:
        return desk.current
    found = _NUMBER.fullmatch(words[0])
    if len(words) > 1 or found is None:
        raise UsageError(f"usage: {usage}, not {shlex.join(words)[:80]}")
    return int(found[1])


def _left(sitting: Sitting) -> float:
    return clock.remaining(sitting, clock.present(sitting.folder))


def _paper(desk: Desk, question: Question) -> Paper:
    return Paper(desk.columns, question.terminal)


def _worked(sitting: Sitting, task: SittingTask) -> float:
    lab = Lab(lab_name(sitting, task.number))
    return worked_seconds(lab.folder) if lab.folder.is_dir() else task.seconds


def _readiness(sitting: Sitting, task: SittingTask) -> Readiness:
    try:
        state = host_state(sitting, task.number)
    except CkslabError:
        return "trouble"
    if state == "unmade":
        busy = is_held(f"lab-{lab_name(sitting, task.number)}")
        return "trouble" if task.trouble and not busy else "making"
    return {"awake": "ready", "parked": "parked"}.get(state, "trouble")  # type: ignore[return-value]
