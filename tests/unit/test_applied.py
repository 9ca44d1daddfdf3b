"""`applied`: the cluster holds what the file says, and the file says what was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from ckslab.evidence import FileFact
from ckslab.needs.objects import ObjectNeed, ObjectsFact
from tests.support.checks_evidence import judge, node

PATH = "/opt/constraint.yaml"
GROUP = "constraints.gatekeeper.sh/v1beta1"
FILE = f"""\
apiVersion: {GROUP}
kind: K8sRepos
metadata: {{name: repos, labels: {{}}}}
spec:
  match: {{kinds: [{{apiGroups: [""], kinds: [Pod]}}]}}
  parameters: {{repos: [a/, b/]}}
"""
HELD = {
    "apiVersion": GROUP,
    "kind": "K8sRepos",
    "metadata": {"name": "repos", "uid": "u"},
    "spec": {
        "enforcementAction": "deny",
        "match": {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]},
        "parameters": {"repos": ["a/", "b/"]},
    },
    "status": {},
}

CASES: list[tuple[str | FileFact | None, Any, str]] = [
    (FILE, HELD, ""),
    (f"---\n{FILE}---\n{FILE.replace('repos,', 'other,')}", HELD, ""),
    (f"{FILE}status: {{byPod: []}}\n", HELD, ""),
    (None, HELD, "there is no such file"),
    (FILE.replace("name: repos", "name: other"), HELD, "the file holds K8sRepos other"),
    (FILE.replace("spec:", "spec"), HELD, "line 5"),
    ("", HELD, "the file holds no object"),
    (FILE, None, "the cluster has none of that name"),
    (FILE.replace("repos:", "repo:"), HELD, "in the cluster spec.parameters.repo is nothing"),
    (FILE.replace("b/]", "c/]"), HELD, "in the cluster spec.parameters.repos[1] is b/"),
    (FILE.replace(", b/]", "]"), HELD, 'in the cluster spec.parameters.repos is ["a/", "b/"]'),
]


@pytest.mark.parametrize(("text", "held", "wrong"), CASES)
def test_applied(text: str | None, held: Any, wrong: str) -> None:
    need = ObjectNeed(GROUP, "K8sRepos", None, "repos")
    evidence = node({PATH: text}, {need: ObjectsFact((held,) if held else ())})
    finding = judge("applied", {"path": PATH, "kind": "K8sRepos", "name": "repos"}, evidence)
    assert (finding.outcome, wrong in finding.observed) == ("fail" if wrong else "pass", True), finding


def test_a_kind_that_nobody_serves_is_told() -> None:
    evidence = node({PATH: FILE}, {ObjectNeed(GROUP, "K8sRepos", None, "repos"): ObjectsFact((), served=False)})
    finding = judge("applied", {"path": PATH, "kind": "K8sRepos", "name": "repos"}, evidence)
    assert finding.observed == f"the API server serves no K8sRepos of {GROUP}"
