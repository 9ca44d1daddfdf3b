"""Whether a cause is the learner's: whether what leads to it is another than when the lab began."""

from __future__ import annotations

from collections.abc import Iterable

from ckslab.diagnosis.node_files import load_pod
from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.node_file import differs
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod, read_manifest
from ckslab.needs.files import FileNeed, InitialNeed


def learners_own(evidence: Evidence, paths: Iterable[str], flags: Iterable[str]) -> bool:
    """Whether one of these files, or of these flags of the API server, differs from how it was at the start.

    A flag is looked at by itself: a manifest that was changed elsewhere makes nobody answer for etcd's trouble.
    """
    return any(_changed(evidence, path) for path in paths) or _another_flag(evidence, tuple(flags))


def _changed(evidence: Evidence, path: str) -> bool:
    try:
        return differs(evidence.of(FileNeed(path)), evidence.of(InitialNeed(path)))
    except NotAvailable:
        return False


def _another_flag(evidence: Evidence, flags: tuple[str, ...]) -> bool:
    if not flags:
        return False
    path = f"{MANIFESTS}/{API_SERVER}.yaml"
    try:
        now, then = load_pod(evidence, API_SERVER), evidence.of(InitialNeed(path))
    except (NotAvailable, PodProblem):
        return False
    before = read_manifest(path, then).pod
    return any(_settings(now, flag) != (_settings(before, flag) if before else ()) for flag in flags)


def _settings(pod: StaticPod, flag: str) -> tuple[str, ...]:
    """Its values, and the arguments that begin like it: what pflag takes for no flag has no value."""
    arguments = (one.text for one in pod.argv if one.text.lstrip("-").startswith(flag))
    return (*(setting.value for setting in pod.flags.get(flag, ())), *arguments)
