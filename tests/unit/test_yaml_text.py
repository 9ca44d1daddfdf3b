"""read_yaml reads learners' YAML as Kubernetes does, within bounds, and raises nothing but YamlProblem."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckslab.kubernetes.yaml.text import MAX_BYTES, Document, YamlProblem, read_yaml

# Seen through sigs.k8s.io/yaml v1.6.0 (YAMLToJSON).
SCALARS: list[tuple[str, Any]] = [
    ("yes", True),
    ("No", False),
    ("on", True),
    ("OFF", False),
    ("y", True),
    ("tRUE", "tRUE"),
    ("", None),
    ("~", None),
    ("Null", None),
    ("nULL", "nULL"),
    ("nil", "nil"),
    ("50", 50),
    ("+50", 50),
    ("-1", -1),
    ("010", 8),
    ("0o10", 8),
    ("08", 8),
    ("0x1F", 31),
    ("0b11", 3),
    ("5_0", 50),
    ("1:30", "1:30"),
    ("50s", "50s"),
    ("1e2", 100),
    ("50.0", 50),
    ("0.5", 0.5),
    (".5", 0.5),
    ("1e999", "1e999"),
    ("18446744073709551615", 18446744073709551615),
    ("18446744073709551616", 18446744073709551616),
    ("2020-01-02", "2020-01-02"),
    ("'50'", "50"),
    ('"yes"', "yes"),
    ("!!str 5", "5"),
    ('!!int "5"', 5),
    ("!!float 5", 5),
    ("!mine x", "x"),
    ("!!binary aGk=", "hi"),
    ("0o", "0o"),
    ("-", [None]),
    ("<<", "<<"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_scalar_means_what_it_means_to_kubernetes(text: str, value: Any) -> None:
    """YAML 1.1 as go-yaml v2 has it, then JSON."""
    assert read_yaml(f"key:\n  {text}\n").value == {"key": value}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'key "a" already set in map'),
        ("a:\n\t- b\n", 2, "found character that cannot start any token"),
        ("a: &x [*x]\n", 1, "contains itself"),
        ("a: *x\n", 1, "unknown anchor 'x' referenced"),
        ("a: 1\n~: 2\n", 2, "unsupported map key"),
        ("{[1]: 2}\n", 1, "invalid map key"),
        ("a: .inf\n", 1, "unsupported value"),
        ("a: !!int x\n", 1, "cannot decode !!str `x` as a !!int"),
        ("a: !!binary '%'\n", 1, "base64"),
        ("a: {<<: 5}\n", 1, "map merge requires map"),
        ("a: 1\nb\n", 3, "could not find expected ':'"),
        ("ok: 1\nbad: \x07\n", 2, "control characters are not allowed"),
        ("\ud800", None, "not valid UTF-8"),
        ("[" * 5000, 1, "nested deeper than 40 levels"),
        ("- " * 5000, 1, "nested deeper than 40 levels"),
        ("a\n" * MAX_BYTES, None, "larger than"),
        ("[" + "1," * 20_001 + "]", 1, "more than 20000 values"),
        ("%YAML 3.0\n---\na: 1", 1, "incompatible YAML document"),
    ],
)
def test_a_problem_has_its_line_and_its_words(text: str, line: int | None, words: str) -> None:
    """The line is the learner's, from 1."""
    with pytest.raises(YamlProblem) as caught:
        read_yaml(text)
    assert words in caught.value.reason
    assert caught.value.line == line


def test_aliases_count_as_often_as_they_are_used() -> None:
    """Nine levels of ten aliases would be a billion values."""
    levels = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    began = time.monotonic()
    with pytest.raises(YamlProblem, match="aliases expanded"):
        read_yaml("\n".join(levels))
    assert time.monotonic() - began < 1


