"""Policies tried without a cluster: Gatekeeper's gator on templates and constraints in files.

gator v3.23.1 evaluates Rego and CEL as the webhook does; it knows no cluster, so nothing but the files counts.
"""

from __future__ import annotations

import json
import resource
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ckslab.cluster import binaries
from ckslab.evidence import Fact, FolderFact, Unavailable
from ckslab.needs.probe import NewNamespace, ProbeFact, ProbeNeed
from ckslab.needs.probe.draw import Draw
from ckslab.needs.trial import TrialFact, TrialNeed
from ckslab.needs.trial.policies import policies_in

SECONDS = 20.0
"""Of computing: a policy that takes more is no good."""
WAIT = 120.0
"""Seconds in all: what takes longer says something of the machine, not of the policy."""
MEMORY = 2 << 30
FILES = Draw("")
"""Files are tried without a lab."""


def try_policies(folder: FolderFact, need: TrialNeed) -> Fact:
    """What the policies in the folder's YAML files say to each object; Unavailable where nothing can be tried."""
    gator = binaries.locate(["gator"])["gator"]
    if not isinstance(gator, binaries.Found):
        why = "gator, which tries policies without a cluster, is not there: ckslab setup k8strustedimages builds it"
        return Unavailable(why, not_applicable=True)
    bwrap = binaries.locate(["bwrap"])["bwrap"]
    if not isinstance(bwrap, binaries.Found):
        return Unavailable(f"policies are tried in a sandbox only: {bwrap.reason}", not_applicable=True)
    found = policies_in(folder, {probe.namespace for probe in need.probes if isinstance(probe.namespace, str)})
    if found.forbidden or not found.objects:
        problem = found.forbidden or "; ".join((f"there is no policy in {need.folder}", *found.remarks[:3]))
        return TrialFact(problem=problem)
    with tempfile.TemporaryDirectory() as place:
        _write(Path(place) / "policies.yaml", found.objects)
        _write(Path(place) / "objects.yaml", _objects(need))
        try:
            done = subprocess.run(
                [*_sandbox(bwrap.path, gator.path, place), "/gator", "test", "--output=json", "--filename=/files"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=WAIT,
                preexec_fn=_limited,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Unavailable(f"gator did not end within {WAIT:.0f} s: this machine may be too busy")
    if done.stderr.startswith(b"bwrap: "):
        return Unavailable(f"policies are tried in a sandbox only: {done.stderr.decode(errors='replace').strip()}")
    tried = _fact(done, len(need.probes))
    if not tried.problem and found.unknown:
        return Unavailable(f"{found.unknown}: ckslab grade on the lab can tell")
    return replace(tried, remarks=found.remarks, templates=found.templates)


def _write(path: Path, objects: Iterable[Mapping[str, Any]]) -> None:
    """As JSON: gator takes lines out of YAML that are empty or look like comments, in texts, too."""
    path.write_text("\n---\n".join(json.dumps(one, default=str) for one in objects) + "\n")


def _sandbox(bwrap: Path, gator: Path, place: str) -> list[str]:
    """Bubblewrap's words: the learner's policies see no network, no process and no file but their own."""
    shown = ["--ro-bind", str(gator), "/gator", "--ro-bind", place, "/files", "--proc", "/proc", "--dev", "/dev"]
    return [str(bwrap), "--unshare-all", "--die-with-parent", *shown, "--tmpfs", "/tmp", "--clearenv", "--"]  # noqa: S108 - the sandbox's own


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS)))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def _objects(need: TrialNeed) -> Iterator[dict[str, Any]]:
    """Each probe's object under a name of its own, and the namespaces they are in."""
    labels_of: dict[str, dict[str, str]] = {}
    new: dict[NewNamespace, str] = {}
    for number, probe in enumerate(need.probes):
        manifest, labels = _pod(probe), {}
        if isinstance(probe.namespace, str):
            namespace = probe.namespace
        else:
            labels = dict(probe.namespace.labels)
            namespace = new.setdefault(probe.namespace, f"{_drawn(probe.namespace)}-{len(new)}")
        labels_of[namespace] = labels
        # what is found is told by uid: a name is what a policy may look at
        own = {"name": f"row-{number}", **manifest.get("metadata", {})}
        metadata = {**own, "uid": f"row-{number}", "namespace": namespace}
        yield {**manifest, "metadata": metadata}
    for name, labels in sorted(labels_of.items()):
        every = {"kubernetes.io/metadata.name": name, **labels}
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": every}}


def _drawn(new: NewNamespace) -> str:
    return new.name or FILES.namespace(str(new.labels))


def _pod(probe: ProbeNeed) -> dict[str, Any]:
    """The object that is reviewed in the end: of a workload, its pod."""
    manifest: dict[str, Any] = json.loads(probe.manifest)
    if probe.via == "update":
        spec = {"containers": [{"name": "main", "image": manifest["spec"]["update"]}]}
        return {**manifest, "spec": spec}
    if probe.via != "workload":
        return manifest
    return {"apiVersion": "v1", "kind": "Pod", **manifest["spec"]["template"]}


def _fact(done: subprocess.CompletedProcess[bytes], rows: int) -> TrialFact:
    """Gator ends with 1 where something is denied, and where the policies are no good: then stdout is empty."""
    output = done.stdout.decode(errors="replace").strip()
    if done.returncode and not output:
        text = done.stderr.decode(errors="replace").strip() or f"not evaluated in {SECONDS:.0f} s of computing"
        return TrialFact(problem=text.removeprefix("auditing objects: ")[:2000])
    said: list[dict[str, list[str]]] = [{"deny": [], "warn": []} for _ in range(rows)]
    for one in json.loads(output or "[]") or []:
        uid = one["violatingObject"]["metadata"].get("uid", "")
        action = one.get("enforcementAction") or "deny"
        if uid.startswith("row-") and action in ("deny", "warn"):
            said[int(uid[4:])][action].append(f"[{one['constraint']['metadata']['name']}] {one['msg']}")
    return TrialFact(tuple(_answer(one["deny"], one["warn"]) for one in said))


def _answer(denials: list[str], warnings: list[str]) -> ProbeFact:
    """The answer in the words in which the API server would give it."""
    headers = tuple(f'299 - "{text}"' for text in warnings)
    if not denials:
        return ProbeFact("admitted", 201, "", "", warnings=headers)
    text = 'admission webhook "validation.gatekeeper.sh" denied the request: ' + "\n".join(denials)
    return ProbeFact("denied", 403, "Forbidden", text, warnings=headers)
