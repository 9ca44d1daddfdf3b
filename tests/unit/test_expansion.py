"""`$(VAR)` as the kubelet expands it: third_party/forked/golang/expansion and makeEnvironmentVariables, v1.35.4."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ckslab.evidence import FileFact
from ckslab.kubernetes.static_pod.expansion import UNKNOWN, Parts, Variable, environment, expand
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, StaticPod, read_manifest
from tests.support.checks_evidence import CONFIG_PATH, MANIFEST, MANIFEST_PATH, judge, node, server

VALUES: dict[str, Parts] = {"A": ("x",), "EMPTY": ("",), "NODE": UNKNOWN}

# The first rows are those of the kubelet's own test (expansion/expand_test.go).
EXPANDED = [
    ("$(A)", ("x",)),
    ("___$(A)___", ("___x___",)),
    ("$(A)$(A)", ("xx",)),
    ("$$(A)", ("$(A)",)),
    ("$$$(A)", ("$x",)),
    ("$$$$(A)", ("$$(A)",)),
    ("$(GONE)", ("$(GONE)",)),
    ("$A", ("$A",)),
    ("${A}", ("${A}",)),
    ("$(A", ("$(A",)),
    ("$(", ("$(",)),
    ("$", ("$",)),
    ("A$", ("A$",)),
    ("$()", ("$()",)),
    ("$($(A))", ("$($(A))",)),
    ("$(EMPTY)z", ("z",)),
    ("a$(NODE)b$(A)", ("a", "bx")),
    ("$(NODE)$(NODE)", ("", "", "")),
    ("$$(NODE)", ("$(NODE)",)),
    ("$(KUBERNETES_SERVICE_HOST)", ("", "")),
    ("$(KUBE_DNS_PORT_53_UDP_ADDR)", ("", "")),
    ("$(MY_PORTS)", ("$(MY_PORTS)",)),
]


@pytest.mark.parametrize(("text", "parts"), EXPANDED)
def test_expansion(text: str, parts: Parts) -> None:
    assert expand(text, VALUES) == parts


def test_variables_refer_to_earlier_ones_and_the_last_of_a_name_counts() -> None:
    values = environment(
        [
            Variable("LATE", "$(DIR)/x"),
            Variable("DIR", "/etc"),
            Variable("SUB", "$(DIR)/admission"),
            Variable("DIR", "/srv"),
            Variable("HOST", sourced=True),
            Variable("URL", "https://$(HOST)/"),
        ]
    )
    assert values["LATE"] == ("$(DIR)/x",)
    assert values["SUB"] == ("/etc/admission",)
    assert values["DIR"] == ("/srv",)
    assert values["URL"] == ("https://", "/")


def pod_of(change: Any) -> StaticPod:
    value = yaml.safe_load(MANIFEST)
    change(value["spec"]["containers"][0])
    text = yaml.safe_dump(value, sort_keys=False)
    found = read_manifest(MANIFEST_PATH, FileFact(MANIFEST_PATH, "file", text=text, encoding="utf-8"))
    assert found.pod is not None, found.problem
    return found.pod


def manifest(env: list[dict[str, Any]], old: str = CONFIG_PATH, new: str = "$(DIR)/admission_config.yaml") -> str:
    value = yaml.safe_load(MANIFEST.replace(old, new))
    value["spec"]["containers"][0]["env"] = env
    return yaml.safe_dump(value, sort_keys=False)


FLAG = {"pod": "kube-apiserver", "from-flag": "admission-control-config-file"}
SETTINGS = {"settings": {"allowTTL": 50}}
PLUGINS = {"name": "kube-apiserver", "admission-plugins": {"enabled": ["ImagePolicyWebhook"], "keep": True}}
DIR = {"name": "DIR", "value": "/etc/kubernetes/admission"}


def test_arguments_with_variables_of_the_container_are_right_answers() -> None:
    files = {MANIFEST_PATH: manifest([DIR])}
    assert judge("container-path", FLAG, node(files)).outcome == "pass"
    assert judge("admission-config", SETTINGS, node(files)).outcome == "pass"
    files = {
        MANIFEST_PATH: manifest([{"name": "P", "value": "ImagePolicyWebhook"}], ",ImagePolicyWebhook", ",$(P)")
    }
    assert judge("static-pod", PLUGINS, node(files)).outcome == "pass"


def test_a_doubled_dollar_and_an_unknown_name_stay_as_they_are() -> None:
    for new in ("$$(DIR)/admission_config.yaml", "$(GONE)/admission_config.yaml"):
        finding = judge("container-path", FLAG, node({MANIFEST_PATH: manifest([DIR], new=new)}))
        assert finding.outcome == "fail"
        assert new.replace("$$", "$") in finding.expected


FROM_FIELD = {"name": "DIR", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['dir']"}}}


def test_what_only_the_kubelet_knows_is_read_off_the_process() -> None:
    files = {MANIFEST_PATH: manifest([FROM_FIELD])}
    argv = [each.text for each in pod_of(lambda _: None).argv]
    assert judge("admission-config", SETTINGS, node(files)).outcome == "unknown"
    assert (
        judge(
            "static-pod", {"name": "kube-apiserver", "flags": {"admission-control-config-file": "/x"}}, node(files)
        ).outcome
        == "unknown"
    )
    live = server(state="ready", argv=tuple(argv))
    assert judge("container-path", FLAG, node(files, live)).outcome == "pass"
    assert judge("admission-config", SETTINGS, node(files, live)).outcome == "pass"
    other = server(state="ready", argv=("kube-apiserver", "--profiling=false"))
    assert judge("admission-config", SETTINGS, node(files, other)).outcome == "unknown"


def test_a_value_that_no_check_reads_may_be_unknown() -> None:
    files = {MANIFEST_PATH: manifest([FROM_FIELD], "--advertise-address=10.0.0.2", "--advertise-address=$(DIR)")}
    assert judge("admission-config", SETTINGS, node(files)).outcome == "pass"
    assert judge("static-pod", PLUGINS, node(files)).outcome == "pass"


def test_a_process_may_be_of_a_manifest_with_unknown_values() -> None:
    pod = pod_of(
        lambda c: c.update(command=["kube-apiserver", "--a=$(H):1", "--b"], env=[{"name": "H", "valueFrom": {}}])
    )
    assert pod.runs_as(["kube-apiserver", "--a=10.0.0.1:1", "--b"])
    assert not pod.runs_as(["kube-apiserver", "--a=10.0.0.1:2", "--b"])
    assert not pod.runs_as(["kube-apiserver", "--a=10.0.0.1:1"])


@pytest.mark.parametrize(
    ("expression", "env", "ok"),
    [
        ("$(DIR)", [{"name": "DIR", "value": "admission"}], True),
        ("adm$(REST)", [{"name": "REST", "value": "ission"}], True),
        ("$(GONE)", [], False),
        ("$(EMPTY)admission", [{"name": "EMPTY"}], False),
        ("$(NODE)", [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}], False),
    ],
)
def test_a_sub_path_expression_needs_a_value_for_each_name(expression: str, env: list[Any], ok: bool) -> None:
    """ExpandContainerVolumeMounts: an empty value counts as none."""

    def change(container: dict[str, Any]) -> None:
        container["env"] = env
        container["volumeMounts"] = [
            {"name": "k8s-certs", "mountPath": "/etc/kubernetes/admission", "subPathExpr": expression}
        ]

    mapped = pod_of(change).node_path(CONFIG_PATH)
    assert mapped.node_path == ("/etc/kubernetes/pki/admission/admission_config.yaml" if ok else None)
    assert ok or "subPathExpr" in mapped.reason


def test_variables_from_the_api_are_refused_in_static_pods() -> None:
    """HasAPIObjectReference, v1.35.4: the kubelet makes no pod from such a manifest."""
    for extra in (
        {"envFrom": [{"configMapRef": {"name": "x"}}]},
        {"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "x", "key": "y"}}}]},
    ):
        refused = pod_of(lambda container, extra=extra: container.update(extra)).refused
        assert refused is not None
        assert "static pods may not reference" in refused.reason
        assert refused.path.startswith(MANIFESTS)
