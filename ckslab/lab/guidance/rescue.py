"""The API server does not come up: show why and where; on request put the files of the control plane back."""

from __future__ import annotations

from ckslab.cluster.node.live_files import LiveFiles
from ckslab.diagnosis.cause import Cause, named_cause
from ckslab.evidence import Collect, Evidence, NotAvailable
from ckslab.grading.rounds import collect_until
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.lab.model import Lab, RunningLab
from ckslab.lab.results import Rescue
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.files import FileNeed
from ckslab.progress import Progress, Silent

AROUND = 2
"""Lines shown before and after the one that is wrong."""


def rescue_lab(running: RunningLab) -> Rescue:
    """The log line that says why the API server is down, and the file and line behind it.

    A cause that is told counts as a hint, once.
    """
    collect = running.collector(running.settle(Silent()))
    server, cause, excerpt = _diagnosed(collect)
    if server.state == "ready":
        return Rescue("", "", "", 0, "", "The API server serves: nothing is to be rescued.")
    if cause is None:
        line = server.log[-1] if server.log else ""
        advice = f"ckslab shell -- tail -n 50 {server.log_path or '/var/log/kubelet.log'}"
        return Rescue(line, server.log_path, "", 0, "", advice)
    _count(running.lab, cause)
    advice = f"{cause.explanation.rstrip(chr(46))}. {cause.advice}".strip()
    return Rescue(cause.log, server.log_path, cause.path, cause.line or 0, excerpt, advice)


def _count(lab: Lab, cause: Cause) -> None:
    with lab.hold("ckslab rescue") as held:
        held.keep(held.attempt.rescued(cause.explanation))


def _diagnosed(collect: Collect) -> tuple[ApiServerFact, Cause | None, str]:
    def diagnose(evidence: Evidence) -> tuple[ApiServerFact, Cause | None, str]:
        server, cause = evidence.of(ApiServerNeed()), named_cause(evidence)
        excerpt = _excerpt(evidence, cause.path, cause.line) if cause and cause.path else ""
        return server, cause, excerpt

    return collect_until(diagnose, collect, [ApiServerNeed()])[0]


def _excerpt(evidence: Evidence, path: str, line: int | None) -> str:
    """The lines around the place, numbered, the place itself marked."""
    try:
        text = evidence.of(FileNeed(path)).text
    except NotAvailable:
        return ""
    if text is None or line is None:
        return ""
    lines = text.splitlines()
    first = max(1, line - AROUND)
    return "\n".join(
        f"{'>' if number == line else ' '} {number:4} {content}"
        for number, content in enumerate(lines[first - 1 : line + AROUND], first)
    )


def restore_lab(lab: Lab, progress: Progress) -> list[str]:
    """Put the manifests back as the lab began with them; the paths that were changed or removed."""
    with lab.hold("ckslab rescue") as held:
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
