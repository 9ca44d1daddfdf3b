"""A node with the exam's own times lacks what makes edits quick, and nothing else."""

from __future__ import annotations

from ckslab.cluster.backend import NodeFile, NodeSpec
from ckslab.cluster.local import TEMPLATES
from ckslab.cluster.node.exam_times import slowed, with_exam_times
from ckslab.cluster.node.services import common_services
from ckslab.cluster.node.templates import filled

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
KUBELET = "/var/lib/kubelet/config.yaml"
FILES = {
    MANIFEST: b"spec:\n  securityContext: {}\n  terminationGracePeriodSeconds: 2\n  volumes: []\n",
    KUBELET: b"cgroupDriver: systemd\ncrashLoopBackOff:\n  maxContainerRestartPeriod: 2s\n"
    b"fileCheckFrequency: 5s\nhealthzPort: 10248\n",
    "/etc/other": b"fileCheckFrequency: 5s\n",
}
SLOW = {
    MANIFEST: b"spec:\n  securityContext: {}\n  volumes: []\n",
    KUBELET: b"cgroupDriver: systemd\nhealthzPort: 10248\n",
    "/etc/other": b"fileCheckFrequency: 5s\n",
}


def test_the_files_of_every_node_lose_the_quick_settings() -> None:
    assert {path: slowed(FILES.get)(path) for path in FILES} == SLOW
    assert slowed(FILES.get)("/nothing") is None


def test_the_kubelet_of_the_embedded_node_loses_them_too() -> None:
    text = filled(TEMPLATES / "kubelet.yaml", ISOLATION="true").encode()
    slow = slowed({KUBELET: text}.get)(KUBELET)
    assert slow is not None
    assert [line for line in text.splitlines() if line not in slow.splitlines()] == [
        b"# A crash loop waits 2 s at most, not 5 minutes, so that a repair of any file shows at once.",
        b"crashLoopBackOff: {maxContainerRestartPeriod: 2s}",
        b"fileCheckFrequency: 5s",
        b"syncFrequency: 10s",
    ]


def test_what_the_scenario_laid_or_removed_stays_so() -> None:
    laid = NodeFile(MANIFEST, b"the scenario's", 0o600)
    spec = with_exam_times(NodeSpec(files=(laid,)), FILES.get)
    assert spec.files == (laid, NodeFile(KUBELET, SLOW[KUBELET], 0o644))
    assert with_exam_times(NodeSpec(removed=(MANIFEST, KUBELET)), FILES.get).files == ()
    assert with_exam_times(NodeSpec(), FILES.get).files[0] == NodeFile(MANIFEST, SLOW[MANIFEST], 0o600)


def test_its_nudge_leaves_edits_to_the_kubelet() -> None:
    def nudge(spec: NodeSpec) -> list[str]:
        services = common_services(spec, resolver="127.0.0.1:53")
        return next(list(one["argv"]) for one in services if one["name"] == "nudge")

    quick = nudge(NodeSpec())
    assert nudge(with_exam_times(NodeSpec(), FILES.get)) == [*quick, "--stock"]
