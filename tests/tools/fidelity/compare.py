"""Runs cases on both sides, side by side, and tells where they differ."""

from __future__ import annotations

import dataclasses
import queue
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ckslab.cluster.binaries.locate import Missing, locate
from ckslab.kubernetes.klog import fatal_message
from ckslab.kubernetes.v1_35.fatal_messages import CONTAINER_ROWS
from tests.tools.fidelity.apiserver import RealApiServer, Truth
from tests.tools.fidelity.causes import causes
from tests.tools.fidelity.credentials import make_credentials
from tests.tools.fidelity.etcd import Etcd
from tests.tools.fidelity.generate import Case
from tests.tools.fidelity.predict import Prediction, predict
from tests.tools.fidelity.scanner import Scanner


@dataclass(frozen=True)
class Result:
    """One case on both sides. differs: in what, empty if they agree."""

    case: Case
    prediction: Prediction
    truth: Truth
    real_causes: tuple[str, ...]
    differs: str

    def as_json(self) -> dict[str, object]:
        """Plain data for the output file."""
        truth = dataclasses.asdict(self.truth)
        truth["log"] = self.truth.log[-1500:]
        return {
            "case": self.case.name,
            "differs": self.differs,
            "prediction": dataclasses.asdict(self.prediction),
            "truth": truth,
            "real-causes": list(self.real_causes),
        }


def binaries() -> dict[str, Path]:
    """kube-apiserver and etcd; LookupError naming what is missing."""
    found = locate(["kube-apiserver", "etcd"])
    missing = [one.name for one in found.values() if isinstance(one, Missing)]
    if missing:
        raise LookupError(f"not on this machine: {', '.join(missing)}")
    return {name: one.path for name, one in found.items() if not isinstance(one, Missing)}


def run(cases: Iterable[Case], jobs: int, report: Callable[[Result], None]) -> list[Result]:
    """All cases, `jobs` at a time; `report` is called as each one is done."""
    places = binaries()
    waiting: queue.Queue[tuple[int, Case]] = queue.Queue()
    for item in enumerate(cases):
        waiting.put(item)
    results: list[Result] = []
    lock = threading.Lock()
    failures: list[BaseException] = []
    with tempfile.TemporaryDirectory(prefix="ckslab-fidelity-") as name:
        folder = Path(name)
        etcd = Etcd(places["etcd"], folder)
        credentials = make_credentials()

        def work(job: int) -> None:
            scanner = Scanner(credentials, folder / f"scanner-{job}")
            server = RealApiServer(places["kube-apiserver"], etcd.url, folder / f"job-{job}", f"/registry-{job}")
            try:
                while not failures:
                    index, case = waiting.get_nowait()
                    prediction = predict(case.build(credentials, scanner.port))
                    truth = server.run(case.build(credentials, scanner.port), scanner, f"{job}-{index}")
                    result = _compare(case, prediction, truth)
                    with lock:
                        results.append(result)
                        report(result)
            except queue.Empty:
                return
            except BaseException as error:  # raised again in the caller's thread
                failures.append(error)
            finally:
                scanner.stop()

        workers = [threading.Thread(target=work, args=(job,)) for job in range(jobs)]
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        finally:
            etcd.stop()
    if failures:
        raise failures[0]
    return results


def _row_causes(log: str) -> tuple[str, ...]:
    """What the table of fatal messages takes the last words for: entries of several lines are read whole."""
    text = fatal_message(log.splitlines())
    return next((row.causes for row in CONTAINER_ROWS if text and row.pattern.search(text)), ())


def _compare(case: Case, prediction: Prediction, truth: Truth) -> Result:
    real = tuple(causes(truth.log)) if not truth.starts else ()
    if prediction.starts != truth.starts:
        differs = "starts"
    elif not truth.starts:
        words = "" if set(real) & set(_row_causes(truth.log)) else "words"
        differs = words if prediction.cause in real else "cause"
    else:
        fields = ("denies_bad", "admits_good", "fails_closed")
        differs = " ".join(name for name in fields if getattr(prediction, name) != getattr(truth, name))
    return Result(case, prediction, truth, real, differs)
