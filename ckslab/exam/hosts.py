"""The hosts of an exam's tasks: labs that are made, parked when others need their place, and woken again.

Whatever process needs a host does what is needed itself: what each is, its record and its node tell, and locks keep
two from doing it at once. So nothing is lost with any process.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ckslab.errors import LabError
from ckslab.exam.attached import alone_with
from ckslab.exam.sitting import Sitting, SittingTask, exam_folder, lab_name
from ckslab.lab import backends
from ckslab.lab.catalogue import load_folder
from ckslab.lab.life.start import Wanted, begin, new_record
from ckslab.lab.life.stop import stop_lab
from ckslab.lab.model import Lab, RunningLab
from ckslab.progress import Progress, Silent
from ckslab.scenario.loading.pack import Pack, PackError
from ckslab.store.disk import as_lab_error
from ckslab.store.lock import locked
from ckslab.store.record import FILE

HostState = Literal["unmade", "awake", "parked", "gone"]

USED = "used"
"""In a lab's folder: touched whenever a shell is opened there."""

OTHERS_SECONDS = 240.0
"""How long a host is waited for that another process makes or wakes: a first start builds a node template."""


class NoRoom(LabError):
    """As many hosts are in use as this machine holds."""


def exam_is_there(exam_id: str) -> bool:
    """Whether it has a folder still."""
    return exam_folder(exam_id).is_dir()


def scenario_folder_of(sitting: Sitting, task: SittingTask) -> Path:
    """The exam's own copy of a task's scenario: what becomes of the original is nothing to it."""
    return sitting.folder / "scenarios" / task.scenario


def keep_scenario(sitting: Sitting, task: SittingTask, pack: Pack) -> None:
    """Make that copy. LabError: it is not what was drawn, or cannot be made."""
    target = scenario_folder_of(sitting, task)
    with as_lab_error(f"cannot copy the scenario {task.scenario}"):
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if target.exists():
            shutil.rmtree(target)
        try:
            pack.copy(target)
        except PackError as error:
            raise LabError(f"the scenario {task.scenario} cannot be copied: {error}") from error
    if Pack(target).digest() != task.digest:
        raise LabError(f"the scenario {task.scenario} was changed while the exam was drawn", advice="start again")


def host_state(sitting: Sitting, number: int) -> HostState:
    """How a host is. LabError where its engine does not answer."""
    lab = Lab(lab_name(sitting, number))
    try:
        if not (lab.folder / FILE).exists() or not lab.record.ready:
            return "unmade"
    except LabError:
        return "unmade"
    state = lab.backend.state(lab.folder)
    return {"running": "awake", "stopped": "parked"}.get(state, "gone")  # type: ignore[return-value]


def wake(sitting: Sitting, number: int, progress: Progress, *, others: float = OTHERS_SECONDS) -> RunningLab:
    """The running lab of a task, made or woken where it is not; the least used other one is parked for it.

    LabError: its files are gone, it cannot be made, or every other host that runs is in use.
    """
    if host_state(sitting, number) == "awake":
        with _held(sitting, number, others) as held:
            return held.running()
    with room(sitting, number) as parked, ThreadPoolExecutor(1) as pool:
        done = pool.submit(parked.close)  # beside the start: it takes as long as half of one
        with _held(sitting, number, others) as held:
            running = _made(sitting, sitting.task(number), held, progress)
        done.result()
        return running


def park(sitting: Sitting, number: int) -> None:
    """Stop a host's node as it is; its files stay. Nothing to do is no error."""
    with _held(sitting, number, OTHERS_SECONDS) as held:
        if (held.folder / FILE).exists():
            held.backend.stop(held.folder)


def touch(sitting: Sitting, number: int) -> None:
    """A host is used now; a disk that refuses makes it be parked earlier, no more."""
    try:
        (Lab(lab_name(sitting, number)).folder / USED).touch()
    except OSError:
        return


