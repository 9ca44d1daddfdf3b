"""What a running container's subPathExpr names."""

from __future__ import annotations

from typing import Any

import pytest

from ckslab.kubernetes.container_environment import mounted_sub_path

POD = {
    "metadata": {"name": "p", "namespace": "n", "uid": "u", "labels": {"a/b": "$(P)"}, "annotations": {}},
    "spec": {"nodeName": "node", "serviceAccountName": "sa"},
    "status": {"hostIP": "1.2.3.4", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]},
}


def of(path: str) -> dict[str, Any]:
    return {"valueFrom": {"fieldRef": {"fieldPath": path}}}


ENV = [
    {"name": "P", **of("metadata.name")},
    {"name": "N", **of("spec.nodeName")},
    {"name": "SA", **of("spec.serviceAccountName")},
    {"name": "NS", **of("metadata.namespace")},
    {"name": "UID", **of("metadata.uid")},
    {"name": "HOST", **of("status.hostIP")},
    {"name": "IPS", **of("status.podIPs")},
    {"name": "IP", **of("status.podIP")},
    {"name": "LABEL", **of("metadata.labels['a/b']")},
    {"name": "NONE", **of("metadata.annotations['x']")},
    {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    {"name": "WORD", "value": "w"},
    {"name": "BOTH", "value": "$(P)-$(WORD)-$$(P)"},
    {"name": "TWICE", "value": "first"},
    {"name": "TWICE", "value": "last"},
]


@pytest.mark.parametrize(
    ("mount", "folder"),
    [
        ({}, ""),
        ({"subPath": "a"}, "a"),
        ({"subPath": ""}, ""),
        ({"subPathExpr": "plain"}, "plain"),
        ({"subPathExpr": "$(P)/$(N)"}, "p/node"),
        ({"subPathExpr": "$(SA).$(NS).$(UID)"}, "sa.n.u"),
        ({"subPathExpr": "$(HOST)"}, "1.2.3.4"),
        ({"subPathExpr": "$(IPS)"}, "10.0.0.1,fd00::1"),
        ({"subPathExpr": "$(IP)"}, None),  # not there yet
        ({"subPathExpr": "$(LABEL)"}, "$(P)"),
        ({"subPathExpr": "x$(NONE)"}, "x"),
        ({"subPathExpr": "$(SECRET)"}, None),
        ({"subPathExpr": "$(WORD)"}, "w"),
        ({"subPathExpr": "$(BOTH)"}, "p-w-$(P)"),
        ({"subPathExpr": "$(TWICE)"}, "last"),
        ({"subPathExpr": "$(FROM_A_CONFIG_MAP)"}, None),
    ],
)
def test_the_folder_of_a_mount(mount: dict[str, Any], folder: str | None) -> None:
    assert mounted_sub_path(mount, {"env": ENV}, POD) == folder
