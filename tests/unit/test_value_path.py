"""Paths into values: one language for what checks look at and what steps edit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.matching.matcher import MISSING
from ckslab.matching.value_path import Item, parse, parse_place, select, without

POD = {
    "metadata": {"labels": {"app.kubernetes.io/name": "web"}},
    "spec": {"containers": [{"name": "web", "image": "a"}, {"name": "side", "image": "b", "port": 80}]},
}

FOUND = [
    ("", [((), POD)]),
    ('metadata.labels["app.kubernetes.io/name"]', [(("metadata", "labels", "app.kubernetes.io/name"), "web")]),
    ("spec.containers[1].image", [(("spec", "containers", 1, "image"), "b")]),
    (
        "spec.containers[*].image",
        [(("spec", "containers", 0, "image"), "a"), (("spec", "containers", 1, "image"), "b")],
    ),
    ("spec.containers[name=side].image", [(("spec", "containers", 1, "image"), "b")]),
    ("spec.containers[port=80].name", [(("spec", "containers", 1, "name"), "side")]),
    ("spec.containers[name=gone].image", [(("spec", "containers", "name=gone"), MISSING)]),
    ("spec.containers[2].image", [(("spec", "containers", 2), MISSING)]),
    ("spec.volumes[*].name", [(("spec", "volumes"), MISSING)]),
    ("metadata[*]", []),
    ("spec.name.first", [(("spec", "name"), MISSING)]),
]


@pytest.mark.parametrize(("path", "found"), FOUND)
def test_what_is_found(path: str, found: list[tuple[tuple[str | int, ...], Any]]) -> None:
    assert select(POD, path) == found


@pytest.mark.parametrize("path", ["a..b", ".a", "a.", "a[", "a[]", "a[-1]", "a[=b]", 'a["b]', "a[9999999999]"])
def test_no_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"is not a path like a\.b\[0\]\.c"):
        parse(path)
    with pytest.raises(ValueError, match="is not a path like"):
        parse_place(path)


def test_an_edit_is_at_one_place_below_the_root() -> None:
    assert parse_place('a[name=web]["x.y/z"][3]') == ("a", Item("name", "web"), "x.y/z", 3)
    with pytest.raises(ValueError, match="means every item: name one"):
        parse_place("a[*].b")
    with pytest.raises(ValueError, match="is not a path like"):
        parse_place("")


KEY = st.text(st.characters(blacklist_characters='.[]="'), min_size=1, max_size=5)


@given(
    st.lists(KEY | st.integers(0, 999) | st.none() | st.builds(Item, KEY.filter(lambda key: "'" not in key), KEY))
)
def test_what_is_written_is_read(steps: list[Any]) -> None:
    written = ""
    for step in steps:
        if isinstance(step, str):
            written += f'["{step}"]' if "'" in step else ("." if written else "") + step
        elif isinstance(step, Item):
            written += f"[{step.key}={step.value}]"
        else:
            written += "[*]" if step is None else f"[{step}]"
    assert parse(written) == tuple(steps)


@given(
    st.text(alphabet="ab.[]*=0\"'"),
    st.recursive(st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("ab"), inner)),
)
def test_any_text_is_a_path_or_an_error(path: str, value: Any) -> None:
    try:
        parse(path)
    except ValueError:
        return
    for place, found in select(value, path):
        here = value
        for step in () if found is MISSING else place:
            here = here[step]
        assert found is MISSING or here == found


def test_a_copy_without_some_values_is_made_and_the_value_stays() -> None:
    value = {"a": [{"name": "x", "image": "1"}, {"name": "y"}], "m": {"p.q/r": 1, "s": 2}}
    left = without(value, ["a[*].image", 'm["p.q/r"]', "none.at.all", "a[name=z].image"])
    assert left == {"a": [{"name": "x"}, {"name": "y"}], "m": {"s": 2}}
    assert "image" in value["a"][0]


def test_what_held_nothing_but_what_is_left_out_is_left_out_too() -> None:
    """An annotation that is free is so where it is the first one, too."""
    path = 'm.a["x.y/z"]'
    assert without({"m": {"a": {"x.y/z": 1}, "b": 1}}, [path]) == {"m": {"b": 1}}
    assert without({"m": {"a": {}, "b": 1}}, [path]) == {"m": {"a": {}, "b": 1}}
    assert without({"l": [{"m": {"k": 1}}, {"m": {"k": 1, "o": 1}}]}, ["l[*].m.k"]) == {"l": [{}, {"m": {"o": 1}}]}
