"""When a control plane is settled: what the kubelet says of the pod, and where it says nothing, what time tells."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ckslab.cluster.labnode.answers import instant
from ckslab.cluster.node import kubelet
from ckslab.cluster.node.templates import filled
from ckslab.control_plane.config_seen import stamps
from ckslab.control_plane.containers import CONTAINERS, METADATA, PodContainer, containers
from ckslab.control_plane.look import look
from ckslab.control_plane.settle import settle
from ckslab.control_plane.timing import KUBELET_BACK, LIMIT, STAYS, noticed
from ckslab.kubernetes.static_pod.manifest import MANIFESTS
from ckslab.kubernetes.v1_35.container_hash import HASH, container_hash
from ckslab.kubernetes.v1_35.kubelet_settings import KUBELET_CONFIG, file_check_seconds
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed
from ckslab.progress import Silent
from tests.support.checks_evidence import MANIFEST, MANIFEST_PATH

NOW = 1_800_000_000.0
NOTICED = noticed(kubelet.FILE_CHECK_SECONDS)
ARGV = yaml.safe_load(MANIFEST)["spec"]["containers"][0]["command"]
MOUNTS = ["/etc/kubernetes/pki", "/etc/kubernetes/admission", "/etc/hosts", "/proc/x"]
FACT = {"kind": "file", "real": "/x", "mode": 384, "uid": 0, "size": 1, "sha256": "d", "reason": ""}
LOG_OF, OLDER = "abc", "0ld"
FATAL = 'E0101 00:00:00.000000       1 run.go:72] "command failed" err="cannot read it"'


CONFIG = f"sha256:{'c' * 64}"


def container(name: str, image: str, *, running: bool = True, made_for: str | None = None) -> str:
    """What the node prints of a container, with the hash that the kubelet gave it for its name and image."""
    annotations = {HASH: container_hash(name, image) if made_for is None else made_for}
    metadata = {"Version": "v1", "Metadata": {"ImageRef": CONFIG, "Config": {"annotations": annotations}}}
    value = base64.b64encode(json.dumps(metadata).encode()).decode()
    labels = {"io.kubernetes.container.name": name, "io.kubernetes.pod.uid": LOG_OF}
    info = {"ID": "x", "Labels": labels, "Extensions": {METADATA: {"type_url": "t", "value": value}}}
    return json.dumps({"running": running, "info": info}) + "\n"


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
    pod: str = LOG_OF
    container: str = ""
    others_live: list[list[str]] = field(default_factory=list)
    live: bool = True
    ready: bool = True
    argv: list[str] = field(default_factory=lambda: ARGV)
    manifest: str = MANIFEST
    log: str = "I0101 00:00:00.000000       1 x.go:1] all is well"
    said: list[str] = field(default_factory=list)
    touched: bool = False
    has_kubelet: bool = True
    others: dict[str, str] = field(default_factory=dict)
    lies_there: str = "folder"
    settings: str = f"fileCheckFrequency: {kubelet.FILE_CHECK_SECONDS}s\n"
    containers: str = ""
    containerd: int = 0
    asked: list[str] = field(default_factory=list)

    def run(self, argv: list[str], *, stdin: bytes = b"", timeout: float = 20.0) -> Any:
        text = ""
        if argv[0] == "pgrep":
            self.asked.append(argv[0])
            return SimpleNamespace(returncode=0 if self.has_kubelet else 1, stdout=b"", stderr=b"")
        if argv[1] == "look":
            text = json.dumps(self._look())
        elif argv[1] == "files":
            other = {**FACT, "kind": self.lies_there, "data": None, "entries": None}
            text = json.dumps({path: {**other, "path": path} for path in json.loads(stdin)["files"]})
        elif argv[2] == CONTAINERS:
            self.asked.append(argv[-1])
            return SimpleNamespace(returncode=self.containerd, stdout=self.containers.encode(), stderr=b"")
        elif "ctr" in argv[2]:
            self.asked.append(argv[-1])
            first_seen = {LOG_OF: self.seen, OLDER: 50.0}.get(argv[-1])
            text = "" if first_seen is None else sandbox(NOW - first_seen)
        elif self.touched:
            text = "/etc/kubernetes/pki/ca.crt\n"
        return SimpleNamespace(returncode=0, stdout=text.encode(), stderr=b"")

    def _look(self) -> Any:
        texts = {"kube-apiserver.yaml": self.manifest, **self.others}
        folder = {**FACT, "kind": "folder", "path": MANIFESTS, "data": None, "entries": sorted(texts)}
        files = {MANIFESTS: folder}
        written = {f"{MANIFESTS}/{name}": text for name, text in texts.items()}
        for path, text in {**written, KUBELET_CONFIG: self.settings}.items():
            data = base64.b64encode(text.encode()).decode()
            files[path] = {**FACT, "path": path, "data": data, "entries": None}
        start = {
            "seen": rfc3339(NOW - (self.started or 0)),
            "argv": self.argv,
            "files": {},
            "mounts": MOUNTS,
            "pod_uid": self.pod,
            "container": self.container,
            "ended": not self.live,
        }
        return {
            "now": NOW,
            "files": files,
            "starts": [
                *([] if self.started is None else [start]),
                *({**start, "argv": argv} for argv in self.others_live),
            ],
            "log_path": f"/var/log/pods/kube-system_kube-apiserver-controlplane_{LOG_OF}/kube-apiserver/3.log",
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


def test_a_process_of_the_pod_before_is_not_the_manifests_though_the_newer_pod_has_a_log_already() -> None:
    """Its last try in a crash loop, which got its repaired files, serves until the kubelet ends what should not run."""
    cluster = Cluster(changed=5.0, started=4.1, seen=3.0, pod=OLDER)
    assert settled(cluster) == "unsettled"
    assert cluster.asked == [OLDER]


def test_the_newer_pods_log_says_nothing_of_a_process_of_the_pod_before() -> None:
    cluster = Cluster(changed=5.0, started=4.1, seen=3.0, pod=OLDER, live=False, ready=False, log=FATAL)
    assert settled(cluster) == "unsettled"


HELD = FATAL.replace("cannot read it", "failed to listen on 0.0.0.0:6443: listen tcp: bind: address already in use")


@pytest.mark.parametrize(("ago", "state"), [(5.0, "unsettled"), (NOTICED + STAYS, "unsettled"), (17.0, "ended")])
def test_a_port_that_the_server_before_may_hold_is_waited_for(ago: float, state: str) -> None:
    assert settled(Cluster(changed=ago, started=ago - 2, seen=ago - 1, live=False, ready=False, log=HELD)) == state


def test_a_record_of_a_start_that_names_no_pod_is_of_the_one_that_has_the_log() -> None:
    assert settled(Cluster(changed=5.0, started=3.0, seen=4.9, pod="")) == "ready"


def test_the_kubelets_word_holds_for_a_process_whose_arguments_are_told_otherwise() -> None:
    """`$(NAME)` in a command is the kubelet's to fill in."""
    assert settled(Cluster(changed=5.0, started=3.0, seen=4.9, argv=["kube-apiserver"])) == "ready"


