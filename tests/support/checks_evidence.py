"""Hand-made evidence for tests of checks: a node as a mapping from path to text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from ckslab.checks import CHECK_TYPES
from ckslab.diagnosis.api_down import judged
from ckslab.evidence import Evidence, Fact, FileFact, Finding, FolderFact, Need, Unavailable
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.needs.copies import CopiesFact, CopiesNeed
from ckslab.needs.dockerfile import DockerfileNeed, on_this_machine, read
from ckslab.needs.files import FileNeed, FolderNeed, InitialNeed
from ckslab.needs.written import WrittenFact, WrittenNeed

MANIFEST_PATH = "/etc/kubernetes/manifests/kube-apiserver.yaml"
CONFIG_PATH = "/etc/kubernetes/admission/admission_config.yaml"
KUBECONF_PATH = "/etc/kubernetes/admission/kubeconf"

MANIFEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=10.0.0.2
    - --enable-admission-plugins=NodeRestriction,ImagePolicyWebhook
    - --admission-control-config-file=/etc/kubernetes/admission/admission_config.yaml
    - --etcd-servers=https://127.0.0.1:2379
    - --service-account-issuer=https://k
    - --service-account-signing-endpoint=/run/signer
    image: registry.k8s.io/kube-apiserver:v1.35.4
    name: kube-apiserver
    volumeMounts:
    - mountPath: /etc/kubernetes/pki
      name: k8s-certs
      readOnly: true
    - mountPath: /etc/kubernetes/admission
      name: admission
  volumes:
  - hostPath:
      path: /etc/kubernetes/pki
      type: DirectoryOrCreate
    name: k8s-certs
  - hostPath:
      path: /etc/kubernetes/admission
      type: Directory
    name: admission
"""

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: ImagePolicyWebhook
  configuration:
    imagePolicy:
      kubeConfigFile: /etc/kubernetes/admission/kubeconf
      allowTTL: 50
      denyTTL: 50
      retryBackoff: 500
      defaultAllow: false
"""

KUBECONF = """\
apiVersion: v1
kind: Config
clusters:
- name: scanner
  cluster:
    certificate-authority: /etc/kubernetes/admission/ca.crt
    server: https://scanner.lab:8443/review
users:
- name: apiserver
  user:
    client-certificate: client.crt
    client-key: client.key
contexts:
- name: scanner
  context: {cluster: scanner, user: apiserver}
current-context: scanner
"""

GOOD = {
    MANIFEST_PATH: MANIFEST,
    "/etc/kubernetes/manifests/etcd.yaml": MANIFEST.replace("name: kube-apiserver\n", "name: etcd\n"),
    CONFIG_PATH: CONFIG,
    KUBECONF_PATH: KUBECONF,
    "/etc/kubernetes/admission/ca.crt": "ca\n",
    "/etc/kubernetes/admission/client.crt": "cert\n",
    "/etc/kubernetes/admission/client.key": "key\n",
    "/etc/kubernetes/pki/ca.crt": "cluster ca\n",
}
"""A node on which everything is right."""


def file_fact(files: Mapping[str, str | FileFact], path: str) -> FileFact:
    """The fact of one path on a node that has exactly these files."""
    content = files.get(path)
    if isinstance(content, FileFact):
        return content
    if content is not None:
        data = content.encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(data).hexdigest()
        return FileFact(path, "file", path, 0o644, 0, len(data), digest, content, "utf-8")
    prefix = path.rstrip("/") + "/"
    names = tuple(sorted({each[len(prefix) :].split("/")[0] for each in files if each.startswith(prefix)}))
    return FileFact(path, "folder", path, 0o755, entries=names) if names else FileFact(path, "absent")


class Node(Mapping[Need, Fact]):
    """Facts about files as they are asked for; other facts as given; the rest is not available."""

    def __init__(
        self,
        files: Mapping[str, str | FileFact],
        initial: Mapping[str, str | FileFact] | None = None,
        facts: Mapping[Any, Fact] | None = None,
    ) -> None:
        self.files, self.initial, self.facts = files, files if initial is None else initial, dict(facts or {})

    def __getitem__(self, need: Need) -> Fact:
        """The fact."""
        if need in self.facts:
            return self.facts[need]
        if isinstance(need, FileNeed):
            return file_fact(self.files, need.path)
        if isinstance(need, InitialNeed):
            return file_fact(self.initial, need.path)
        if isinstance(need, CopiesNeed):
            return self._copies(need)
        if isinstance(need, DockerfileNeed):
            return read(file_fact(self.files, need.path), on_this_machine)
        if isinstance(need, WrittenNeed):
            files = (file_fact(self.files, place) for place in need.places)
            return WrittenFact(next((one.path for one in files if one.size > 0), ""))
        if isinstance(need, FolderNeed):
            folder = file_fact(self.files, need.path)
            return FolderFact(
                folder, {name: file_fact(self.files, f"{need.path}/{name}") for name in folder.entries}
            )
        return Unavailable("graded from files alone")

    def _copies(self, need: CopiesNeed) -> CopiesFact:
        """Searched as a node is, which reads of all files those of the size that is asked for."""
        wanted, inside = file_fact(self.initial, need.path), need.folder.rstrip("/") + "/"
        facts = ((path, file_fact(self.files, path)) for path in sorted(self.files) if path.startswith(inside))
        held = (
            path for path, one in facts if one.kind == "file" and not one.target and one.sha256 == wanted.sha256
        )
        return CopiesFact(next(held, ""))

    def __iter__(self) -> Iterator[Need]:
        """The facts that were given."""
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)


def node(
    changes: Mapping[str, str | FileFact | None] | None = None,
    facts: Mapping[Any, Fact] | None = None,
    initial: Mapping[str, str | FileFact] | None = None,
) -> Evidence:
    """The good node with changes (None removes a file)."""
    files: dict[str, str | FileFact] = dict(GOOD)
    for path, content in (changes or {}).items():
        files.pop(path, None)
        if content is not None:
            files[path] = content
    return Evidence(Node(files, GOOD if initial is None else initial, facts))


def server(**fields: Any) -> dict[Need, Fact]:
    """The fact of the API server."""
    return {ApiServerNeed(): ApiServerFact(**fields)}


def judge(name: str, params: Any, evidence: Evidence) -> Finding:
    """The verdict of a check type on parameters as an author writes them."""
    check = CHECK_TYPES[name]
    return judged(check, check.params.model_validate(params), evidence)
