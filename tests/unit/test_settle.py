"""When a control plane is settled: what the kubelet says of the pod, and where it says nothing, what time tells."""

from __future__ import annotations

import base64
import datetime
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ckslab.cluster.labnode.answers import instant
from ckslab.cluster.node import kubelet
from ckslab.cluster.node.templates import filled
from ckslab.control_plane.config_seen import stamps
from ckslab.control_plane.settle import settle
from ckslab.control_plane.timing import noticed
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.kubernetes.v1_35.kubelet_settings import KUBELET_CONFIG, file_check_seconds
from ckslab.progress import Silent
from tests.support.checks_evidence import MANIFEST

NOW = 1_800_000_000.0
NOTICED = noticed(kubelet.FILE_CHECK_SECONDS)
ARGV = ["kube-apiserver", *[line.strip()[2:] for line in MANIFEST.splitlines() if line.startswith("    - --")]]
MOUNTS = ["/etc/kubernetes/pki", "/etc/kubernetes/admission", "/etc/hosts", "/proc/x"]
FATAL = 'E0101 00:00:00.000000       1 run.go:72] "command failed" err="cannot read it"'


def rfc3339(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat().replace("+00:00", "Z")


def sandbox(seen: float) -> str:
    annotations = {"kubernetes.io/config.hash": "abc", "kubernetes.io/config.seen": rfc3339(seen)}
    metadata = {"Version": "v1", "Metadata": {"Config": {"annotations": annotations}}}
    value = base64.b64encode(json.dumps(metadata).encode()).decode()
    return json.dumps({"ID": "x", "Extensions": {"io.cri-containerd.sandbox.metadata": {"value": value}}}, indent=4)


@dataclass
class Cluster:
    """A node and its API server as one look sees them. All times are seconds before now."""

    changed: float = 100.0
    started: float | None = 90.0
    seen: float | None = None
    live: bool = True
    ready: bool = True
    argv: list[str] = field(default_factory=lambda: ARGV)
    manifest: str = MANIFEST
    log: str = "I0101 00:00:00.000000       1 x.go:1] all is well"
    said: list[str] = field(default_factory=list)
    touched: bool = False
    settings: str = f"fileCheckFrequency: {kubelet.FILE_CHECK_SECONDS}s\n"
    asked: list[str] = field(default_factory=list)

    def run(self, argv: list[str], *, stdin: bytes = b"", timeout: float = 20.0) -> Any:
        text = ""
        if argv[1] == "look":
            text = json.dumps(self._look())
        elif "ctr" in argv[2]:
            self.asked.append(argv[-1])
            text = "" if self.seen is None else sandbox(NOW - self.seen)
        elif self.touched:
            text = "/etc/kubernetes/pki/ca.crt\n"
        return SimpleNamespace(returncode=0, stdout=text.encode(), stderr=b"")

    def _look(self) -> Any:
        path = f"{MANIFESTS}/kube-apiserver.yaml"
        file = {"kind": "file", "real": path, "mode": 384, "uid": 0, "size": 1, "sha256": "d", "reason": ""}
        data = base64.b64encode(self.manifest.encode()).decode()
        folder = {**file, "kind": "folder", "path": MANIFESTS, "data": None, "entries": ["kube-apiserver.yaml"]}
        files = {MANIFESTS: folder, path: {**file, "path": path, "data": data, "entries": None}}
        data = base64.b64encode(self.settings.encode()).decode()
        files[KUBELET_CONFIG] = {**file, "path": KUBELET_CONFIG, "data": data, "entries": None}
        start = {
            "seen": rfc3339(NOW - (self.started or 0)),
            "argv": self.argv,
            "files": {},
            "mounts": MOUNTS,
            "ended": not self.live,
        }
        return {
            "now": NOW,
            "files": files,
            "starts": [] if self.started is None else [start],
            "log_path": "/var/log/pods/kube-system_kube-apiserver-controlplane_abc/kube-apiserver/3.log",
            "changed": NOW - self.changed,
            "log": [f"{rfc3339(NOW)} stderr F {self.log}"],
        }

    def kubelet_log(self) -> list[str]:
        return self.said

    def ended(self) -> bool:
        return False


def settled(cluster: Cluster) -> str:
    api: Any = SimpleNamespace(ready=lambda: cluster.ready)
    node: Any = cluster
    return settle(node, api, Silent(), limit=0.0).state


def test_what_was_settled_long_ago_is_told_without_asking_containerd() -> None:
    cluster = Cluster()
    assert settled(cluster) == "ready"
    assert cluster.asked == []


@pytest.mark.parametrize(
    ("seen", "state"), [(4.9, "ready"), (5.0, "ready"), (5.1, "unsettled"), (None, "unsettled")]
)
def test_a_pod_is_of_the_manifest_whose_change_the_kubelet_had_seen(seen: float | None, state: str) -> None:
    cluster = Cluster(changed=5.0, started=3.0, seen=seen)
    assert settled(cluster) == state
    assert cluster.asked == ["abc"]


def test_the_kubelets_word_holds_for_a_process_whose_arguments_are_told_otherwise() -> None:
    """`$(NAME)` in a command is the kubelet's to fill in."""
    assert settled(Cluster(changed=5.0, started=3.0, seen=4.9, argv=["kube-apiserver"])) == "ready"


def test_an_api_server_that_is_not_ready_is_waited_for() -> None:
    cluster = Cluster(changed=5.0, started=3.0, seen=4.9, ready=False)
    assert settled(cluster) == "unsettled"
    assert cluster.asked == []


@pytest.mark.parametrize(
    ("ago", "argv", "state"),
    [
        (NOTICED - 0.5, ARGV, "unsettled"),
        (NOTICED + 0.5, ARGV, "ready"),
        (NOTICED + 0.5, ["kube-apiserver", "--other"], "unsettled"),
    ],
)
def test_another_comment_is_no_other_manifest_which_only_time_tells(
    ago: float, argv: list[str], state: str
) -> None:
    assert settled(Cluster(changed=ago, started=90.0, argv=argv)) == state


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"seen": 4.9}, "ended"),
        ({"seen": 5.1}, "unsettled"),
        ({"seen": 4.9, "log": "I0101 nothing"}, "unsettled"),
        ({"seen": 4.9, "touched": True}, "unsettled"),
    ],
)
def test_one_that_ended_has_ended_on_the_present_files_or_is_started_again(changes: Any, state: str) -> None:
    known = {"changed": 5.0, "started": 3.0, "live": False, "ready": False, "log": FATAL}
    assert settled(Cluster(**{**known, **changes})) == state


