"""The API server does not come up: show why and where; on request put the files of the control plane back."""

from __future__ import annotations

from contextlib import suppress

from ckslab.cluster.node.live_files import LiveFiles
from ckslab.diagnosis.cause import named_cause
from ckslab.diagnosis.named import Cause, shown_log
from ckslab.diagnosis.running_other import other_than_the_files
from ckslab.errors import LabError
from ckslab.evidence import Evidence, NotAvailable
from ckslab.grading.rounds import collect_until
from ckslab.kubernetes.klog import entries, fatal_message
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.of_exam import refuse_in_exam
from ckslab.lab.results import Rescue
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.files import FileNeed
from ckslab.progress import Progress
from ckslab.text_lines import lines_of

AROUND = 2
"""Lines shown before and after the one that is wrong."""


def rescue_lab(running: RunningLab, progress: Progress) -> Rescue:
    """The log line that says why the API server is down, and the file and line behind it; of one that serves, why
    it does so with something else than the files say.

    A cause that is told counts as a hint, once.
    """
    refuse_in_exam(running.lab, "rescue")
    collect = running.collector(running.settle(progress))
    server, cause, excerpt = collect_until(_diagnose, collect, [ApiServerNeed()])[0]
    if cause is None:
        return _unexplained(server)
    _count(running.lab, cause)
    advice = f"{cause.explanation.rstrip(chr(46))}. {cause.advice}".strip()
    if server.state == "ready":
        advice = f"The API server serves, and yet: {advice}"
    return Rescue(cause.log, server.log_path, cause.path, cause.line or 0, excerpt, advice)


def _count(lab: Lab, cause: Cause) -> None:
    with (
        lab.hold("ckslab rescue") as held,
        suppress(LabError),
    ):  # status and grade tell of an attempt that is damaged
        held.keep(held.attempt.rescued(cause.explanation))


def _unexplained(server: ApiServerFact) -> Rescue:
    if server.state == "ready":
        return Rescue("", "", "", 0, "", "The API server serves: nothing is to be rescued.")
    last = fatal_message(server.log) or next(reversed([*entries(server.log)]), "")
    advice = f"ckslab shell -- tail -n 50 {server.log_path or '/var/log/kubelet.log'}"
    return Rescue(shown_log(last), server.log_path, "", 0, "", advice)


def _diagnose(evidence: Evidence) -> tuple[ApiServerFact, Cause | None, str]:
    server = evidence.of(ApiServerNeed())
    cause = other_than_the_files(evidence) if server.state == "ready" else named_cause(evidence)
    excerpt = _excerpt(evidence, cause.path, cause.line) if cause and cause.path else ""
    return server, cause, excerpt


def _excerpt(evidence: Evidence, path: str, line: int | None) -> str:
    """The lines around the place, numbered, the place itself marked."""
    try:
        text = evidence.of(FileNeed(path)).text
    except NotAvailable:
        return ""
    if text is None or line is None:
        return ""
    lines = lines_of(text)
    first = max(1, line - AROUND)
    return "\n".join(
        f"{'>' if number == line else ' '} {number:4} {content}"
        for number, content in enumerate(lines[first - 1 : line + AROUND], first)
    )


def restore_lab(lab: Lab, progress: Progress) -> list[str]:
    """Put the manifests back as the lab began with them; the paths that were changed or removed."""
    with lab.hold("ckslab rescue") as held:
        refuse_in_exam(held, "rescue")
        running = held.running()
        files, initial = LiveFiles(running.node), held.initial_files
        names = running.node.run(["ls", MANIFESTS]).stdout.decode(errors="replace").split("\n")
        kept = {path for path in initial.paths if path.startswith(f"{MANIFESTS}/")}
        changed = []
        for path in sorted(kept):
            if files.read(path) != initial(path):
                files.write(path, initial(path) or b"", 0o600)
                changed.append(path)
        for extra in sorted({f"{MANIFESTS}/{one}" for one in names if one} - kept):
            files.remove(extra)
            changed.append(extra)
        if changed:
            running.settle(progress)
        return changed