@pytest.mark.parametrize(("has_kubelet", "looks"), [(False, 2), (True, 6)])
def test_without_a_kubelet_nothing_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, has_kubelet: bool, looks: int
) -> None:
    def polled(seconds: float, *, every: float, node: object = None) -> Iterator[float]:
        yield from (seconds * part / 5 for part in range(6))

    monkeypatch.setattr("ckslab.control_plane.settle.polls", polled)
    cluster = Cluster(changed=5.0, started=3.0, live=False, ready=False, has_kubelet=has_kubelet)
    api: Any = SimpleNamespace(ready=lambda: False)
    node: Any = cluster
    ended = settle(node, api, Silent(), limit=KUBELET_BACK * 5 + 1)
    assert ended.state == "unsettled"
    assert ended.waited == pytest.approx((KUBELET_BACK * 5 + 1) * (looks - 1) / 5)


@pytest.mark.parametrize(
    ("changed", "has_kubelet", "outdated"),
    [(100.0, False, False), (80.0, True, False), (80.0, False, True)],
)
def test_what_is_saved_while_there_is_no_kubelet_is_taken_up_by_nobody(
    monkeypatch: pytest.MonkeyPatch, changed: float, has_kubelet: bool, outdated: bool
) -> None:
    monkeypatch.setattr("ckslab.control_plane.settle.polls", lambda *_, **__: iter((0.0, 5.0)))
    api = SimpleNamespace(ready=lambda: True, request=lambda *_, **__: SimpleNamespace(body={}))
    cluster = Cluster(changed=changed, has_kubelet=has_kubelet, container="server")
    sources: Any = SimpleNamespace(settled=None, api=api, node=cluster)
    need = ApiServerNeed()
    fact = ApiServerNeed.collect([need], sources)[need]
    assert isinstance(fact, ApiServerFact)
    assert (fact.outdated, fact.container) == (outdated, "server")


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


