"""No file of a learner's or of a scenario pack makes a reader run long: each of 1 MiB, built to hurt it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.kubernetes.certificates.pem import Block, certificates, pem_blocks
from ckslab.kubernetes.yaml.json_text import duplicate_key
from ckslab.kubernetes.yaml.objects import MAX_DOCUMENTS, objects_in
from ckslab.kubernetes.yaml.text import YamlProblem, read_yaml

MIB = 1 << 20
SECONDS = 10.0
"""Of CPU: a hundred times what it takes, and far below what a quadratic reader takes."""


@pytest.mark.parametrize(
    "unit",
    [
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN A-----\nA\n",
        "-----BEGIN A-----\n-----END B-----\n",
        "-----BEGIN A-----\na: b\n",
        "-----END A-----\n",
        "-----BEGIN ",
    ],
)
@pytest.mark.parametrize("end", ["", "-----END Z-----\n"])
def test_pem(unit: str, end: str) -> None:
    begin = time.process_time()
    assert pem_blocks(unit * (MIB // len(unit)) + end) == []
    assert time.process_time() - begin < SECONDS


def test_documents_that_are_empty_or_too_many() -> None:
    begin = time.process_time()
    with pytest.raises(YamlProblem, match="more than 1000 documents"):
        objects_in("---\n" * (MIB // 4))
    assert time.process_time() - begin < SECONDS
    one = "apiVersion: v1\nkind: A\nmetadata: {name: x}\n---\n"
    assert len(objects_in(one * (MAX_DOCUMENTS - 1))) == MAX_DOCUMENTS - 1


def test_the_line_of_a_problem_counts_from_the_top_of_the_whole_text() -> None:
    one = "apiVersion: v1\nkind: A\nmetadata: {name: x}\n"
    with pytest.raises(YamlProblem) as raised:
        objects_in(f"{one}---\n{one}---\nkind: A\nx: *nowhere\n")
    assert raised.value.line == 10


def test_many_keys_of_which_the_last_comes_twice() -> None:
    begin = time.process_time()
    keys = [f'"{number}":1' for number in range(9000)]
    assert duplicate_key("{" + ",".join([*keys, keys[-1]]) + "}") == "8999"
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize(
    "text", ["[" * MIB, "{" * MIB, "- " * (MIB // 2), "a: " * (MIB // 3), "&a [*a]", "? " * (MIB // 2)]
)
def test_depth(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(YamlProblem):
        read_yaml(text)
    assert time.process_time() - begin < SECONDS


def test_many_aliases_of_one_large_value() -> None:
    begin = time.process_time()
    with pytest.raises(YamlProblem, match="aliases expanded"):
        read_yaml("a: &a [" + "1," * 5000 + "]\nb: [" + "*a," * 100_000 + "]\n")
    with pytest.raises(YamlProblem):
        read_yaml(
            "a: &a {"
            + ",".join(f"k{n}: 1" for n in range(5000))
            + "}\n"
            + "\n".join(f"b{n}: {{<<: *a}}" for n in range(9000))
        )
    assert time.process_time() - begin < SECONDS


class TestPemIsFoundAsGoFindsIt:
    """encoding/pem.Decode of Go 1.25."""

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (
                "x\n-----BEGIN A B-----  \r\nk: v\r\n\r\nQU\r\n I=\r\n-----END A B----- \t\r\n",
                [Block("A B", True, b"AB")],
            ),
            ("-----BEGIN A-----\n-----END A-----", [Block("A", False, b"")]),
            ("-----BEGIN A-----\nQUI=\n-----END A-----", [Block("A", False, b"AB")]),
            (" -----BEGIN A-----\nQUI=\n-----END A-----\n", []),
            ("-----BEGIN A-----\nQUI=\n -----END A-----\n", []),
            ("-----BEGIN A-----\nQUI=\n-----END A----- x\n", []),
            ("-----BEGIN A\nQUI=\n-----END A\n", []),
            (
                "-----BEGIN A-----\n%\n-----END A-----\n-----BEGIN A-----\nQUI=\n-----END A-----\n",
                [Block("A", False, b"AB")],
            ),
            # the first END ends it, whatever its type
            ("-----BEGIN A-----\nQUI=\n-----END B-----\n-----END A-----\n", []),
            ("-----BEGIN A-----\n-----BEGIN B-----\nQUI=\n-----END B-----\n", [Block("B", False, b"AB")]),
            ("-----BEGIN A-----\nQ\vUI=\n-----END A-----\n", []),
        ],
    )
    def test_blocks(self, text: str, found: list[Block]) -> None:
        assert pem_blocks(text) == found

    @given(
        st.lists(
            st.sampled_from(
                ["-----BEGIN A-----", "-----END A-----", "-----END B-----", "QUI=", "a: b", "\n", "\r\n", " ", "-"]
            )
        )
    )
    def test_whatever_the_text_is_it_ends(self, parts: list[str]) -> None:
        text = "".join(parts)
        # a type is all that stands between BEGIN and the last dashes of its line, dashes among it
        assert all(block.type.startswith("A") for block in pem_blocks(text))
        assert certificates(text) == []
