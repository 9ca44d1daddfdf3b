"""A lab's life between start and stop: status, shell, files, reset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ckslab.cluster.node.live_files import LiveFiles
from ckslab.errors import LabError
from ckslab.lab import backends, catalogue
from ckslab.lab.clock import now
from ckslab.lab.results import LabStatus
from ckslab.lab.running import running
from ckslab.progress import Progress
from ckslab.store.attempt import Attempt, read_attempt, write_attempt
from ckslab.store.disk import explained
from ckslab.store.labs import broken_labs, find_lab, lab_folder, lab_names, labs, remove_lab_folder
from ckslab.store.lock import lab_lock
from ckslab.store.record import LabRecord, read_record, write_record


def status() -> list[LabStatus]:
    """All labs, the broken ones among them, by name."""
    found = [_status(record) for record in labs()]
    found += [
        LabStatus(broken.name, "", "", "broken", reason=broken.reason, advice=broken.advice)
        for broken in broken_labs()
    ]
    return sorted(found, key=lambda one: one.name)


def _status(record: LabRecord) -> LabStatus:
    folder = lab_folder(record.name)
    attempt = read_attempt(folder)
    grade = attempt.last if attempt else None
    state, reason, advice = "unknown", "", ""
    try:
        state = backends.backend(record.cluster).state(folder)
    except LabError as error:  # its engine does not answer: the other labs are shown all the same
        reason, advice = error.message, error.advice
    if not record.ready:
        state, reason = "broken", "its start was interrupted"
        advice = f"ckslab start {record.scenario} --name {record.name} · ckslab stop {record.name}"
    elif state == "absent":
        reason, advice = "its node is gone", f"ckslab reset {record.name} · ckslab stop {record.name}"
    elif state == "stopped":
        reason, advice = "its node does not run", f"ckslab start {record.scenario} --name {record.name}"
    return LabStatus(
        record.name,
        record.scenario,
        record.cluster,
        state,
        attempt.started_at if attempt else record.created_at,
        grade.score if grade else None,
        grade.max if grade else None,
        attempt.hints_used if attempt else 0,
        reason,
        advice,
    )


def shell_argv(name: str, argv: list[str], terminal: bool) -> list[str]:
    """The command of this machine that runs `argv` on the node; without one, a shell with a greeting."""
    _, _, node = running(name)
    return node.shell_command(argv or ["/bin/bash", "-i"], terminal=terminal)


def kubeconfig(name: str) -> Path:
    """The kubeconfig that works from outside the node."""
    _, _, node = running(name)
    return node.kubeconfig


def read_file(name: str, path: str) -> bytes | None:
    """A node file's content, None where there is none."""
    _, _, node = running(name)
    return LiveFiles(node).read(path)


def write_file(name: str, path: str, data: bytes) -> None:
    """Replace a node file as a whole, by rename."""
    _, _, node = running(name)
    LiveFiles(node).write(path, data)


def reset(name: str, progress: Progress) -> None:
    """Make the lab as it was at its start; a new attempt begins."""
    from ckslab.lab.make import make  # much, and the other uses need none of it

    with lab_lock(name, "ckslab reset", wait=2.0):
        record = find_lab(name)
        folder = lab_folder(name)
        scenario = catalogue.load_folder(record.folder, record.nonce)
        backend = backends.backend(record.cluster)
        backend.state(folder)  # an engine that does not answer is found out before anything is lost
        write_record(folder, replace(record, ready=False))
        try:
            with explained(f"cannot make lab {name} anew"):
                make(folder, record, scenario, backend, progress)
        except BaseException:
            backend.stop(folder)
            raise
        write_attempt(folder, Attempt(now()))
        write_record(folder, record.made())


def stop(name: str, progress: Progress) -> None:
    """Stop a lab and remove it; half-made and damaged ones too."""
    with _stopping(name):
        progress.step(f"stopping {name}")
        folder = lab_folder(name)
        for backend in _backends_of(folder):
            backends.backend(backend).remove(folder)
        remove_lab_folder(name)


def _backends_of(folder: Path) -> tuple[str, ...]:
    """The lab's backend; all of them where its record cannot be read."""
    try:
        return (read_record(folder).cluster,)
    except LabError:
        return backends.NAMES


@contextmanager
def _stopping(name: str) -> Iterator[None]:
    if not lab_folder(name).is_dir():
        find_lab(name)  # says that there is none, and which there are
    with lab_lock(name, "ckslab stop", wait=5.0):
        yield


def stop_all(progress: Progress) -> None:
    """Stop and remove every lab."""
    for name in lab_names():
        stop(name, progress)
