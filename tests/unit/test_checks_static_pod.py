"""Checks on static pods: flags, mounts and what the container sees."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.evidence import FileFact
from ckslab.kubernetes.static_pod.flags import Argument, entries, read_flags
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, PodProblem, read_manifests
from ckslab.needs.files import FolderNeed
from tests.support.checks_evidence import (
    CONFIG_PATH,
    GOOD,
    KUBECONF_PATH,
    MANIFEST,
    MANIFEST_PATH,
    judge,
    node,
    server,
)

PLUGINS = {"enable-admission-plugins": {"contains": ["NodeRestriction", "ImagePolicyWebhook"]}}
POD = {"name": "kube-apiserver", "flags": PLUGINS}
LIST = "    - --enable-admission-plugins=NodeRestriction,ImagePolicyWebhook\n"


def manifest(old: str, new: str) -> dict[str, str | FileFact | None]:
    assert old in MANIFEST
    return {MANIFEST_PATH: MANIFEST.replace(old, new)}


RIGHT: dict[str, Any] = {
    "as it is": {},
    "other order": manifest("NodeRestriction,ImagePolicyWebhook", "ImagePolicyWebhook,NodeRestriction"),
    "more plugins": manifest("NodeRestriction,", "NodeRestriction,AlwaysPullImages,"),
    "two flags": manifest(
        LIST,
        "    - --enable-admission-plugins=NodeRestriction\n    - --enable-admission-plugins=ImagePolicyWebhook\n",
    ),
    "value apart": manifest("--enable-admission-plugins=", "--enable-admission-plugins\n    - "),
    "underscores": manifest("--enable-admission-plugins=", "--enable_admission_plugins="),
    "in args": manifest("    - --advertise", "    args:\n    - --advertise"),
    "quoted": manifest(LIST, LIST.replace("- --", '- "--').replace("\n", '"\n')),
    "kubeadm's flags gone": manifest("    - --advertise-address=10.0.0.2\n", ""),
    "backup elsewhere": {"/root/kube-apiserver.yaml.bak": MANIFEST},
    "hidden backup": {f"{MANIFESTS}/.kube-apiserver.yaml": MANIFEST},
    "notes that are no pod": {f"{MANIFESTS}/kube-apiserver.txt": "to do: [x\n"},
    "another extension": {MANIFEST_PATH: None, f"{MANIFESTS}/api.yml": MANIFEST},
}

WRONG: dict[str, Any] = {
    "list replaced": (manifest("NodeRestriction,", ""), "NodeRestriction is no longer in the list"),
    "a space": (manifest("NodeRestriction,", "NodeRestriction, "), "has a space"),
    "misspelled": (manifest("ImagePolicyWebhook", "ImagePolicyWebHook"), "ImagePolicyWebhook is no longer"),
    "flag gone": (manifest(LIST, ""), "there is no --enable-admission-plugins"),
    "one dash": (manifest("- --enable-adm", "- -enable-adm"), "there is no --enable-admission-plugins"),
    "also disabled": (
        manifest(LIST, LIST + "    - --disable-admission-plugins=NodeRestriction\n"),
        "also in --disable-admission-plugins",
    ),
    "backup beside": ({f"{MANIFESTS}/kube-apiserver.yaml.bak": MANIFEST}, "both hold a pod"),
    "no manifest": ({MANIFEST_PATH: None}, "no manifest"),
    "bad YAML": (manifest("spec:", "spec: ["), "not valid YAML"),
    "no Pod": (manifest("kind: Pod", "kind: pod"), "not a Pod"),
    "argument is a number": (
        manifest("    - --advertise-address=10.0.0.2", "    - 7"),
        "command[1] is not a string",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_static_pod_accepts(name: str) -> None:
    finding = judge("static-pod", POD, node(RIGHT[name]))
    assert finding.outcome == "pass", finding


@pytest.mark.parametrize("name", WRONG)
def test_static_pod_refuses(name: str) -> None:
    files, reason = WRONG[name]
    finding = judge("static-pod", POD, node(files))
    assert (finding.outcome, reason in finding.observed) == ("fail", True), finding
    assert finding.where is not None
    assert finding.where.path.startswith(MANIFESTS)


def test_static_pod_names_both_manifests_and_the_line() -> None:
    finding = judge("static-pod", POD, node({f"{MANIFESTS}/kube-apiserver.yaml.bak": MANIFEST}))
    assert "kube-apiserver.yaml and kube-apiserver.yaml.bak" in finding.observed
    finding = judge("static-pod", POD, node(manifest("NodeRestriction,", "")))
    assert finding.where is not None
    assert "--enable-admission-plugins" in MANIFEST.splitlines()[(finding.where.line or 0) - 1]


SCALARS = [
    ({"etcd-servers": "https://127.0.0.1:2379"}, "pass"),
    ({"etcd-servers": {"one-of": ["a", "https://127.0.0.1:2379"]}}, "pass"),
    ({"etcd-servers": {"matches": "^http:"}}, "fail"),
    ({"profiling": {"absent": True}}, "pass"),
    ({"etcd-servers": {"absent": True}}, "fail"),
    ({"enable-admission-plugins": {"equals": ["ImagePolicyWebhook", "NodeRestriction"]}}, "pass"),
    ({"enable-admission-plugins": {"equals": ["NodeRestriction"]}}, "fail"),
    ({"enable-admission-plugins": {"excludes": ["AlwaysAdmit"]}}, "pass"),
    ({"enable-admission-plugins": {"excludes": ["NodeRestriction"]}}, "fail"),
]


@pytest.mark.parametrize(("flags", "outcome"), SCALARS)
def test_static_pod_flags(flags: dict[str, Any], outcome: str) -> None:
    assert judge("static-pod", {"name": "kube-apiserver", "flags": flags}, node({})).outcome == outcome


def test_the_last_of_an_ordinary_flag_wins() -> None:
    twice = manifest(LIST, LIST + "    - --etcd-servers=http://x\n")
    params = {"name": "kube-apiserver", "flags": {"etcd-servers": "https://127.0.0.1:2379"}}
    assert judge("static-pod", params, node(twice)).outcome == "pass"


MOUNTS = [
    ({"path": "/etc/kubernetes/admission"}, "pass"),
    ({"path": "/etc/kubernetes/pki", "read-only": True}, "pass"),
    ({"path": "/etc/kubernetes/pki", "read-only": False}, "fail"),
    ({"path": "/etc/kubernetes/admission", "host-path": "/etc/kubernetes/admission/"}, "pass"),
    ({"path": "/etc/kubernetes/admission", "host-path": "/srv"}, "fail"),
    ({"path": "/var/log"}, "fail"),
]


@pytest.mark.parametrize(("mount", "outcome"), MOUNTS)
def test_static_pod_mounts_and_image(mount: dict[str, Any], outcome: str) -> None:
    assert judge("static-pod", {"name": "kube-apiserver", "mounts": [mount]}, node({})).outcome == outcome
    image = {"name": "kube-apiserver", "image": {"matches": "@sha256:"}}
    assert judge("static-pod", image, node({})).outcome == "fail"


def test_static_pod_running_reads_the_process() -> None:
    params = {**POD, "running": True}
    old = ("kube-apiserver", "--enable-admission-plugins=NodeRestriction")
    stale = judge("static-pod", params, node({}, server(state="ready", argv=old)))
    assert "in the running process: ImagePolicyWebhook is" in stale.observed
    new = ("kube-apiserver", "--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook")
    assert judge("static-pod", params, node({}, server(state="ready", argv=new))).outcome == "pass"
    assert judge("static-pod", params, node({}, server(state="down"))).outcome == "unknown"
    assert judge("static-pod", params, node({})).outcome == "pass"  # from files alone
    with pytest.raises(ValidationError):
        judge("static-pod", {"name": "etcd", "running": True}, node({}))


FLAG = {"pod": "kube-apiserver", "from-flag": "admission-control-config-file", "is": "file"}
MOUNT = "    - mountPath: /etc/kubernetes/admission\n      name: admission\n"
VOLUME = "  - hostPath:\n      path: /etc/kubernetes/admission\n      type: Directory\n    name: admission\n"
SUB = MOUNT.replace("/etc/kubernetes/admission", CONFIG_PATH) + "      subPath: admission_config.yaml\n"
LINK = FileFact(CONFIG_PATH, "file", "/root/config.yaml", text="x", encoding="utf-8", target="/root/config.yaml")
REAL = "/etc/kubernetes/admission/real.yaml"
NEAR = FileFact(CONFIG_PATH, "file", REAL, text="x", encoding="utf-8", target="real.yaml")

ETCD = "    - --etcd-servers=https://127.0.0.1:2379\n"


def manifest_of(flags: str) -> dict[str, str | FileFact | None]:
    """With these flags, and a second list of mounts that has only the last."""
    text = MANIFEST.replace(ETCD, flags).replace(MOUNT, MOUNT + "    volumeMounts:\n" + MOUNT)
    return {MANIFEST_PATH: text}


SEEN: dict[str, tuple[dict[str, str | FileFact | None], str]] = {
    "mounted folder": ({}, ""),
    "read-only": (manifest(MOUNT, MOUNT + "      readOnly: true\n"), ""),
    "no type": (manifest("      type: Directory\n", ""), ""),
    "one file of five by subPath": (manifest(MOUNT, SUB), "kubeconf: no such file or directory (no volumeMount"),
    "one file of five alone": (
        {
            MANIFEST_PATH: MANIFEST.replace(MOUNT, MOUNT.replace("/etc/kubernetes/admission", CONFIG_PATH)).replace(
                VOLUME, VOLUME.replace("/etc/kubernetes/admission", CONFIG_PATH).replace("Directory", "File")
            )
        },
        "kubeconf: no such file or directory (no volumeMount",
    ),
    "a file that is no one's but the flag's": (
        {**manifest(MOUNT, SUB), KUBECONF_PATH: None},
        "",
    ),
    "a flag's certificate that no mount shows": (
        manifest(ETCD, f"{ETCD}    - --client-ca-file=/srv/ca.crt\n"),
        "--client-ca-file: open /srv/ca.crt: no such file or directory (no volumeMount",
    ),
    "a second list of mounts that drops the first": (
        manifest_of(f"{ETCD}    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n"),
        "--client-ca-file: open /etc/kubernetes/pki/ca.crt",
    ),
    "certificates mounted from where they are not": (
        {
            MANIFEST_PATH: MANIFEST.replace(
                ETCD, f"{ETCD}    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n"
            ).replace("      path: /etc/kubernetes/pki\n", "      path: /etc/kubernetes/pki2\n")
        },
        "--client-ca-file: open /etc/kubernetes/pki/ca.crt: no such file",
    ),
    "certificates that were not handed in": (
        manifest(ETCD, f"{ETCD}    - --client-ca-file=/etc/kubernetes/pki/another.crt\n"),
        "",
    ),
    "a flag that does not exist": (manifest(ETCD, f"{ETCD}    - --foo=bar\n"), "unknown flag: --foo"),
    "a link inside the mount": ({CONFIG_PATH: NEAR, REAL: "x"}, ""),
    "no mount": (manifest(MOUNT, ""), "no volumeMount covers that path"),
    "no volume": (manifest(VOLUME, ""), "no volume of that name"),
    "emptyDir": (manifest(VOLUME, "  - {name: admission, emptyDir: {}}\n"), "not a hostPath volume"),
    "type File on a folder": (manifest("type: Directory\n", "type: File\n"), "hostPath type check failed"),
    "file absent": ({CONFIG_PATH: None}, "no such file"),
    "a folder there": ({CONFIG_PATH: None, f"{CONFIG_PATH}/x": ""}, "it is a folder"),
    "a link out of the mount": ({CONFIG_PATH: LINK}, "/root/config.yaml"),
    "wrong folder": (
        manifest("path: /etc/kubernetes/admission\n      type: Directory", "path: /etc/kubernetes/pki"),
        "/etc/kubernetes/pki/admission_config.yaml",
    ),
    "no flag": (
        manifest("--admission-control-config-file", "--audit-policy-file"),
        "there is no --admission",
    ),
    "two manifests": ({f"{MANIFESTS}/b.yaml": MANIFEST}, "both hold a pod"),
}


@pytest.mark.parametrize("name", SEEN)
def test_container_path(name: str) -> None:
    files, reason = SEEN[name]
    finding = judge("container-path", FLAG, node(files))
    assert (finding.outcome, reason in finding.observed) == ("fail" if reason else "pass", True), finding


def test_container_path_shows_the_mounts() -> None:
    finding = judge("container-path", FLAG, node(manifest(MOUNT, "")))
    assert finding.expected == f"a file at {CONFIG_PATH} inside kube-apiserver"
    assert finding.where is not None
    assert (finding.where.path, finding.where.field) == (MANIFEST_PATH, "volumeMounts")
    assert "volumeMounts" in MANIFEST.splitlines()[(finding.where.line or 0) - 1]


def test_container_path_of_a_folder_and_its_parameters() -> None:
    folder = {"pod": "kube-apiserver", "path": "/etc/kubernetes/pki", "is": "folder"}
    assert judge("container-path", folder, node({})).outcome == "pass"
    with pytest.raises(ValidationError):
        judge("container-path", {"pod": "kube-apiserver"}, node({}))


def test_flags_are_read_as_pflag_reads_them() -> None:
    flags = read_flags(Argument(text) for text in ("x", "--a=1", "--b", "--c", "2", "--a", "3", "--", "--d=4"))
    assert {name: [each.value for each in values] for name, values in flags.items()} == {
        "a": ["1", "3"],
        "b": ["true"],
        "c": ["2"],
    }
    assert entries(read_flags([Argument('--a="x,y",z'), Argument("--a= w")])["a"]) == ["x,y", "z", " w"]


def test_the_container_of_the_pods_name_counts() -> None:
    sidecar = manifest("  containers:\n", "  containers:\n  - {name: side, image: side:1}\n")
    pod = read_manifests(node(sidecar).of(FolderNeed(MANIFESTS))).pod("kube-apiserver")
    assert pod.image == "registry.k8s.io/kube-apiserver:v1.35.4"
    with pytest.raises(PodProblem):
        read_manifests(node(dict.fromkeys(GOOD)).of(FolderNeed(MANIFESTS))).pod("kube-apiserver")


@pytest.mark.parametrize("text", ["", "# all of it\n# a comment\n", "spec: [\n"])
@pytest.mark.parametrize("name", ["kube-apiserver.json", "kube-apiserver.yml", "a"])
def test_a_file_that_holds_no_pod_is_nothing_to_the_kubelet_where_another_one_does(name: str, text: str) -> None:
    """It logs that it cannot take it, and runs the others (pkg/kubelet/config/file.go, extractFromDir)."""
    assert judge("static-pod", POD, node({**GOOD, f"{MANIFESTS}/{name}": text})).outcome == "pass"
    assert judge("static-pod", POD, node({MANIFEST_PATH: text, f"{MANIFESTS}/{name}": MANIFEST})).outcome == "pass"
