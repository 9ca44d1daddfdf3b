"""Download and unpack several artefacts side by side."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock, Thread

from ckslab.cluster.binaries.cache import cache_dir
from ckslab.cluster.binaries.download import DownloadError, Interrupted, Session, download
from ckslab.cluster.binaries.pins import Artefact, Component, Pins
from ckslab.cluster.binaries.published_image import layers_from_top
from ckslab.cluster.binaries.unpack import unpack, unpack_layers
from ckslab.progress import Progress

_SIDE_BY_SIDE = 3


@dataclass(frozen=True, eq=False)
class Job:
    """One artefact to bring into the cache."""

    component: Component
    artefact: Artefact


class _Sum:
    """The bytes of all jobs together, as one progress; told by several threads."""

    def __init__(self, jobs: Sequence[Job], progress: Progress) -> None:
        self._progress = progress
        self._lock = Lock()
        self._bytes = {job: (0, job.artefact.approximate_bytes) for job in jobs}

    def report(self, job: Job, done: int, total: int) -> None:
        with self._lock:
            self._bytes[job] = (done, total)
            told = self._bytes.values()
            self._progress.advance(sum(d for d, _ in told), sum(t for _, t in told), "bytes")


def fetch_all(jobs: Sequence[Job], progress: Progress, pins: Pins) -> dict[Job, str]:
    """Bring each job's binaries into the cache; the answer says why those failed that did.

    Interrupted (Ctrl-C), it stops all downloads and leaves their `.part` files for the next run.
    """
    if not jobs:
        return {}
    size = sum(job.artefact.approximate_bytes for job in jobs) // 1_000_000
    what = ", ".join(dict.fromkeys(f"{job.component.name} {job.component.version}" for job in jobs))
    progress.step(f"downloading {what}, about {size} MB")
    refused: dict[Job, str] = {}
    broken: list[Exception] = []
    session, total = Session(), _Sum(jobs, progress)
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)

    def work() -> None:
        while not session.stop.is_set():
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                _fetch(job, session, total, pins)
            except Interrupted:
                return
            except (DownloadError, OSError) as error:
                refused[job] = str(error)
            except Exception as error:
                broken.append(error)
                session.stop.set()

    # Daemons: one that waits for a silent server must not keep an interrupted ckslab from ending.
    threads = [Thread(target=work, daemon=True) for _ in jobs[:_SIDE_BY_SIDE]]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        session.stop.set()
        for thread in threads:
            thread.join(1.0)
    if broken:
        raise broken[0]
    return refused


def _fetch(job: Job, session: Session, total: _Sum, pins: Pins) -> None:
    def report(done: int, size: int) -> None:
        total.report(job, done, size)

    downloads, folder = cache_dir() / "downloads", cache_dir() / pins.folder_name(job.component)
    if job.artefact.image:
        layers = layers_from_top(job.artefact, pins.arch, downloads, session, report)
        unpack_layers(layers, job.artefact, folder)
    else:
        unpack(download(job.artefact, downloads, session, report), job.artefact, folder)
