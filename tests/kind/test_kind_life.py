"""A lab's life on a real kind cluster: start, shell, files, reset, stop, and two labs side by side."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ckslab.cluster import binaries
from tests.support.node_fixtures.home import SCENARIO
from tests.support.node_fixtures.kind_home import KUBECONFIG, KindHome, docker

pytestmark = pytest.mark.kind
Figure = Callable[[str, float], None]
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"


def test_start_makes_a_lab_in_which_the_learner_may_type(kind_lab: KindHome) -> None:
    nodes = kind_lab.node("kubectl get nodes -o name && kubectl -n made-by-setup get configmap note -o name").ok()
    assert nodes.out.split() == ["node/controlplane", "configmap/note"]
    assert kind_lab.grade()["score"] == 0
    assert kind_lab.grade()["cluster"] == "kind"


def test_the_users_kubeconfig_is_not_touched(kind_lab: KindHome) -> None:
    assert kind_lab.kubeconfig_of_the_user() == KUBECONFIG


def test_a_second_start_goes_on_at_once(kind_lab: KindHome, figure: Figure) -> None:
    before = kind_lab.container_id()
    again = kind_lab.run("start", SCENARIO).ok()
    figure("kind: start of a lab that runs", again.seconds)
    assert "goes on" in again.out
    assert kind_lab.container_id() == before


@pytest.mark.parametrize("code", [0, 7, 127])
def test_shell_passes_the_exit_code_on(kind_lab: KindHome, code: int) -> None:
    assert kind_lab.node(f"exit {code}").code == code


def test_shell_passes_standard_input_and_both_outputs(kind_lab: KindHome) -> None:
    ended = kind_lab.node("tr a-z A-Z; echo aside >&2", stdin="hello\n").ok()
    assert (ended.out, ended.err) == ("HELLO\n", "aside\n")


def test_shell_begins_at_the_home_of_the_nodes_root(kind_lab: KindHome) -> None:
    ended = kind_lab.node("pwd; id -u; hostname; echo $HOME").ok()
    assert ended.out.split() == ["/root", "0", "controlplane", "/root"]


def test_the_node_has_an_editor_that_nobody_had_to_pull(kind_lab: KindHome) -> None:
    place = binaries.locate(["busybox"])["busybox"]
    if not isinstance(place, binaries.Found):
        pytest.skip(f"{place.reason}: then the greeting points at `ckslab edit`")
    assert kind_lab.node("command -v vi").ok().out == "/lab/bin/vi\n"


def test_kubeconfig_works_from_outside(kind_lab: KindHome) -> None:
    place = binaries.locate(["kubectl"])["kubectl"]
    assert isinstance(place, binaries.Found)
    path = Path(kind_lab.run("kubeconfig", SCENARIO).ok().out.strip())
    assert path.stat().st_mode & 0o077 == 0
    words = [str(place.path), f"--kubeconfig={path}", "get", "nodes", "-o", "name"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout == "node/controlplane\n", done.stderr


def test_unknown_names_fail_at_once_and_the_scanner_has_its_name(kind_lab: KindHome) -> None:
    script = "getent hosts scanner.lab; date +%s; getent hosts nosuch.example || echo none; date +%s"
    address, before, none, after = kind_lab.node(script).ok().out.splitlines()
    assert address.split() == ["127.0.0.1", "scanner.lab"]
    assert none == "none"
    assert int(after) - int(before) <= 1


@pytest.mark.parametrize("path", ["/opt/t/f", "/etc/hosts"])
def test_edit_replaces_the_file_by_rename_beside_no_backup(kind_lab: KindHome, path: str) -> None:
    kind_lab.env["EDITOR"] = "sed -i s/one/two/"
    try:
        kind_lab.node(f"mkdir -p /opt/t && echo '# one' >>{path} && chmod 640 {path}").ok()
        before = kind_lab.node(f"stat -c %i {path}").ok().out
        kind_lab.run("edit", path, SCENARIO).ok()
    finally:
        del kind_lab.env["EDITOR"]
    assert kind_lab.node(f"tail -n 1 {path}; stat -c %a {path}").ok().out.split() == ["#", "two", "640"]
    assert kind_lab.node(f"stat -c %i {path}").ok().out != before


def test_reset_restores_files_and_objects_in_the_same_cluster(kind_lab: KindHome, figure: Figure) -> None:
    listed = f"sha256sum {MANIFEST} /etc/kubernetes/admission/kubeconf /root/.bashrc; cat /etc/hosts; ls -A /root"
    client = "sha256sum /etc/kubernetes/admission/client.crt"
    kind_lab.run("reset", SCENARIO).ok()
    container, pristine, certificate = (
        kind_lab.container_id(),
        kind_lab.node(listed).ok().out,
        kind_lab.node(client).ok().out,
    )
    kind_lab.node(f"echo '# mine' >>{MANIFEST}; rm /etc/kubernetes/admission/kubeconf; echo x >/opt/mine").ok()
    kind_lab.node(
        "echo 1.2.3.4 mine >>/etc/hosts; echo x >/root/.bashrc; mkdir -p /srv/a/b; ln -s /etc /srv/l"
    ).ok()
    kind_lab.node("kubectl create namespace mine").ok()
    reset = kind_lab.run("reset", SCENARIO).ok()
    figure("kind: reset", reset.seconds)
    assert kind_lab.container_id() == container
    assert kind_lab.node(listed).ok().out == pristine
    assert kind_lab.node(client).ok().out != certificate
    assert kind_lab.node(
        "test ! -e /opt/mine && test ! -e /srv/a && test ! -L /srv/l"
        " && kubectl get namespace made-by-setup && ! kubectl get namespace mine"
    ).ok()
    assert kind_lab.grade()["undecided"] == 0


def test_a_reset_makes_a_control_plane_that_was_ruined_anew(kind_lab: KindHome) -> None:
    kind_lab.node("rm -rf /etc/kubernetes /var/lib/etcd /root/.kube; pkill -KILL -x kube-apiserver; true").ok()
    kind_lab.run("reset", SCENARIO).ok()
    assert kind_lab.node("kubectl get nodes -o name").ok().out == "node/controlplane\n"


def test_two_labs_live_side_by_side(kind_lab: KindHome, figure: Figure) -> None:
    started = kind_lab.run("start", SCENARIO, "--name", "second").ok()
    figure("kind: warm start beside another lab", started.seconds)
    try:
        assert kind_lab.container_id() != kind_lab.container_id("second")
        assert kind_lab.node("kubectl create namespace only-here", "second").ok()
        assert kind_lab.node("kubectl get namespace only-here").code == 1
        assert "several labs" in kind_lab.run("grade").err
    finally:
        stopped = kind_lab.run("stop", "second").ok()
    figure("kind: stop", stopped.seconds)
    assert kind_lab.state() == "running"
    assert kind_lab.state("second") == ""
    assert kind_lab.container("second") not in docker("ps", "--all", "--format", "{{.Names}}")


STORE = "ctr --namespace k8s.io images"
NAMES = f"{STORE} ls | tail -n +2 | while read -r name type digest rest; do echo $name $digest; done | sort"


def names(lab: KindHome) -> list[str]:
    return lab.node(NAMES).ok().out.splitlines()


def test_each_image_that_has_a_tag_has_a_name_by_digest(kind_lab: KindHome) -> None:
    known = dict(line.split() for line in names(kind_lab))
    tagged = {
        name: digest for name, digest in known.items() if name.startswith("registry.k8s.io/") and "@" not in name
    }
    assert {name.rpartition("/")[2].partition(":")[0] for name in tagged} >= {"kube-apiserver", "etcd", "pause"}
    assert {f"{name.rpartition(':')[0]}@{digest}" for name, digest in tagged.items()} <= set(known)


def test_reset_brings_names_back_that_were_taken_away_or_given_to_another_image(kind_lab: KindHome) -> None:
    before, container = names(kind_lab), kind_lab.container_id()
    kind_lab.node(
        f"{STORE} rm $({STORE} ls -q | grep kube-apiserver@);"
        f" {STORE} tag --force $({STORE} ls -q | grep etcd:) $({STORE} ls -q | grep kube-scheduler:)"
    ).ok()
    assert names(kind_lab) != before
    kind_lab.run("reset", SCENARIO).ok()
    assert names(kind_lab) == before
    assert kind_lab.container_id() == container


def test_a_reset_makes_a_cluster_anew_whose_images_are_gone(kind_lab: KindHome) -> None:
    before, container = names(kind_lab), kind_lab.container_id()
    kind_lab.node(f"crictl rmi $({STORE} ls -q | grep kube-scheduler:)").ok()
    kind_lab.run("reset", SCENARIO).ok()
    assert names(kind_lab) == before
    assert kind_lab.container_id() != container
