"""Policies tried without a cluster: Gatekeeper's gator on templates and constraints in files.

gator v3.23.1 evaluates Rego and CEL as the webhook does; it knows no cluster, so nothing but the files counts.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ckslab.cluster import binaries
from ckslab.evidence import Fact, FolderFact, Unavailable
from ckslab.kubernetes.yaml.objects import objects_in
from ckslab.kubernetes.yaml.text import YamlProblem
from ckslab.needs.probe import NewNamespace, ProbeFact, ProbeNeed
from ckslab.needs.probe.draw import Draw
from ckslab.needs.trial import TrialFact, TrialNeed

SECONDS = 20.0
MEMORY = 2 << 30
POLICIES = ("templates.gatekeeper.sh/", "constraints.gatekeeper.sh/", "config.gatekeeper.sh/")
FILES = Draw("")
"""Files are tried without a lab."""
FORBIDDEN = re.compile(r"\bhttp\s*[.\[]|\bnet\s*[.\[]|\bopa\s*[.\[]")
"""Parts of Rego that look at more than their input. Gatekeeper runs with http.send disabled; gator does not."""


def try_policies(folder: FolderFact, need: TrialNeed) -> Fact:
    """What the policies in the folder's YAML files say to each object; Unavailable where nothing can be tried."""
    gator = binaries.locate(["gator"])["gator"]
    if not isinstance(gator, binaries.Found):
        why = "gator, which tries policies without a cluster, is not there: ckslab setup k8strustedimages builds it"
        return Unavailable(why, not_applicable=True)
    bwrap = binaries.locate(["bwrap"])["bwrap"]
    if not isinstance(bwrap, binaries.Found):
        return Unavailable(f"policies are tried in a sandbox only: {bwrap.reason}", not_applicable=True)
    policies, problem = _policies(folder)
    if problem or not policies:
        return TrialFact(problem=problem or f"there is no policy in {need.folder}")
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "policies.yaml").write_text(yaml.safe_dump_all(policies))
        (Path(place) / "objects.yaml").write_text(yaml.safe_dump_all([*_objects(need)]))
        try:
            done = subprocess.run(
                [*_sandbox(bwrap.path, gator.path, place), "/gator", "test", "--output=json", "--filename=/files"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                preexec_fn=_limited,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return TrialFact(problem=f"the policies were not evaluated in {SECONDS:.0f} s")
    if done.stderr.startswith(b"bwrap: "):
        return Unavailable(f"policies are tried in a sandbox only: {done.stderr.decode(errors='replace').strip()}")
    return _fact(done, len(need.probes))


def _sandbox(bwrap: Path, gator: Path, place: str) -> list[str]:
    """Bubblewrap's words: the learner's policies see no network, no process and no file but their own."""
    shown = ["--ro-bind", str(gator), "/gator", "--ro-bind", place, "/files", "--proc", "/proc", "--dev", "/dev"]
    return [str(bwrap), "--unshare-all", "--die-with-parent", *shown, "--tmpfs", "/tmp", "--clearenv", "--"]  # noqa: S108 - the sandbox's own


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS)))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def _policies(folder: FolderFact) -> tuple[list[Any], str]:
    """The Gatekeeper objects in the folder's files, and what is wrong with one ("" if nothing is)."""
    found: list[Any] = []
    for name, file in sorted(folder.files.items()):
        if not name.endswith((".yaml", ".yml", ".json")) or file.text is None:
            continue
        try:
            documents = objects_in(file.text)
        except YamlProblem as problem:
            return [], f"{file.path}:{problem.line or 1}: {problem.reason}"
        for one in documents:
            if str(one.get("apiVersion", "")).startswith(POLICIES):
                if FORBIDDEN.search(json.dumps(one, default=str)):
                    return [], f"{file.path} uses a part of Rego that looks at more than its input"
                found.append(one)
    return found, ""


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
        metadata = {**manifest.get("metadata", {}), "name": f"row-{number}", "namespace": namespace}
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
        text = done.stderr.decode(errors="replace").strip()
        return TrialFact(problem=text.removeprefix("auditing objects: ")[:2000])
    said: list[dict[str, list[str]]] = [{"deny": [], "warn": []} for _ in range(rows)]
    for one in json.loads(output or "[]") or []:
        name = one["violatingObject"]["metadata"]["name"]
        action = one.get("enforcementAction") or "deny"
        if name.startswith("row-") and action in ("deny", "warn"):
            said[int(name[4:])][action].append(f"[{one['constraint']['metadata']['name']}] {one['msg']}")
    return TrialFact(tuple(_answer(one["deny"], one["warn"]) for one in said))


def _answer(denials: list[str], warnings: list[str]) -> ProbeFact:
    """The answer in the words in which the API server would give it."""
    headers = tuple(f'299 - "{text}"' for text in warnings)
    if not denials:
        return ProbeFact("admitted", 201, "", "", warnings=headers)
    text = 'admission webhook "validation.gatekeeper.sh" denied the request: ' + "\n".join(denials)
    return ProbeFact("denied", 403, "Forbidden", text, warnings=headers)
