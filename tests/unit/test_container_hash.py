"""The kubelet's hash of a container: as nodes of Kubernetes 1.35.4 had it."""

from __future__ import annotations

import pytest

from ckslab.kubernetes.v1_35.container_hash import container_hash

NAME = "registry.k8s.io/kube-apiserver"
DIGEST = "sha256:d4094faef2f7c4b2f57532d0500f9fc2a5c08e9c31a895abe16a2db0a197a3f4"
CONFIG = "sha256:9bf4e930b906ad79cf02e4f0b69da6589f72d528b5bdd4f9e856c85a131f287b"


@pytest.mark.parametrize(
    ("image", "seen"),
    [
        (f"{NAME}:v1.35.4", "c57a3ec"),
        (f"{NAME}:v1.35.4@{DIGEST}", "8293a825"),
        (f"{NAME}@{DIGEST}", "aeda64f8"),
        (CONFIG, "536c45b4"),
        (f"{NAME}:nosuchtag@{DIGEST}", "9475e75b"),
        (CONFIG[:19], "c472a324"),
    ],
)
def test_the_hash_is_the_kubelets(image: str, seen: str) -> None:
    assert container_hash("kube-apiserver", image) == seen


def test_another_image_has_another_hash() -> None:
    assert container_hash("a", "b") != container_hash("b", "a")
    assert container_hash("a", "") != container_hash("a", "<&>\u2028\ud800")
