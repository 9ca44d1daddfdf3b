"""One grading has one budget, live and from files: what would cost more is undecided, whatever hands it in."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ckslab.errors import few
from ckslab.evidence import Evidence, Fact, FileFact, FolderFact, Need, NotAvailable, Unavailable
from ckslab.grading import budget as module
from ckslab.grading.budget import MAX_BYTES, MAX_NODES, MAX_SECONDS, Budget, nodes
from ckslab.grading.rounds import collect_until
from ckslab.kubernetes.yaml.text import YamlProblem, read_yaml
from ckslab.lab.grade_files import grade_handed_in
from ckslab.needs.files import FileNeed, FolderNeed

SCENARIOS = Path(__file__).parents[2] / "scenarios"


class Node:
    """Holds the same text at every path."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rounds = 0

    def __call__(self, needs: frozenset[Need]) -> Mapping[Need, Fact]:
        self.rounds += 1
        return {need: FileFact(need.path, "file", text=self.text) for need in needs if isinstance(need, FileNeed)}


def paths(count: int) -> frozenset[Need]:
    return frozenset(FileNeed(f"/{number:03}") for number in range(count))


@pytest.mark.parametrize("text", ["x" * (1 << 20), "x: y\n" * 10_000])
def test_what_is_beyond_the_budget_is_the_same_each_time(text: str) -> None:
    def refused() -> list[str]:
        found = Budget().within(Node(text))(paths(20))
        return sorted(need.path for need, fact in found.items() if isinstance(fact, Unavailable))  # type: ignore[attr-defined]

    first = refused()
    assert 0 < len(first) < 20
    assert first[-1] == "/019"
    assert refused() == first


def test_rounds_share_one_budget_and_what_an_ordinary_grade_reads_is_far_below_it() -> None:
    collect = Budget().within(Node("x" * (MAX_BYTES // 2)))
    assert not isinstance(collect(paths(1))[FileNeed("/000")], Unavailable)
    assert not isinstance(collect(frozenset([FileNeed("/b")]))[FileNeed("/b")], Unavailable)
    assert isinstance(collect(frozenset([FileNeed("/c")]))[FileNeed("/c")], Unavailable)
    manifest = next((Path(__file__).parents[1] / "support" / "kubeadm").rglob("kube-apiserver.yaml")).read_text()
    assert nodes(manifest) * 50 < MAX_NODES


def test_a_folder_costs_what_lies_in_it() -> None:
    files = {str(number): FileFact(f"/f/{number}", "file", text="- a\n" * 10_000) for number in range(20)}
    fact = FolderFact(FileFact("/f", "folder"), files)
    found = Budget().within(lambda needs: dict.fromkeys(needs, fact))(frozenset([FolderNeed("/f")]))
    assert isinstance(found[FolderNeed("/f")], Unavailable)


def test_after_its_time_nothing_more_is_asked() -> None:
    now = [0.0]
    node = Node("x")
    collect = Budget(lambda: now[0]).within(node)
    collect(paths(1))
    now[0] = MAX_SECONDS + 1
    assert all(isinstance(fact, Unavailable) for fact in collect(paths(2)).values())
    assert node.rounds == 1


def test_every_judgement_has_one() -> None:
    def judge(evidence: Evidence) -> str:
        return "".join(evidence.of(FileNeed(f"/{number}")).text or "" for number in range(20))

    with pytest.raises(NotAvailable, match="one grading reads 16 MiB"):
        collect_until(judge, Node("x" * (1 << 20)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, st.sampled_from([None, True, False]))
def test_as_many_values_are_paid_as_are_made(value: Any, flow: bool | None) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    try:
        assert nodes(text) >= read_yaml(text).size
    except YamlProblem:
        return


@given(st.text('a:-?[]{},\n \t"', max_size=40))
def test_as_many_are_paid_whatever_the_text_is(text: str) -> None:
    try:
        assert nodes(text) >= read_yaml(text, unique_keys=False).size
    except YamlProblem:
        return


def archive(path: Path, pad: str) -> Path:
    """60 manifests of 60 KB, of which one is the API server's."""
    own = next((Path(__file__).parents[1] / "support" / "kubeadm").rglob("kube-apiserver.yaml")).read_text()
    with tarfile.open(path, "w:gz") as tar:
        for number in range(60):
            text = own.replace("name: kube-apiserver\n", f"name: pod-{number}\n", 1) if number else own
            data = (text + pad).encode()
            info = tarfile.TarInfo(f"etc/kubernetes/manifests/{'kube-apiserver' if not number else number}.yaml")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("pad", ["x: [" + ",".join(["[]"] * 9000) + "]\n", "x:\n" + "- a: b\n" * 6000])
def test_an_archive_of_many_large_manifests_costs_little_and_loses_no_points(tmp_path: Path, pad: str) -> None:
    begin = time.process_time()
    graded = grade_handed_in(archive(tmp_path / "big.tgz", pad), "ipw-classic", [SCENARIOS])
    assert time.process_time() - begin < 5
    assert {check.outcome for check in graded.checks} == {"unknown"}
    assert any(f"{module.MAX_NODES} values" in check.observed for check in graded.checks)


def test_a_list_of_a_strangers_length_names_five_and_counts_the_rest() -> None:
    assert few(["a", "b"]) == "a, b"
    assert few(map(str, range(5))) == "0, 1, 2, 3, 4"
    assert few(map(str, range(1500)), "; ") == "0; 1; 2; 3; 4 and 1495 more"