@contextmanager
def room(sitting: Sitting, number: int) -> Iterator[ExitStack]:
    """Room for one more host: what is given parks, when it is closed, those that have to give way.

    NoRoom: all that run are in use.
    """
    with ExitStack() as parking:
        with locked(f"room-{sitting.id}", what="the exam's hosts", wait=OTHERS_SECONDS):
            awake = [n for n in _numbers(sitting) if n != number and host_state(sitting, n) == "awake"]
            over = len(awake) + 1 - sitting.labs
            for other in sorted(awake, key=lambda n: _last_used(sitting, n)):
                if over <= 0:
                    break
                over -= _prepare_parking(sitting, other, parking)
            if over > 0:
                hosts = ", ".join(sitting.task(n).host for n in awake)
                raise NoRoom(
                    f"this machine holds {sitting.labs} hosts at once, and all are in use: {hosts}",
                    advice="exit from one of them in your other terminal, and try again",
                )
        yield parking


def remove_hosts(sitting: Sitting, progress: Progress) -> None:
    """Remove all labs of the exam, half-made ones, too."""
    for number in _numbers(sitting):
        lab = Lab(lab_name(sitting, number))
        if lab.folder.is_dir():
            stop_lab(lab, progress, by_exam=True)


def _prepare_parking(sitting: Sitting, number: int, parking: ExitStack) -> bool:
    """Whether nobody uses the host: then it is ours, and is parked when `parking` is closed."""
    name = lab_name(sitting, number)
    with ExitStack() as ours:
        if not ours.enter_context(alone_with(name)):
            return False
        try:
            held = ours.enter_context(Lab(name).hold("ckslab exam", wait=0.0))
        except LabError:  # it is being made or woken
            return False
        kept = ours.pop_all()
    parking.push(kept)
    parking.callback(held.backend.stop, held.folder)
    return True


def _made(sitting: Sitting, task: SittingTask, lab: Lab, progress: Progress) -> RunningLab:
    try:
        ready = (lab.folder / FILE).exists() and lab.record.ready
    except LabError:
        ready = False
    return woken(task, lab, progress) if ready else _make(sitting, task, progress)


def woken(task: SittingTask, lab: Lab, progress: Progress) -> RunningLab:
    """The lab, held by us, with its node, which is started where it does not run. LabError: its files are gone."""
    state = lab.backend.state(lab.folder)
    if state == "absent":
        raise LabError(f"the files of {task.host} are gone", advice="the work on it is lost; the other tasks go on")
    if state == "stopped":
        progress.step(f"waking {task.host}")
        running = RunningLab.of(lab, lab.backend.boot(lab.folder, progress))
        running.settle(Silent())
        return running
    return lab.running()


def _make(sitting: Sitting, task: SittingTask, progress: Progress) -> RunningLab:
    progress.step(f"making {task.host}")
    name = lab_name(sitting, task.number)
    scenario = load_folder(scenario_folder_of(sitting, task))
    if scenario.digest != task.digest:
        raise LabError(f"the exam's copy of the scenario {task.scenario} was changed")
    wanted = Wanted(task.scenario, (), task.cluster, name, task.seed, stock=sitting.stock)
    record = replace(
        new_record(name, scenario, task.cluster, wanted), nonce=task.nonce, exam=sitting.id, sitting=True
    )
    lab = Lab.begin(record)
    lab.backend = backends.backend(task.cluster)
    begin(lab, progress)
    return lab.running()


@contextmanager
def _held(sitting: Sitting, number: int, wait: float) -> Iterator[Lab]:
    with Lab(lab_name(sitting, number)).hold("ckslab exam", wait=wait) as held:
        yield held


def _numbers(sitting: Sitting) -> range:
    return range(1, len(sitting.tasks) + 1)


def _last_used(sitting: Sitting, number: int) -> tuple[float, int]:
    """Sorts what is to be parked first: never used, the last of them; then the least recently used."""
    try:
        at = (Lab(lab_name(sitting, number)).folder / USED).stat().st_mtime
    except OSError:
        return 0.0, -number
    return min(at, time.time()), -number
