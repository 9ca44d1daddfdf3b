"""One set-up: a manifest and node files, first a working one, then mutated."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.tools.fidelity.credentials import HOST, Credentials

FOLDER = "/etc/kubernetes/admission"
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
OUTER = f"{FOLDER}/admission_config.yaml"
INNER = f"{FOLDER}/image_policy.yaml"
KUBECONFIG = f"{FOLDER}/kubeconf"

_OUTER = """apiVersion: apiserver.config.k8s.io/v1
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
_OUTER_PATH = """apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: ImagePolicyWebhook
  path: image_policy.yaml
"""
_INNER = """imagePolicy:
  kubeConfigFile: /etc/kubernetes/admission/kubeconf
  allowTTL: 50
  denyTTL: 50
  retryBackoff: 500
  defaultAllow: false
"""
_KUBECONFIG = """apiVersion: v1
kind: Config
clusters:
- name: image-checker
  cluster:
    certificate-authority: /etc/kubernetes/admission/ca.crt
    server: https://{host}:{port}/review
contexts:
- name: image-checker
  context:
    cluster: image-checker
    user: api-server
current-context: image-checker
users:
- name: api-server
  user:
    client-certificate: /etc/kubernetes/admission/client.crt
    client-key: /etc/kubernetes/admission/client.key
"""


@dataclass
class Setup:
    """What lies on the node, and the API server's command line and mounts."""

    credentials: Credentials
    port: int
    command: list[str]
    mounts: list[dict[str, Any]]
    volumes: list[dict[str, Any]]
    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """A file's content (links: path -> target are followed), "" if it is not there."""
        return self.files.get(self.links.get(path, path), b"").decode("utf-8", "replace")

    def write(self, path: str, text: str | bytes) -> None:
        """Sets a file's content."""
        path = self.links.get(path, path)
        for other in list(self.files):  # a file takes the place of a folder, and a folder that of a file
            if other.startswith(f"{path}/") or path.startswith(f"{other}/"):
                del self.files[other]
        self.files[path] = text if isinstance(text, bytes) else text.encode()

    def replace(self, path: str, old: str, new: str) -> None:
        """Replaces text in a file."""
        self.write(path, self.text(path).replace(old, new))

    @property
    def policy(self) -> str:
        """The file that holds imagePolicy."""
        return INNER if INNER in self.files else OUTER

    def load(self, path: str) -> Any:
        """A file as YAML; {} if it no longer is a mapping (an earlier mutation broke it)."""
        try:
            value = yaml.safe_load(self.text(path))
        except yaml.YAMLError:
            return {}
        return value if isinstance(value, dict) else {}

    def dump(self, path: str, value: Any) -> None:
        """Writes YAML, unless an earlier mutation left nothing to edit."""
        if value:
            self.write(path, yaml.safe_dump(value, sort_keys=False))

    def manifest(self) -> str:
        """The static pod's manifest."""
        container = {
            "name": "kube-apiserver",
            "image": "registry.k8s.io/kube-apiserver:v1.35.4",
            "command": self.command,
            "volumeMounts": self.mounts,
        }
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "kube-apiserver", "namespace": "kube-system"},
            "spec": {"containers": [container], "volumes": self.volumes},
        }
        return yaml.safe_dump(pod, sort_keys=False)


def working(credentials: Credentials, port: int, *, path_form: bool = False) -> Setup:
    """A set-up that works: denies what the scanner denies, admits the rest, fails closed."""
    setup = Setup(
        credentials,
        port,
        command=[
            "kube-apiserver",
            "--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook",
            f"--admission-control-config-file={OUTER}",
        ],
        mounts=[{"name": "admission", "mountPath": FOLDER, "readOnly": True}],
        volumes=[{"name": "admission", "hostPath": {"path": FOLDER, "type": "DirectoryOrCreate"}}],
    )
    setup.write(OUTER, _OUTER_PATH if path_form else _OUTER)
    if path_form:
        setup.write(INNER, _INNER)
    setup.write(KUBECONFIG, _KUBECONFIG.format(host=HOST, port=port))
    setup.write(f"{FOLDER}/ca.crt", credentials.ca.pem)
    setup.write(f"{FOLDER}/client.crt", credentials.client.pem)
    setup.write(f"{FOLDER}/client.key", credentials.client.key)
    return setup


def encoded(text: str) -> str:
    """Text as the -data fields of a kubeconfig hold it."""
    return base64.b64encode(text.encode()).decode()
