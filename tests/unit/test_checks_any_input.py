"""Whatever a learner writes, no check raises; every check type has a test; the table is cheap to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckslab.checks import CHECK_TYPES
from ckslab.diagnosis.cause import named_cause
from ckslab.evidence import CheckType, Outcome
from ckslab.kubernetes.denials.denial import classify
from ckslab.kubernetes.static_pod.manifest import MANIFESTS, read_manifests
from ckslab.needs.files import FolderNeed
from ckslab.needs.probe import ProbeFact
from tests.support.checks_evidence import (
    CONFIG,
    CONFIG_PATH,
    KUBECONF,
    KUBECONF_PATH,
    MANIFEST,
    MANIFEST_PATH,
    judge,
    node,
    server,
)

FEW = settings(max_examples=60, suppress_health_check=list(HealthCheck))
OUTCOMES: tuple[Outcome, ...] = ("pass", "fail", "unknown")

READERS: list[tuple[str, dict[str, Any]]] = [
    ("file", {"path": "/x", "contains": ["a"], "matches": ["^a"], "forbid": ["b$"], "lines": 3}),
    ("yaml-value", {"path": "/x", "at": "a[*].b", "equals": 1}),
    ("answer-file", {"path": "/x", "set": ["a"], "forbid": ["x"]}),
    ("answer-image", {"path": "/x", "pod": "kube-apiserver", "by": "name"}),
    ("scan-report", {"path": "/x", "pod": "kube-apiserver"}),
    ("image-reference", {"path": "/x", "at": "a"}),
    ("unchanged", {"paths": ["/x"]}),
    ("deleted", {"path": "/x"}),
    ("dockerfile", {"path": "/x", "base": {"pinned": "either"}, "every-base": True, "user": {"uid": 1}}),
    ("changed-lines", {"path": "/x", "allowed": ["^a"]}),
    (
        "static-pod",
        {"name": "kube-apiserver", "flags": {"v": {"contains": ["1"]}}, "mounts": [{"path": "/x"}]},
    ),
    ("container-path", {"pod": "kube-apiserver", "from-flag": "admission-control-config-file"}),
    ("apiserver-ready", {}),
]


def mutated(text: str) -> st.SearchStrategy[str]:
    """`text` with a piece replaced by anything, or by a piece of itself."""
    piece = st.one_of(
        st.text(max_size=20), st.sampled_from(["\t", "[", "- ", ": ", "null", "{}", "7", "&a *a", "---\n"])
    )
    place = st.integers(0, len(text))

    def build(start: int, length: int, new: str) -> str:
        return text[:start] + new + text[start + length :]

    return st.builds(build, place, st.integers(0, 60), piece)


CONTENTS = st.one_of(st.text(), mutated(MANIFEST), mutated(CONFIG), mutated(KUBECONF))
LOGS = st.lists(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from(
            [
                'E1123 16:00:00.000000 1 run.go:72] "command failed" err="no config specified"',
                'E1123 16:00:00.000000 1 run.go:72] "command failed" err="yaml: line 99: x"',
                "Error: unknown flag: --x",
                "hostPath type check failed: /x is not a file",
            ]
        ),
    ),
    max_size=3,
)


@pytest.mark.parametrize(("name", "params"), READERS, ids=[name for name, _ in READERS])
@given(content=CONTENTS, log=LOGS)
@FEW
def test_no_content_makes_a_reader_raise(name: str, params: dict[str, Any], content: str, log: list[str]) -> None:
    live = server(state="down", log=tuple(log), kubelet=tuple(log))
    for path in ("/x", MANIFEST_PATH, CONFIG_PATH, KUBECONF_PATH):
        finding = judge(name, params, node({path: content}, live))
        assert finding.outcome in OUTCOMES
        assert 0 <= finding.share <= 1


@given(CONTENTS)
@FEW
def test_every_manifest_is_a_pod_or_a_problem(content: str) -> None:
    for manifest in read_manifests(node({MANIFEST_PATH: content}).of(FolderNeed(MANIFESTS))).files:
        assert (manifest.pod is None) != (manifest.problem is None)
        if manifest.pod:
            assert manifest.pod.flags is not None
            manifest.pod.node_path(content[:50])


@given(CONTENTS, CONTENTS, LOGS)
@FEW
def test_the_cause_is_a_place_or_nothing(config: str, kubeconf: str, log: list[str]) -> None:
    cause = named_cause(node({CONFIG_PATH: config, KUBECONF_PATH: kubeconf}, server(state="down", log=tuple(log))))
    assert cause is None or cause.path.startswith("/")


@given(st.text(), st.sampled_from(["admitted", "denied", "failed"]), st.integers(0, 599))
@FEW
def test_every_answer_has_a_class(message: str, outcome: Any, code: int) -> None:
    denial = classify(ProbeFact(outcome, code, "", message))
    assert (denial is None) == (outcome != "denied" and "failed calling webhook" not in message)


def test_every_check_type_has_a_name_parameters_and_a_test() -> None:
    texts = [path.read_text() for path in Path(__file__).parent.rglob("test_*.py") if path != Path(__file__)]
    for name, check in CHECK_TYPES.items():
        assert isinstance(check, CheckType)
        assert check.name == name
        assert check.params.__doc__, f"{name}: the parameters need a docstring"
        words = (f'"{name}"', type(check).__name__ + "(")
        assert any(word in text for text in texts for word in words), f"no test names the check type {name}"


def test_the_table_of_check_types_imports_no_check() -> None:
    code = "import sys, ckslab.checks; " + (
        "print([m for m in sys.modules if m.startswith(('ckslab.', 'pydantic', 'yaml'))])"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['ckslab.lazy_table', 'ckslab.checks']"