SLEEPS = "  containers:\n  - {name: kube-apiserver, image: x, command: [/bin/kube-apiserver]}\n"


@pytest.mark.parametrize(("container", "state"), [("server", "ready"), ("", "unsettled")])
def test_what_runs_is_compared_with_the_container_that_it_is_of(container: str, state: str) -> None:
    manifest = MANIFEST.replace("    name: kube-apiserver\n", "    name: server\n")
    manifest = manifest.replace("  containers:\n", SLEEPS)
    assert settled(Cluster(changed=NOTICED + 0.5, manifest=manifest, container=container)) == state


def test_of_two_that_live_the_one_counts_that_is_asked() -> None:
    """A newer one that listens elsewhere serves nobody."""
    elsewhere = ["kube-apiserver", "--secure-port", "7443"]
    assert settled(Cluster(changed=NOTICED + 0.5, others_live=[elsewhere])) == "ready"
    assert settled(Cluster(changed=NOTICED + 0.5, others_live=[["kube-apiserver"]])) == "unsettled"


OWN, OTHER = "registry.k8s.io/kube-apiserver:v1.35.4", "registry.k8s.io/kube-apiserver:v1.35.3"


@pytest.mark.parametrize(
    ("containers", "state"),
    [
        (container("kube-apiserver", OWN), "ready"),
        (container("kube-apiserver", OTHER), "unsettled"),
        (container("kube-apiserver", OTHER, running=False) + container("kube-apiserver", OWN), "ready"),
        (container("side", OTHER), "ready"),  # of the API server's own nothing is known
        (container("kube-apiserver", OTHER, made_for=""), "ready"),
        ("null", "ready"),
    ],
)
def test_another_image_is_another_manifest_though_all_arguments_are_the_same(containers: str, state: str) -> None:
    cluster = Cluster(changed=NOTICED + 0.5, started=90.0, containers=containers)
    assert settled(cluster) == state
    assert cluster.asked[0] == f'labels."io.kubernetes.pod.uid"=="{LOG_OF}"'


def test_while_containerd_does_not_answer_it_is_waited_for() -> None:
    assert settled(Cluster(changed=NOTICED + 0.5, started=90.0, containerd=1)) == "unsettled"


def test_what_the_kubelet_has_left_alone_for_long_stays_as_it_is() -> None:
    cluster = Cluster(changed=LIMIT + 1, started=LIMIT + 90, containers=container("kube-apiserver", OTHER))
    assert settled(cluster) == "ready"
    assert cluster.asked == []


def test_containers_are_read_as_the_node_prints_them() -> None:
    own = container_hash("kube-apiserver", OWN)
    printed = container("kube-apiserver", OWN) + '{"running": false, "info": null\n}\n' + container("side", "x")
    assert next(containers(printed)) == PodContainer("kube-apiserver", CONFIG, own, LOG_OF, running=True)
    assert [one.name for one in containers(printed)] == ["kube-apiserver", "side"]


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "ctr: not found",
        "[]",
        "7",
        '{"running": true, "info": {}}',
        '{"running": true, "info": {"Labels": {}, "Extensions": {}}}',
        container("kube-apiserver", OWN).replace('"value": "', '"value": "AAAA'),
        container("kube-apiserver", OWN)[:-9],
        container("n" * 2000, OWN),
    ],
)
def test_what_is_no_container_tells_nothing(junk: str) -> None:
    assert list(containers(junk)) == []


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
        (NOTICED + 0.5, True, True, "unsettled"),
        (NOTICED + STAYS + 0.5, True, True, "ready"),
        (NOTICED + STAYS + 0.5, True, False, "unsettled"),
    ],
)
def test_a_manifest_that_cannot_be_used_ends_the_process_or_never_will(
    changed: float, live: bool, ready: bool, state: str
) -> None:
    broken = MANIFEST + "]\n"
    assert settled(Cluster(changed=changed, live=live, ready=ready, manifest=broken)) == state


