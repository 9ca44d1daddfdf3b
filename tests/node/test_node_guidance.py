"""Help on the real node: the hint is on what failed, a server that is down is explained, and its files are put back."""

from __future__ import annotations

import pytest

from tests.support.node_fixtures.home import Home, wait_for

pytestmark = pytest.mark.node
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
WRONG = "/etc/kubernetes/admission/admission_config.yaml"
BREAK = f"sed 's#- kube-apiserver$#&\\n    - --admission-control-config-file={WRONG}#' {MANIFEST} >/root/m && mv /root/m {MANIFEST}"


def test_a_learner_who_broke_the_api_server_is_helped(lab: Home) -> None:
    lab.node(BREAK).ok()
    failed = [check["id"] for check in lab.grade()["checks"] if check["outcome"] == "fail" and not check["after"]]
    assert failed[:2] == ["plugin", "readable"]
    assert lab.run("hint").ok().out.startswith("**plugin**, hint 1 of 2")

    told = lab.run("rescue").ok().out
    assert f"{WRONG}: no such file or directory" in " ".join(told.split())
    assert f"where  {MANIFEST}:" in told
    assert "next:" in told  # it tells what a hint tells, and counts as one

    assert lab.run("rescue", "--restore").ok().out == f"restored {MANIFEST}\n"
    wait_for(lambda: lab.node("kubectl get --raw /readyz").code == 0, 20)
    assert "nothing to restore" in lab.run("rescue", "--restore").ok().out
    assert "nothing is to be rescued" in lab.run("rescue").ok().out

    solution = lab.run("solution").ok().out
    assert f"+    - --admission-control-config-file={WRONG}" in solution
    report = lab.grade()
    assert (report["hints_used"], report["solution_shown"], report["undecided"]) == (2, True, 0)
