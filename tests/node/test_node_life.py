"""A lab's life on the real node: start, status, shell, kubeconfig, edit, reset, stop."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.node_fixtures.home import SCENARIO, Home, wait_for

pytestmark = pytest.mark.node
Figure = Callable[[str, float], None]
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"


def test_start_makes_a_lab_in_which_the_learner_may_type(lab: Home) -> None:
    nodes = lab.node("kubectl get nodes -o name && kubectl -n made-by-setup get configmap note -o name").ok()
    assert nodes.out.split() == ["node/controlplane", "configmap/note"]
    assert lab.grade()["score"] == 0


def test_a_second_start_goes_on_at_once(lab: Home, figure: Figure) -> None:
    before = lab.record()["init"]
    again = lab.run("start", SCENARIO).ok()
    figure("start of a lab that runs", again.seconds)
    assert "goes on" in again.out
    assert lab.record()["init"] == before


@pytest.mark.parametrize("code", [0, 7, 127])
def test_shell_passes_the_exit_code_on(lab: Home, code: int) -> None:
    assert lab.node(f"exit {code}").code == code


def test_shell_passes_standard_input_and_both_outputs(lab: Home) -> None:
    ended = lab.node("tr a-z A-Z; echo aside >&2", stdin="hello\n").ok()
    assert (ended.out, ended.err) == ("HELLO\n", "aside\n")


def test_shell_begins_at_the_home_of_the_nodes_root(lab: Home) -> None:
    assert lab.node("pwd; id -u; hostname; echo $HOME").ok().out.split() == ["/root", "0", "controlplane", "/root"]


def test_shell_says_that_a_command_is_not_there(lab: Home) -> None:
    ended = lab.run("shell", SCENARIO, "--", "nosuch-command")
    assert ended.code == 127
    assert "nosuch-command" in ended.err


def test_ctrl_c_ends_the_command_in_the_shell(lab: Home) -> None:
    with lab.popen("shell", SCENARIO, "--", "sh", "-c", "echo begun; exec sleep 77.7") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(5) in (130, -signal.SIGINT)
    assert lab.node("pgrep -f '^sleep 77.7'").code == 1


def test_kubeconfig_works_from_outside(lab: Home) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is missing on this machine")
    path = Path(lab.run("kubeconfig", SCENARIO).ok().out.strip())
    assert path.stat().st_mode & 0o077 == 0
    done = subprocess.run(
        [kubectl, f"--kubeconfig={path}", "get", "nodes", "-o", "name"], capture_output=True, text=True
    )
    assert done.stdout == "node/controlplane\n", done.stderr


def test_edit_replaces_the_file_by_rename_beside_no_backup(lab: Home) -> None:
    lab.env["EDITOR"] = "sed -i s/one/two/"
    try:
        lab.node("mkdir -p /opt/t && echo one >/opt/t/f && chmod 600 /opt/t/f").ok()
        before = lab.node("stat -c %i /opt/t/f").ok().out
        lab.run("edit", "/opt/t/f", SCENARIO).ok()
    finally:
        del lab.env["EDITOR"]
    assert lab.node("cat /opt/t/f; ls -A /opt/t; stat -c %a /opt/t/f").ok().out.split() == ["two", "f", "600"]
    assert lab.node("stat -c %i /opt/t/f").ok().out != before


def test_reset_restores_files_makes_new_keys_and_forgets_objects(lab: Home, figure: Figure) -> None:
    keys = "cat /etc/kubernetes/pki/ca.crt /etc/kubernetes/admission/client.crt | sha256sum"
    pristine = lab.node(f"sha256sum {MANIFEST} /etc/kubernetes/admission/kubeconf").ok().out
    before = lab.node(keys).ok().out
    lab.node(f"echo '# mine' >>{MANIFEST}; rm /etc/kubernetes/admission/kubeconf; echo x >/opt/mine").ok()
    lab.node("kubectl create namespace mine").ok()
    reset = lab.run("reset", SCENARIO).ok()
    figure("reset", reset.seconds)
    assert lab.node(f"sha256sum {MANIFEST} /etc/kubernetes/admission/kubeconf").ok().out == pristine
    assert lab.node(keys).ok().out != before
    assert lab.node(
        "test ! -e /opt/mine && kubectl get namespace made-by-setup && ! kubectl get namespace mine"
    ).ok()


def test_two_grades_at_once_are_not_mixed(lab: Home) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: lab.run("grade", SCENARIO), range(2))
    for ended in (first, second):
        assert ended.code == 1 or (ended.code == 3 and "another ckslab (pid" in ended.err), ended.err
    assert 1 in (first.code, second.code)


def test_a_grade_that_cannot_have_the_lock_names_its_holder(lab: Home) -> None:
    with (lab.path / "locks" / f"lab-{SCENARIO}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4321 ckslab reset\n")
        lock.flush()
        ended = lab.run("grade", SCENARIO)
    assert ended.code == 3
    assert "another ckslab (pid 4321: ckslab reset) is working on lab node-lab" in ended.err


def test_a_killed_relay_is_started_again_by_the_next_command(lab: Home) -> None:
    os.kill(lab.record()["relay"]["pid"], signal.SIGKILL)
    assert lab.grade()["undecided"] == 0
    assert lab.state() == "running"


def test_a_relay_whose_port_was_taken_moves_to_another(lab: Home) -> None:
    record = lab.record()
    relay = record["relay"]["pid"]
    os.kill(relay, signal.SIGKILL)
    wait_for(lambda: relay not in [one.pid for one in lab.processes()])
    with socket.create_server(("127.0.0.1", record["port"])):
        assert lab.grade()["undecided"] == 0
        assert lab.record()["port"] != record["port"]
        assert f":{lab.record()['port']}" in Path(lab.run("kubeconfig", SCENARIO).ok().out.strip()).read_text()


def test_a_killed_scanner_is_revived_for_a_grade(lab: Home) -> None:
    lab.node("labnode service stop scanner-scanner").ok()
    assert lab.grade()["undecided"] == 0


def test_two_labs_live_side_by_side(lab: Home, figure: Figure) -> None:
    started = lab.run("start", SCENARIO, "--name", "second").ok()
    figure("warm start beside another lab", started.seconds)
    try:
        assert lab.record()["port"] != lab.record("second")["port"]
        assert lab.node("kubectl create namespace only-here", "second").ok()
        assert lab.node("kubectl get namespace only-here").code == 1
        assert "several labs" in lab.run("grade").err
    finally:
        stopped = lab.run("stop", "second").ok()
    figure("stop", stopped.seconds)
    assert lab.state() == "running"
    assert lab.state("second") == ""


def test_of_two_starts_at_once_one_makes_the_lab_and_none_breaks_it(home: Home) -> None:
    home.start_twice_at_once()
    home.run("stop").ok()
    assert home.left() == []
    assert home.labs_listed() == []


def test_a_grade_while_the_api_server_restarts_waits_for_it(lab: Home) -> None:
    lab.node("pkill -KILL -x kube-apiserver").ok()
    report = lab.grade()
    assert report["undecided"] == 0
    wait_for(lambda: lab.node("kubectl get --raw /readyz").code == 0, 20)