GONE: Any = {"started": None, "live": False, "ready": False}
POD = 'pod="kube-system/kube-apiserver-controlplane" podUID="abc"'


def klog(ago: float, text: str) -> str:
    """A line of the kubelet's, so many seconds old."""
    stamp = datetime.datetime.fromtimestamp(NOW - ago, datetime.UTC).strftime("%m%d %H:%M:%S.%f")
    return f"E{stamp}      73 x.go:1] {text}"


def not_started(container: str, why: str, pod: str = POD) -> str:
    return klog(
        2,
        f'"Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"{container}\\" with {why}" {pod}',
    )


IMAGE = "registry.k8s.io/kube-apiserver:v1.35.4"
PULL = f'ErrImagePull: \\"failed to pull and unpack image \\\\\\"{IMAGE}\\\\\\": not found\\"'
REFUSALS = {
    "the manifest": klog(
        2, f'"Could not process manifest file" err="spec.containers[0].image: Required" path="{MANIFEST_PATH}"'
    ),
    "the image": not_started("kube-apiserver", PULL),
    "the image, by itself": klog(
        2,
        '"Unhandled Error" err="container kube-apiserver start failed in pod kube-apiserver-controlplane_kube-system(abc): '
        f'ErrImagePull: failed to pull and unpack image \\"{IMAGE}\\""',
    ),
    "the command": not_started(
        "kube-apiserver", 'RunContainerError: exec: \\\\\\"kube-apiserver\\\\\\": executable file not found'
    ),
}
OF_OTHERS = {
    "nothing": "",
    "a file that holds no pod": klog(
        2, f'"Could not process manifest file" err="no pod" path="{MANIFESTS}/notes.txt"'
    ),
    "another container of the pod": not_started("side", PULL.replace(IMAGE, "registry.lab/none:1")),
    "another container, by itself": klog(
        2,
        f'"Unhandled Error" err="container side start failed in pod kube-apiserver-controlplane_kube-system(abc): {PULL}"',
    ),
    "another container with this image": not_started("side", PULL),
    "another pod with this image": not_started("kube-apiserver", PULL, 'pod="kube-system/etcd-controlplane"'),
    "the image of the manifest before": not_started(
        "kube-apiserver", PULL.replace(IMAGE, "registry.k8s.io/kube-apiserver:v9")
    ),
    "the command of the manifest before": not_started(
        "kube-apiserver", 'exec: \\"kube-apisrver\\": executable file not found'
    ),
    "a manifest whose name begins like it": klog(
        2, f'"Could not process manifest file" err="x" path="{MANIFEST_PATH}.txt"'
    ),
    "the image, before the change": klog(300, not_started("kube-apiserver", PULL).partition("] ")[2]),
}


@pytest.mark.parametrize("words", REFUSALS)
def test_a_pod_that_the_kubelet_refuses_is_not_waited_for(words: str) -> None:
    said = [REFUSALS[words]]
    assert settled(Cluster(changed=NOTICED + 0.5, said=said, **GONE)) == "ended"
    assert settled(Cluster(changed=NOTICED - 0.5, said=said, **GONE)) == "unsettled"


HALF_WRITTEN = f"can't process config file \"{MANIFEST_PATH}\": 'Kind' is missing in 'null'"


@pytest.mark.parametrize(("started", "told"), [(3.0, False), (5.5, True), (200.0, True), (None, True)])
def test_a_manifest_that_was_half_written_when_the_kubelet_read_it_is_whole_once_it_was_started(
    started: float | None, told: bool
) -> None:
    """`mv` between file systems writes piece by piece, and the kubelet says it some milliseconds later."""
    pull = not_started("kube-apiserver", PULL)
    node: Any = Cluster(changed=5.0, started=started)
    words = look(node).kubelet_words([klog(4.9, HALF_WRITTEN), pull])
    assert words == ((klog(4.9, HALF_WRITTEN), pull) if told else (pull,))


BY_DIGEST = f"registry.k8s.io/kube-apiserver@sha256:{'e' * 64}"


@pytest.mark.parametrize(
    ("image", "state"),
    [(BY_DIGEST, "ended"), (BY_DIGEST.replace("@", ":v1.35.4@"), "ended"), (f"{BY_DIGEST[:-1]}f", "unsettled")],
)
def test_an_image_by_digest_is_called_without_its_tag_by_containerd(image: str, state: str) -> None:
    said = [not_started("kube-apiserver", PULL.replace(IMAGE, BY_DIGEST))]
    manifest = MANIFEST.replace(IMAGE, image)
    assert settled(Cluster(changed=NOTICED + 0.5, said=said, manifest=manifest, **GONE)) == state


