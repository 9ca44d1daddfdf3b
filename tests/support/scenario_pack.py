"""A small valid scenario on disk, which tests change in one place, and check types of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from ckslab.cluster.backend import NodeFile
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, passed
from ckslab.needs.files import FileNeed
from ckslab.needs.probe import ProbeNeed
from ckslab.scenario.kinds import Kinds
from ckslab.strict import NodePath, Strict

SCENARIO = """\
id: sample
title: A sample
topic: image-policy-webhook
bullet: secure-supply-chain
difficulty: medium
minutes: 15
requires: [static-pods]
services:
  scanner:
    image-scanner:
      deny:
        - {image: "*:latest", reason: no latest}
setup:
  files: setup/node
  modes: {/etc/admission/kubeconf: "0600"}
  certificates:
    - {ca-of: scanner, cert: /etc/admission/ca.crt}
  objects: [setup/pod.yaml]
faults:
  draw: 2
  choices:
    - id: port
      steps:
        - {replace: /etc/admission/kubeconf, old: "8443", new: "9443"}
      repair:
        - {replace: /etc/admission/kubeconf, old: "9443", new: "8443"}
      signatures: ["dial tcp .*:9443"]
      example: "dial tcp 127.0.0.1:9443: connect: connection refused"
    - id: plugin
      steps: [{static-pod: kube-apiserver, remove-flag: enable-admission-plugins}]
      repair: [{static-pod: kube-apiserver, set-flag: {enable-admission-plugins: "NodeRestriction,${nonce}"}}]
      signatures: ["unknown plugin"]
      example: unknown plugin ${nonce}
checks:
  - id: note
    title: The note is written
    points: 40
    file: {path: /root/note.txt, contains: "${nonce}"}
    hints: [Write it.]
  - id: settings
    title: The settings are right
    points: 30
    after: [note]
    file: {path: /etc/admission/kubeconf}
    hints: [Read it.]
  - id: enforced
    title: Images are refused
    points: 30
    guard: true
    with: [note]
    admission:
      probes:
        - {image: "a:latest", denied-by: scanner}
        - {image: "a:1", admitted: true}
    hints: [Try it.]
"""

ANSWERS = """\
solution:
  - note: {write: /root/note.txt, content: "${nonce} ${fault-log}\\n"}
  - kubeconf: {edit: /etc/admission/kubeconf, set: {port: 8444}}
right:
  from a file:
    note: {write: /root/note.txt, from: setup/note.txt}
wrong:
  nothing noted:
    note: null
    fails: [note, settings, enforced]
  settings left:
    kubeconf: null
    then:
      last: {run: "true"}
    fails: [settings]
  only the first:
    only-first-fault: true
    fails: {default: [settings], plugin: [enforced]}
    says: connection refused
  port left:
    repair: {port: null}
    before:
      kubeconf:
        early: {write: /tmp/early, content: x}
    after:
      kubeconf:
        late: {write: /tmp/late, content: x}
    fails: [settings]
"""

FILES = {
    "scenario.yaml": SCENARIO,
    "answers.yaml": ANSWERS,
    "task.md": "Write ${nonce} to `/root/note.txt`. <!-- checks: note -->\nSee https://scanner.lab:8443/review and $HOME.\n"
    "<!-- checks: settings, enforced -->\n",
    "setup/node/etc/admission/kubeconf": "port: 8443  # ${nonce} ${other}\n",
    "setup/pod.yaml": "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p-${nonce}\n---\n",
    "after.md": "Say why. " * 40 + "\nTo read: [Images](https://kubernetes.io/docs/concepts/containers/images/)\n",
    "setup/note.txt": "${nonce} by file\n",
}


def pack(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """The scenario `sample` in `folder`, with other texts for some of its files."""
    target = folder / "sample"
    for name, text in (FILES | (changed or {})).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")
    return target


class FileParams(Params):
    """A path, and a text in it."""

    path: str
    contains: str | None = None


class FileType(CheckType[FileParams]):
    """Needs its file."""

    name = "file"
    params = FileParams

    def needs(self, params: FileParams) -> Iterable[Need]:
        """The file."""
        return [FileNeed(params.path)]

    def judge(self, params: FileParams, evidence: Evidence) -> Finding:
        """Anything passes."""
        return passed()


class Probe(Params):
    """One probe."""

    image: str
    denied_by: str | None = None
    admitted: bool = False


class AdmissionParams(Params):
    """Probes, or a bare list of them."""

    while_stopped: str | None = None
    probes: tuple[Probe, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        return {"probes": given} if isinstance(given, list) else given


class AdmissionType(CheckType[AdmissionParams]):
    """Needs its probes."""

    name = "admission"
    params = AdmissionParams

    def needs(self, params: AdmissionParams) -> Iterable[Need]:
        """A probe for each."""
        return [ProbeNeed(probe.image, stopped=params.while_stopped) for probe in params.probes]

    def judge(self, params: AdmissionParams, evidence: Evidence) -> Finding:
        """Anything passes."""
        return passed()


class DenyRule(Strict):
    """What the service refuses."""

    image: str
    reason: str


class ScannerSettings(Strict):
    """A list of rules."""

    deny: tuple[DenyRule, ...] = Field(min_length=1)


class ScannerKind:
    """A kind of service."""

    settings = ScannerSettings
    values = frozenset({"ca", "certificate", "client-ca"})

    def lays(self, settings: Any) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def holds(self, settings: Any) -> str:
        """No images."""
        return ""


class MirrorSettings(Strict):
    """A file on the node."""

    manifest: NodePath


class MirrorAddOn:
    """An add-on that lays one file down and asks for a capability."""

    settings = MirrorSettings
    requires = frozenset({"services"})

    def files(self, settings: MirrorSettings) -> tuple[NodeFile, ...]:
        """Its manifest."""
        return (NodeFile(settings.manifest, b""),)


KINDS = Kinds(
    {"file": FileType(), "admission": AdmissionType()},
    {"image-scanner": ScannerKind()},
    {"mirror": MirrorAddOn()},
)
