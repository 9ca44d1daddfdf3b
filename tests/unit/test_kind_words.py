"""What kind's backend makes of an engine's words, of a lab's folder and of kind's own steps; no engine is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ckslab.cluster.backend import NodeSpec
from ckslab.cluster.kind import TEMPLATES, node_image, record, services
from ckslab.cluster.kind.apply_lab import CONTROL_PLANE
from ckslab.cluster.kind.engine_errors import diagnose
from ckslab.cluster.kind.program import STEP
from ckslab.cluster.node.templates import APISERVER_PATCH, SHARED, filled
from ckslab.errors import UsageError
from ckslab.lab import backends, catalogue

# printed by Docker 28.2 (client) and 20.10 (engine)
SAID = {
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get"
    ' "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/version": dial unix /var/run/docker.sock: connect: permission'
    " denied": "docker may not be used by this user",
    "Cannot connect to the Docker daemon at unix:///nowhere/docker.sock. Is the docker daemon running?": (
        "docker does not answer"
    ),
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on'
    " 10.0.0.53:53: no such host": "the image could not be pulled: no network",
    "docker: Error response from daemon: driver failed programming external connectivity on endpoint x: Error"
    " starting userland proxy: listen tcp4 127.0.0.1:34567: bind: address already in use.": (
        "a port that the cluster needs was taken by another program"
    ),
    # kind 0.33 and the journal of its node, with fs.inotify.max_user_instances exhausted
    "[kubelet-check] The kubelet is not healthy after 4m0.022911318s\nerror: Get"
    ' "http://127.0.0.1:10248/healthz": dial tcp 127.0.0.1:10248: connect: connection refused\n'
    'E1127 14:32:16.650211    1077 kubelet.go:1728] "Failed to start cAdvisor" err="inotify_init: too many open'
    ' files"': "this machine's inotify instances have run out",
    "[kubelet-check] The kubelet is not healthy after 4m0.022911318s\nerror: Get"
    ' "http://127.0.0.1:10248/healthz": dial tcp 127.0.0.1:10248: connect: connection refused': (
        "the node's kubelet did not start"
    ),
    "write /var/lib/docker/tmp/x: no space left on device": "the disk is full",
}


@pytest.mark.parametrize(("said", "cause"), SAID.items())
def test_an_engines_words_become_a_cause_and_what_to_do(said: str, cause: str) -> None:
    error = diagnose("docker", "starting the lab's node", said)
    assert error.message == f"starting the lab's node failed: {cause}"
    assert error.advice
    assert error.details == said
    assert error.exit_code == 3


def test_unknown_words_are_shown_as_they_are() -> None:
    error = diagnose("podman", "pulling x", "first\nsomething odd\n")
    assert error.message == "pulling x failed: something odd"


def test_a_clusters_name_is_the_folders_own_and_short_enough_for_a_host_name(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / ("x" * 50), tmp_path / "b" / ("x" * 50)
    names = {record.cluster_name(one), record.cluster_name(other)}
    assert len(names) == 2
    assert all(len(f"{name}-control-plane") <= 63 for name in names)


@pytest.mark.parametrize("text", ["", "{}", '{"engine": "docker"}', "[1]", "nonsense"])
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / record.FILE).write_text(text)
    assert record.read_record(tmp_path) is None


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = record.Record("docker", "c", "id", "image", "base", fresh=True)
    record.write_record(tmp_path, written)
    assert record.read_record(tmp_path) == written


@pytest.mark.parametrize(
    ("line", "step"),
    [
        (
            " • Ensuring node image (localhost/ckslab/node:0b700f76ff99eecd) 🖼  ...",
            "Ensuring node image (localhost/ckslab/node:0b700f76ff99eecd)",
        ),
        (" • Starting control-plane 🕹️  ...", "Starting control-plane"),
        (" • Installing CNI 🔌  ...", "Installing CNI"),
    ],
)
def test_kinds_steps_are_told_without_their_pictures(line: str, step: str) -> None:
    found = STEP.match(line)
    assert found is not None
    assert found["step"] == step


def test_kinds_configuration_is_fair_and_the_same_in_all_labs() -> None:
    made = yaml.safe_load(filled(TEMPLATES / "cluster.yaml", CLUSTER="ckslab-x"))
    patches = {patch["kind"]: patch for patch in map(yaml.safe_load, made["nodes"][0]["kubeadmConfigPatches"])}
    kubelet = patches["KubeletConfiguration"]
    assert kubelet["crashLoopBackOff"] == {"maxContainerRestartPeriod": "2s"}
    assert (kubelet["fileCheckFrequency"], kubelet["syncFrequency"]) == ("5s", "10s")
    assert patches["InitConfiguration"]["nodeRegistration"]["name"] == "controlplane"
    assert "ckslab-x-control-plane" in patches["ClusterConfiguration"]["apiServer"]["certSANs"]
    assert yaml.safe_load(filled(SHARED / APISERVER_PATCH))["spec"]["terminationGracePeriodSeconds"] == 2
    assert made["networking"]["apiServerAddress"] == "127.0.0.1"


def test_a_kind_node_runs_what_every_node_runs() -> None:
    names = {service["name"] for service in services.services(NodeSpec())}
    assert names == {"kubelet", "kubelet-log", "resolver", "watch", "log-keeper", "nudge"}


@pytest.mark.parametrize(
    ("path", "restarts"),
    [
        ("/etc/kubernetes/manifests/kube-apiserver.yaml", True),
        ("/etc/kubernetes/scheduler.conf", True),
        ("/etc/kubernetes/pki/ca.crt", True),
        ("/etc/kubernetes/admission/kubeconf", False),
        ("/etc/kubernetes/admission/x.conf", False),
        ("/etc/containerd/config.toml", True),
        ("/etc/containerd/certs.d/docker.io/hosts.toml", False),
        ("/opt/answer.txt", False),
    ],
)
def test_only_files_of_the_control_plane_make_a_start_restart_it(path: str, restarts: bool) -> None:
    assert bool(CONTROL_PLANE.match(path)) == restarts


def test_the_image_that_was_asked_for_comes_before_the_variables_and_the_pinned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(node_image.VARIABLE, raising=False)
    assert node_image.wanted(None) == node_image.PINNED
    assert "@sha256:" in node_image.PINNED
    monkeypatch.setenv(node_image.VARIABLE, "theirs:1")
    assert node_image.wanted(None) == "theirs:1"
    assert node_image.wanted("asked:1") == "asked:1"


def test_a_node_image_for_the_embedded_node_is_refused() -> None:
    with pytest.raises(UsageError, match="--node-image"):
        backends.choose("local", catalogue.load_scenario("ipw-complete", catalogue.scenario_roots()), "x:1")