@pytest.mark.parametrize("words", OF_OTHERS)
def test_what_the_kubelet_says_of_others_ends_no_waiting(words: str) -> None:
    said = [OF_OTHERS[words]] if OF_OTHERS[words] else []
    assert settled(Cluster(changed=NOTICED + 0.5, said=said, **GONE)) == "unsettled"


@pytest.mark.parametrize(("kind", "state"), [("file", "ended"), ("absent", "ended"), ("folder", "unsettled")])
def test_a_hostpath_whose_type_does_not_fit_is_seen_whatever_the_kubelet_says(kind: str, state: str) -> None:
    """It says so at growing intervals, and one that was repaired is taken up at the next."""
    assert settled(Cluster(changed=NOTICED + 0.5, lies_there=kind, **GONE)) == state
    assert settled(Cluster(changed=300.0, lies_there=kind, **GONE)) == state
    assert settled(Cluster(changed=NOTICED - 0.5, lies_there=kind, **GONE)) == "unsettled"


def test_one_that_serves_is_up_although_nobody_saw_it_start() -> None:
    assert settled(Cluster(started=None, live=False, ready=True)) == "ready"


BACKUP = {
    "kube-apiserver.yaml.bak": MANIFEST.replace("--advertise-address=10.0.0.2", "--advertise-address=10.0.0.3")
}
BEFORE_IT = {"backup.yaml": BACKUP["kube-apiserver.yaml.bak"]}
OTHER_ARGV = [one.replace("10.0.0.2", "10.0.0.3") for one in ARGV]


@pytest.mark.parametrize(
    ("others", "argv", "ago", "state"),
    [
        (BACKUP, OTHER_ARGV, NOTICED + STAYS + 0.5, "ready"),
        (BACKUP, ARGV, NOTICED + STAYS + 0.5, "unsettled"),
        (BEFORE_IT, ARGV, NOTICED + STAYS + 0.5, "ready"),
        (BEFORE_IT, OTHER_ARGV, NOTICED + STAYS + 0.5, "unsettled"),
        (BACKUP, OTHER_ARGV, NOTICED + 0.5, "unsettled"),
        ({"notes.txt": "hello"}, ARGV, NOTICED + 0.5, "ready"),
        ({".kube-apiserver.yaml.swp": BACKUP["kube-apiserver.yaml.bak"]}, ARGV, NOTICED + 0.5, "ready"),
    ],
)
def test_of_two_manifests_of_one_pod_the_last_by_name_runs_in_the_end(
    others: dict[str, str], argv: list[str], ago: float, state: str
) -> None:
    for seen in (None, ago - 0.1):  # the kubelet's word on the pod does not tell of which file it is
        assert settled(Cluster(changed=ago, started=ago - 1, seen=seen, others=others, argv=argv)) == state


def test_two_manifests_of_one_pod_are_no_reason_to_call_it_down_while_the_other_is_started() -> None:
    known: Any = {"changed": 2.0, "started": 90.0, "live": False, "ready": False}
    assert settled(Cluster(**known, others=BACKUP)) == "unsettled"


@pytest.mark.parametrize(
    ("written", "runs", "state"),
    [
        ("--advertise-address=$(HOST_IP)", "--advertise-address=10.0.0.2", "ready"),
        ("--advertise-address=$(HOST_IP)", "--other=10.0.0.2", "unsettled"),
        ("--advertise-address=$$x", "--advertise-address=$x", "ready"),
        ("--advertise-address=$x", "--advertise-address=$x", "ready"),
    ],
)
def test_what_the_kubelet_fills_in_may_be_anything(written: str, runs: str, state: str) -> None:
    env = "    env:\n    - {name: HOST_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}\n    image:"
    manifest = MANIFEST.replace("--advertise-address=10.0.0.2", written).replace("    image:", env, 1)
    argv = [one.replace("--advertise-address=10.0.0.2", runs) for one in ARGV]
    assert settled(Cluster(manifest=manifest, argv=argv)) == state


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
        assert f"syncFrequency: {kubelet.SYNC_SECONDS}s" in filled(file)
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
