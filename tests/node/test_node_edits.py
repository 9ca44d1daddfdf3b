"""What the learner saves reaches the API server soon, and what a broken one says is judged fairly."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from ckslab.control_plane.settle import settle
from ckslab.control_plane.timing import LIMIT
from ckslab.lab import find_lab, grade_lab
from ckslab.progress import Silent
from tests.support.node_fixtures.home import SCENARIO, Home, wait_for

pytestmark = pytest.mark.node
Figure = Callable[[str, float], None]

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
MANIFESTS_FOLDER = "/etc/kubernetes/manifests"
ADMISSION = "/etc/kubernetes/admission"
SOLVED = f"""
cd {ADMISSION}
sed -i 's#server:$#server: https://scanner.lab:8443/review#' kubeconf
sed -i 's#allowTTL#kubeConfigFile: {ADMISSION}/kubeconf\\n      allowTTL#; s/defaultAllow: true/defaultAllow: false/' \\
    admission_config.yaml
sed -e 's/=NodeRestriction/=NodeRestriction,ImagePolicyWebhook/' \\
    -e '/- kube-apiserver/a\\    - --admission-control-config-file={ADMISSION}/admission_config.yaml' \\
    -e 's#^    volumeMounts:#&\\n    - {{name: admission, mountPath: {ADMISSION}}}#' \\
    -e 's#^  volumes:#&\\n  - {{name: admission, hostPath: {{path: {ADMISSION}}}}}#' {MANIFEST} >/root/new.yaml
mv /root/new.yaml {MANIFEST}
"""


def ready(lab: Home, flag: str) -> bool:
    """Whether an API server with this flag is ready."""
    script = f"pgrep -af ^kube-apiserver | grep -q -- '{flag}' && kubectl get --raw /readyz"
    return lab.node(script).code == 0


FILES = {
    "a folder": "rm kubeconf; mkdir kubeconf",
    "a FIFO": "rm kubeconf; mkfifo kubeconf",
    "a link to a file outside": "ln -sf /etc/shadow kubeconf",
    "a link to itself": "rm kubeconf; ln -s kubeconf kubeconf",
    "a file of 50 MB": "head -c 50000000 /dev/zero >kubeconf",
    "nothing": "rm kubeconf",
}
MANIFESTS = {
    "deleted": f"rm {MANIFEST}",
    "there twice": f"cp {MANIFEST} /etc/kubernetes/manifests/backup.yaml",
    "a folder": f"mv {MANIFEST} /root/m.yaml && mkdir {MANIFEST}",
    "a FIFO": f"rm {MANIFEST} && mkfifo {MANIFEST}",
    "broken": f"echo ']' >>{MANIFEST}",
}


@pytest.fixture(scope="module")
def solved(shared: Home) -> tuple[Home, float]:
    """The module's lab, solved, and the seconds from save to ready."""
    begin = time.monotonic()
    shared.node(SOLVED).ok()
    wait_for(lambda: ready(shared, "ImagePolicyWebhook"), 60)
    return shared, time.monotonic() - begin


def graded(home: Home, name: str, figure: Figure) -> dict[str, str]:
    """The checks' outcomes; bounded."""
    begin = time.monotonic()
    report = home.grade()
    figure(f"grade with {name}", seconds := time.monotonic() - begin)
    assert seconds < LIMIT + 30
    return {check["id"]: check["outcome"] for check in report["checks"]}


def test_a_solution_is_ready_soon_and_earns_full_marks(solved: tuple[Home, float], figure: Figure) -> None:
    home, seconds = solved
    figure("save to ready", seconds)
    assert seconds < 25
    report = home.grade()
    assert (report["score"], report["max"], report["undecided"]) == (100, 100, 0)


@pytest.mark.parametrize("luck", FILES)
def test_whatever_lies_in_place_of_a_file_fails_its_checks(
    solved: tuple[Home, float], luck: str, figure: Figure
) -> None:
    home, _ = solved
    home.node(f"cd {ADMISSION} && cp kubeconf /root/ && {FILES[luck]}").ok()
    try:
        assert graded(home, f"{luck} as the kubeconfig", figure)["trust"] == "fail"
    finally:
        home.node(f"cd {ADMISSION} && rm -rf kubeconf && cp /root/kubeconf .").ok()


def test_a_repair_after_a_crash_loop_shows_soon(solved: tuple[Home, float], figure: Figure) -> None:
    home, _ = solved
    home.node(f"mv {ADMISSION}/admission_config.yaml /root/; pkill -x kube-apiserver").ok()
    time.sleep(35)  # a stock kubelet would try again after 70 s, then every 5 min in the end
    report = home.grade()
    assert report["undecided"] == 0
    assert report["score"] < 100
    begin = time.monotonic()
    home.node(f"mv /root/admission_config.yaml {ADMISSION}/").ok()
    wait_for(lambda: ready(home, "ImagePolicyWebhook"), 60)
    figure("repair after a crash loop", seconds := time.monotonic() - begin)
    assert seconds < 15
    assert home.grade()["score"] == 100


def test_a_solution_whose_etcd_is_gone_earns_nothing_that_only_the_cluster_shows(
    solved: tuple[Home, float], figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an API server lives, is not ready, and lets each request wait; settling is cut short here."""
    home, _ = solved
    home.node("mv /etc/kubernetes/manifests/etcd.yaml /root/").ok()
    wait_for(lambda: home.node("pgrep -x etcd").code == 1, 40)
    monkeypatch.setenv("CKSLAB_HOME", str(home.path))
    monkeypatch.setattr("ckslab.control_plane.settle.settle", partial(settle, limit=5.0))
    begin = time.monotonic()
    report = grade_lab(find_lab(SCENARIO), Silent())
    figure("grade with etcd's manifest moved away, after settling", seconds := time.monotonic() - begin)
    assert seconds < 30
    outcomes = {check.id: check.outcome for check in report.checks}
    assert outcomes["enforced"] != "pass"
    assert outcomes["fail-closed"] != "pass"


@pytest.mark.parametrize("luck", MANIFESTS)
def test_a_solution_in_a_manifest_that_the_kubelet_cannot_use_is_none(lab: Home, luck: str, figure: Figure) -> None:
    lab.run("reset", SCENARIO).ok()
    lab.node(f"{SOLVED}\n{MANIFESTS[luck]}").ok()
    outcomes = graded(lab, f"a manifest that is {luck}", figure)
    for check in ("plugin", "readable", "enforced", "fail-closed"):
        assert outcomes[check] != "pass", outcomes


SETTLED = {
    "a stray file": (f"echo hello >{MANIFESTS_FOLDER}/notes.txt", 100),
    "a second container without an image": (
        f"sed 's#^  hostNetwork#  - name: side\\n    image: registry.lab/none:1\\n  hostNetwork#' {MANIFEST} >/root/m.yaml\n"
        f"mv /root/m.yaml {MANIFEST}",
        100,
    ),
    "a backup that runs instead": (f"cp /root/first.yaml {MANIFEST}.bak", 0),
}


@pytest.mark.parametrize("luck", SETTLED)
def test_the_verdict_on_a_settled_state_is_the_same_at_once_and_later(lab: Home, luck: str, figure: Figure) -> None:
    lab.run("reset", SCENARIO).ok()
    change, points = SETTLED[luck]
    lab.node(f"cp {MANIFEST} /root/first.yaml\n{SOLVED}\n{change}").ok()
    first = graded(lab, f"{luck}, at once", figure)
    time.sleep(40)
    report = lab.grade()
    assert {check["id"]: check["outcome"] for check in report["checks"]} == first
    assert (report["score"], report["undecided"]) == (points, 0)