@pytest.mark.parametrize(
    ("changed", "live", "ready", "state"),
    [
        (0.5, False, False, "unsettled"),
        (1.5, False, False, "ended"),
        (NOTICED - 0.5, True, True, "unsettled"),
        (NOTICED + 0.5, True, True, "ready"),
        (NOTICED + 0.5, True, False, "unsettled"),
    ],
)
def test_a_manifest_that_cannot_be_used_ends_the_process_or_never_will(
    changed: float, live: bool, ready: bool, state: str
) -> None:
    broken = MANIFEST + "]\n"
    assert settled(Cluster(changed=changed, live=live, ready=ready, manifest=broken)) == state


def test_a_pod_that_the_kubelet_refuses_is_not_waited_for() -> None:
    stamp = datetime.datetime.fromtimestamp(NOW - 2, datetime.UTC).strftime("%m%d %H:%M:%S.%f")
    line = f'E{stamp}      73 x.go:1] "MountVolume.SetUp failed" err="hostPath type check failed: /x is not a directory"'
    known: Any = {"started": None, "live": False, "ready": False, "said": [line]}
    assert settled(Cluster(changed=NOTICED + 0.5, **known)) == "ended"
    assert settled(Cluster(changed=NOTICED - 0.5, **known)) == "unsettled"
    assert settled(Cluster(changed=NOTICED + 0.5, **{**known, "said": []})) == "unsettled"


def test_a_pods_sandboxes_tell_when_its_manifest_was_seen() -> None:
    assert list(stamps(sandbox(NOW) + "\n" + sandbox(NOW + 1) + "\n")) == [NOW, NOW + 1]


@pytest.mark.parametrize("junk", ["", "ctr: not found", "{}", "[]", '{"Extensions": null}', sandbox(NOW)[:-9]])
def test_what_is_no_sandbox_tells_nothing(junk: str) -> None:
    assert list(stamps(junk)) == []


def test_instants_of_go_are_read_to_the_microsecond() -> None:
    assert instant("2026-11-26T19:21:17.028448011Z") == pytest.approx(1795720877.028448)


def test_the_time_that_is_waited_follows_from_what_the_nodes_kubelets_are_told() -> None:
    from ckslab.cluster import kind, local

    for file in (local.TEMPLATES / "kubelet.yaml", kind.TEMPLATES / "cluster.yaml"):
        assert f"fileCheckFrequency: {kubelet.FILE_CHECK_SECONDS}s" in filled(file)
        assert f"maxContainerRestartPeriod: {kubelet.CRASH_LOOP_SECONDS}s" in filled(file)
        assert (
            file_check_seconds(yaml_of(filled(file, ISOLATION="true"), "KubeletConfiguration"))
            == kubelet.FILE_CHECK_SECONDS
        )


def yaml_of(text: str, kind: str) -> str:
    """The document of this kind, which kind's configuration holds as text in its own."""
    if "kubeadmConfigPatches" not in text:
        return text
    patches = yaml.safe_load(text)["nodes"][0]["kubeadmConfigPatches"]
    return next(str(patch) for patch in patches if f"kind: {kind}" in patch)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("fileCheckFrequency: 5s", 5.0),
        ("fileCheckFrequency: 1m1.5s", 61.5),
        ("fileCheckFrequency: 500ms", 0.5),
        ("fileCheckFrequency: 0s", 20.0),
        ("fileCheckFrequency: soon", 20.0),
        ("fileCheckFrequency: 5", 20.0),
        ("kind: KubeletConfiguration", 20.0),
        ("]", 20.0),
        ("- 5", 20.0),
        (None, 20.0),
    ],
)
def test_a_kubelet_tells_in_its_settings_how_often_it_reads_the_folder(text: str | None, seconds: float) -> None:
    assert file_check_seconds(text) == pytest.approx(seconds)


def test_a_node_with_the_exams_own_times_is_waited_for_longer() -> None:
    quick, stock = (Cluster(changed=12.0, started=90.0, settings=text) for text in ("fileCheckFrequency: 5s", "{}"))
    assert (settled(quick), settled(stock)) == ("ready", "unsettled")
    assert settled(Cluster(changed=23.5, started=90.0, settings="{}")) == "ready"