def test_depth_counts_through_aliases() -> None:
    """Thirty levels behind an alias, fifteen before it."""
    deep = "[" * 30 + "]" * 30
    with pytest.raises(YamlProblem, match="nested deeper"):
        read_yaml(f"a: &a {deep}\nb: {'[' * 15}*a{']' * 15}")


def test_equal_keys_are_allowed_where_kubernetes_allows_them() -> None:
    """The last one wins."""
    assert read_yaml("a: 1\na: 2", unique_keys=False).value == {"a": 2}


def test_merge_keys_are_taken_in_their_place() -> None:
    """go-yaml v2: what stands later wins; with unique keys it is a duplicate."""
    text = "x: &x {a: 1, b: 1}\nc: {<<: *x, b: 2}\nd: {b: 2, <<: *x}\ne: {<<: [{a: 5}, *x]}\n"
    value = read_yaml(text, unique_keys=False).value
    assert (value["c"], value["d"], value["e"]) == ({"a": 1, "b": 2}, {"a": 1, "b": 1}, {"a": 5, "b": 1})
    with pytest.raises(YamlProblem, match="already set"):
        read_yaml(text)


def test_only_the_first_document_counts() -> None:
    """Even if what follows is broken."""
    assert read_yaml("a: 1\n---\n]") == Document({"a": 1}, more=True)
    assert read_yaml("---\na: 1\n...\n") == Document({"a": 1}, more=False)


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "null"])
def test_an_empty_document_is_none(text: str) -> None:
    """And it has no lines to speak of."""
    document = read_yaml(text)
    assert document.value is None
    assert document.line("a", 0) in (None, 1, 2)


def test_byte_order_mark_and_crlf_are_harmless() -> None:
    """As on Windows."""
    document = read_yaml("\ufeffa: 1\r\nb: [x,\r\n z]\r\n")
    assert (document.value, document.line("b", 1)) == ({"a": 1, "b": ["x", "z"]}, 3)


def test_lines_lead_to_keys_items_and_nearest_parents() -> None:
    """What is missing would stand in its parent."""
    document = read_yaml("a:\n  b:\n  - c: 1\n  - c: 2\n    d: &d\n      e: 3\nf: *d\n1: x\n")
    assert document.line() == 1
    assert document.line("a", "b") == 2
    assert document.line("a", "b", 1, "c") == 4
    assert document.line("a", "b", 1, "none", "deeper") == 4
    assert document.line("a", "b", 7) == 2
    assert document.line("f") == 7
    assert document.line("f", "e") == 6
    assert document.line("1") == 8
    assert document.line("nothing") == 1


YAML_BITS = st.lists(
    st.sampled_from(
        [
            "a",
            ": ",
            "- ",
            "\n",
            "  ",
            "\t",
            "[",
            "]",
            "{",
            "}",
            ",",
            "&a ",
            "*a",
            "!!int ",
            "!x ",
            "|\n",
            ">-\n",
            '"',
            "'",
            "#",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "? ",
            "<<: ",
            "~",
            "0x",
            "1e9",
            "\ufeff",
            "\x00",
            "\ud800",
            "é",
            "\\U00110000",
        ]
    ),
    max_size=40,
).map("".join)


@given(st.one_of(st.text(), YAML_BITS), st.booleans())
@settings(max_examples=600, deadline=None)
def test_any_text_gives_a_document_or_a_problem(text: str, unique: bool) -> None:
    """Nothing else is raised, and lines lie in the text."""
    try:
        document = read_yaml(text, unique_keys=unique)
    except YamlProblem:
        return
    json.dumps(document.value, allow_nan=False)
    line = document.line("a", 0, "b")
    assert line is None or line >= 1


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc<é", max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
@settings(deadline=None)
def test_json_is_yaml(value: Any) -> None:
    """What json.dumps writes reads back (go-yaml takes no halves of surrogate pairs as escapes)."""
    assert read_yaml(json.dumps({"v": value}, ensure_ascii=False)).value == {"v": value}
