"""Whether a cause is the learner's: whether what leads to it is another than when the lab began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ckslab.diagnosis.node_files import load_pod
from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.node_file import differs
from ckslab.kubernetes.static_pod.manifest import API_SERVER, MANIFESTS, PodProblem, StaticPod, read_manifest
from ckslab.kubernetes.static_pod.settings import Setting, other_settings
from ckslab.needs.files import FileNeed, InitialNeed

_REACHED_BY = (
    "secure-port",
    "bind-address",
    "tls-cert-file",
    "tls-private-key-file",
    "client-ca-file",
    "anonymous-auth",
    "authentication-config",
    "help",
    "version",
)
"""Flags with which an API server runs where nobody asks it, refuses who asks for its health, or ends silently."""


def learners_own(evidence: Evidence, paths: Iterable[str], flags: Iterable[str]) -> bool:
    """Whether one of these files, or of these flags of the API server, differs from how it was at the start.

    A flag is looked at by itself: a manifest that was changed elsewhere makes nobody answer for etcd's trouble.
    """
    return any(_changed(evidence, path) for path in paths) or next(_other_flags(evidence, flags), None) is not None


def beyond_the_task(evidence: Evidence) -> Setting | None:
    """A setting of the API server's manifest that no task asks for and that is another than at the start; of flags
    only those by which it is reached. None where there is none, or nobody knows.

    It can keep the API server from etcd, from its start or from whoever asks it, and no log names it.
    """
    now, then = _now_and_then(evidence)
    if now is None or then is None:
        return None
    return next(other_settings(now, then), None) or next(_other_flags(evidence, _REACHED_BY), None)


def _changed(evidence: Evidence, path: str) -> bool:
    try:
        return differs(evidence.of(FileNeed(path)), evidence.of(InitialNeed(path)))
    except NotAvailable:
        return False


def _other_flags(evidence: Evidence, flags: Iterable[str]) -> Iterator[Setting]:
    names = tuple(flags)
    now, then = _now_and_then(evidence) if names else (None, None)
    for name in names if now else ():
        if now and _settings(now, name) != (_settings(then, name) if then else ()):
            setting = now.flag(name)
            yield Setting(f"--{name}", setting.line if setting else now.line("command"))


def _now_and_then(evidence: Evidence) -> tuple[StaticPod | None, StaticPod | None]:
    """The API server's pod as the manifests have it, and as it was at the start; None where unknown."""
    path = f"{MANIFESTS}/{API_SERVER}.yaml"
    try:
        now, then = load_pod(evidence, API_SERVER), evidence.of(InitialNeed(path))
    except (NotAvailable, PodProblem):
        return None, None
    return now, read_manifest(path, then).pod


def _settings(pod: StaticPod, flag: str) -> tuple[str, ...]:
    """Its values, and the arguments that begin like it: what pflag takes for no flag has no value."""
    arguments = (one.text for one in pod.argv if one.text.lstrip("-").startswith(flag))
    return (*(setting.value for setting in pod.flags.get(flag, ())), *arguments)
