"""One set-up: a manifest and node files, first a working one, then mutated."""

from __future__ import annotations

import base64
import json
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.tools.fidelity.credentials import HOST, Credentials

FOLDER = "/etc/kubernetes/admission"
PKI = "/etc/kubernetes/pki"
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


_REQUIRED_FLAGS = (
    f"--client-ca-file={PKI}/ca.crt",
    f"--etcd-cafile={PKI}/ca.crt",
    f"--etcd-certfile={PKI}/client.crt",
    f"--etcd-keyfile={PKI}/client.key",
    f"--kubelet-client-certificate={PKI}/client.crt",
    f"--kubelet-client-key={PKI}/client.key",
    f"--proxy-client-cert-file={PKI}/client.crt",
    f"--proxy-client-key-file={PKI}/client.key",
    f"--requestheader-client-ca-file={PKI}/front-proxy-ca.crt",
    "--etcd-servers=https://127.0.0.1:2379",
    "--service-account-issuer=https://kubernetes.default.svc",
    f"--service-account-key-file={PKI}/sa.key",
    f"--service-account-signing-key-file={PKI}/sa.key",
    f"--tls-cert-file={PKI}/apiserver.crt",
    f"--tls-private-key-file={PKI}/apiserver.key",
)
"""As kubeadm has them."""


@dataclass
class Setup:
    """What lies on the node, and the API server's command line and mounts as the kubelet gives them.

    written: how the manifest says the same in another way (a variable, a key that stands twice). as_json: it is JSON.
    """

    credentials: Credentials
    port: int
    command: list[str]
    mounts: list[dict[str, Any]]
    volumes: list[dict[str, Any]]
    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    """Path -> what the symlink there says."""
    written: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)
    edited: list[Callable[[str], str]] = field(default_factory=list)
    as_json: bool = False

    def real(self, path: str) -> str | None:
        """A path without symlinks, as the node's kernel follows them; None where they go round in a circle."""
        left, at, links = path.split("/")[::-1], "", 0
        while left:
            name = left.pop()
            if name in ("", "."):
                continue
            parent, at = at, posixpath.dirname(at).rstrip("/") if name == ".." else f"{at}/{name}"
            target = self.links.get(at)
            if target is not None:
                links += 1
                if links > 40:
                    return None
                left += target.split("/")[::-1]
                at = "" if target.startswith("/") else parent
        return at or "/"

    def text(self, path: str) -> str:
        """A file's content, links followed, "" if it is not there."""
        return self.files.get(self.real(path) or path, b"").decode("utf-8", "replace")

    def write(self, path: str, text: str | bytes) -> None:
        """Sets a file's content."""
        path = self.real(path) or path
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
        pod = json.loads(json.dumps(pod))
        for change in self.written:
            change(pod)
        text = json.dumps(pod, indent=1) if self.as_json else yaml.safe_dump(pod, sort_keys=False)
        for edit in self.edited:
            text = edit(text)
        return text


def working(credentials: Credentials, port: int, *, path_form: bool = False) -> Setup:
    """A set-up that works: denies what the scanner denies, admits the rest, fails closed."""
    setup = Setup(
        credentials,
        port,
        command=[
            "kube-apiserver",
            "--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook",
            f"--admission-control-config-file={OUTER}",
            *_REQUIRED_FLAGS,
        ],
        mounts=[
            {"name": "admission", "mountPath": FOLDER, "readOnly": True},
            {"name": "k8s-certs", "mountPath": PKI, "readOnly": True},
        ],
        volumes=[
            {"name": "admission", "hostPath": {"path": FOLDER, "type": "DirectoryOrCreate"}},
            {"name": "k8s-certs", "hostPath": {"path": PKI, "type": "DirectoryOrCreate"}},
        ],
    )
    for name, text in (
        ("ca.crt", credentials.ca.pem),
        ("front-proxy-ca.crt", credentials.other_ca.pem),
        ("apiserver.crt", credentials.server.pem),
        ("apiserver.key", credentials.server.key),
        ("client.crt", credentials.client.pem),
        ("client.key", credentials.client.key),
        ("sa.key", credentials.other_ca.ec_key),
    ):
        setup.write(f"{PKI}/{name}", text)
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
