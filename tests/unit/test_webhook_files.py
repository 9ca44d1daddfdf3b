"""`webhook-files`: the files that are used are those that the task names."""

from __future__ import annotations

from typing import Any

import pytest

from ckslab.evidence import FileFact
from tests.support.checks_evidence import (
    CONFIG,
    CONFIG_PATH,
    GOOD,
    KUBECONF,
    KUBECONF_PATH,
    MANIFEST,
    MANIFEST_PATH,
    judge,
    node,
)

FOLDER = "/etc/kubernetes/admission"
OWN = CONFIG.replace("  configuration:\n    imagePolicy:", "  path: policy.yaml\n#").split("#")[0]
POLICY = "imagePolicy:\n  kubeConfigFile: /etc/kubernetes/admission/kubeconf\n"
BOTH = {"admission-configuration": CONFIG_PATH, "kubeconfig": KUBECONF_PATH}
ELSEWHERE = MANIFEST.replace("path: /etc/kubernetes/admission", "path: /opt/own")
WHOLE = MANIFEST.replace(FOLDER, "/etc/kubernetes").replace("/etc/kubernetes/admission_", f"{FOLDER}/admission_")
LINK = FileFact("/etc/kubernetes/link.yaml", "file", CONFIG_PATH, 0o644, 0, 1, "x", CONFIG, "utf-8")

CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"folder": FOLDER}, {}, ""),
    (BOTH, {}, ""),
    ({"folder": FOLDER}, {CONFIG_PATH: OWN, f"{FOLDER}/policy.yaml": POLICY}, ""),
    ({"folder": "/etc/kubernetes/epconfig"}, {}, f"it is {CONFIG_PATH}"),
    ({"folder": f"{FOLDER}ssion"}, {}, f"it is {CONFIG_PATH}"),
    (
        {"folder": FOLDER},
        {MANIFEST_PATH: ELSEWHERE, "/opt/own/admission_config.yaml": CONFIG, "/opt/own/kubeconf": KUBECONF},
        "it is /opt/own/admission_config.yaml",
    ),
    (
        {"folder": FOLDER},
        {
            MANIFEST_PATH: WHOLE,
            CONFIG_PATH: CONFIG.replace(KUBECONF_PATH, "/etc/kubernetes/conf"),
            "/etc/kubernetes/conf": KUBECONF,
        },
        "it is /etc/kubernetes/conf",
    ),
    (
        {"folder": FOLDER},
        {
            MANIFEST_PATH: WHOLE,
            CONFIG_PATH: OWN.replace("policy", "../policy"),
            "/etc/kubernetes/policy.yaml": POLICY,
        },
        "it is /etc/kubernetes/policy.yaml",
    ),
    (BOTH, {CONFIG_PATH: CONFIG.replace("kubeconf\n", "other\n"), f"{FOLDER}/other": KUBECONF}, "it is "),
    (BOTH, {KUBECONF_PATH: None}, "no such file"),
    (BOTH, {CONFIG_PATH: CONFIG.replace("      kubeConfigFile", "      other")}, "nothing names a kubeconfig"),
    (
        BOTH,
        {MANIFEST_PATH: MANIFEST.replace("    - --admission-control", "    - --other")},
        "there is no --admission",
    ),
    (
        {"admission-configuration": CONFIG_PATH},
        {
            MANIFEST_PATH: MANIFEST.replace(f"={CONFIG_PATH}", "=/etc/kubernetes/link.yaml").replace(
                FOLDER, "/etc/kubernetes"
            ),
            "/etc/kubernetes/link.yaml": LINK,
        },
        "",
    ),
]


@pytest.mark.parametrize(("params", "changes", "wrong"), CASES)
def test_webhook_files(params: dict[str, Any], changes: dict[str, Any], wrong: str) -> None:
    finding = judge("webhook-files", params, node(changes))
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


def test_they_are_files_of_the_node_that_has_them() -> None:
    assert all(path in GOOD for path in BOTH.values())
