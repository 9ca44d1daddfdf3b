"""What makes an edit quick: a kubelet that would only wait is restarted, once, and every other pod runs on."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from tests.support.node_fixtures.home import SCENARIO, Home, wait_for

pytestmark = pytest.mark.node
Figure = Callable[[str, float], None]

MANIFESTS = "/etc/kubernetes/manifests"
FLAG = {"kube-apiserver": "--max-requests-inflight", "kube-scheduler": "--kube-api-burst"}
RESTARTING = "restarting the kubelet"


def edited(home: Home, program: str, value: int) -> str:
    """Save a manifest with a flag that no other has, as an editor does; the flag."""
    flag, manifest = f"{FLAG[program]}={value}", f"{MANIFESTS}/{program}.yaml"
    change = rf"sed '/{FLAG[program]}/d; /- {program}$/a\    - {flag}' {manifest} >/root/new.yaml"
    home.node(f"{change} && mv /root/new.yaml {manifest}").ok()
    return flag


def runs_with(home: Home, program: str, flag: str) -> bool:
    """Whether the program runs with the flag, and the API server is ready."""
    script = f"pgrep -af ^{program} | grep -q -- '{flag}' && kubectl get --raw /readyz"
    return home.node(script).code == 0


def kubelet(home: Home) -> str:
    """The kubelet's pid."""
    return home.node("pgrep -x kubelet").out.strip()


def restarts(home: Home) -> int:
    """How often the nudge has restarted the kubelet."""
    return home.node("cat /var/log/nudge.log").out.count(RESTARTING)


def containers(home: Home, *programs: str) -> list[str]:
    """The ids of these programs' running containers, asked of containerd: a mirror pod's status comes later."""
    names = "|".join(f"^{program}$" for program in programs)
    return home.node(f"crictl ps --quiet --name '{names}'").ok().out.split()


@pytest.mark.parametrize("program", FLAG)
def test_an_edit_restarts_the_kubelet_once_and_no_other_pod(lab: Home, program: str, figure: Figure) -> None:
    wait_for(lambda: lab.node("kubectl get --raw /readyz").code == 0, 60)
    time.sleep(11)  # the kubelet has met its API server, which nudge knows
    others = containers(lab, "etcd")
    before, times = kubelet(lab), restarts(lab)
    begin = time.monotonic()
    flag = edited(lab, program, 500 + int(begin) % 400)
    wait_for(lambda: runs_with(lab, program, flag), 60)
    figure(f"{program}: save to ready", seconds := time.monotonic() - begin)
    assert seconds < 25
    assert restarts(lab) == times + 1
    assert kubelet(lab) != before
    time.sleep(6)  # nor later
    assert restarts(lab) == times + 1
    assert containers(lab, "etcd") == others


def test_a_manifest_that_was_away_is_left_to_the_kubelet(lab: Home, figure: Figure) -> None:
    manifest = f"{MANIFESTS}/kube-apiserver.yaml"
    wait_for(lambda: lab.node("kubectl get --raw /readyz").code == 0, 60)
    time.sleep(11)
    before, times = kubelet(lab), restarts(lab)
    lab.node(f"mv {manifest} /root/").ok()
    wait_for(lambda: lab.node("pgrep -x kube-apiserver").code == 1, 40)
    time.sleep(5)  # all of the old pod is cleaned up
    begin = time.monotonic()
    lab.node(f"mv /root/kube-apiserver.yaml {manifest}").ok()
    wait_for(lambda: runs_with(lab, "kube-apiserver", "--advertise"), 60)
    figure("back to ready", seconds := time.monotonic() - begin)
    assert seconds < 25
    assert (kubelet(lab), restarts(lab)) == (before, times)


def test_a_comment_restarts_nothing(lab: Home) -> None:
    wait_for(lambda: lab.node("kubectl get --raw /readyz").code == 0, 60)
    server, before, times = containers(lab, "kube-apiserver"), kubelet(lab), restarts(lab)
    lab.node(f"echo '# seen' >>{MANIFESTS}/kube-apiserver.yaml").ok()
    time.sleep(8)
    assert (containers(lab, "kube-apiserver"), kubelet(lab), restarts(lab)) == (server, before, times)


def test_a_repair_of_a_wrong_edit_is_as_quick(lab: Home, figure: Figure) -> None:
    """The kubelet was restarted for the wrong one and has not met its API server: by itself it would take up none."""
    manifest = f"{MANIFESTS}/kube-apiserver.yaml"
    lab.node(f"cp {manifest} /root/good.yaml").ok()
    edited(lab, "kube-apiserver", -1)
    wait_for(lambda: lab.node("grep -rqs 'max-requests-inflight' /var/log/pods/*apiserver*").code == 0, 60)
    begin = time.monotonic()
    lab.node(f"cp /root/good.yaml /root/new.yaml && mv /root/new.yaml {manifest}").ok()
    wait_for(lambda: runs_with(lab, "kube-apiserver", "--advertise"), 60)
    figure("repair to ready", seconds := time.monotonic() - begin)
    assert seconds < 25


def test_a_kubelet_that_was_stopped_stays_so(lab: Home) -> None:
    lab.node("labnode service stop kubelet").ok()
    try:
        edited(lab, "kube-scheduler", 777)
        time.sleep(4)
        assert kubelet(lab) == ""
    finally:
        lab.node("labnode service start kubelet").ok()
    wait_for(lambda: runs_with(lab, "kube-scheduler", "=777"), 60)


def test_a_lab_with_the_exams_times_has_none_of_it(home: Home) -> None:
    home.run("start", SCENARIO, "--stock").ok()
    home.run("reset", SCENARIO).ok()
    settings = home.node(f"cat /var/lib/kubelet/config.yaml {MANIFESTS}/kube-apiserver.yaml").ok().out
    assert not re.search(
        "crashLoopBackOff|fileCheckFrequency|syncFrequency|terminationGracePeriodSeconds", settings
    )
    before, server = kubelet(home), home.node("pgrep -x kube-apiserver").ok().out
    edited(home, "kube-apiserver", 777)
    time.sleep(8)
    assert (kubelet(home), home.node("pgrep -x kube-apiserver").out) == (before, server)
