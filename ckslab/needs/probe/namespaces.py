"""Namespaces that are made for probes, and removed after them.

A policy for every namespace, now and later, must hold in one that nobody could name before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from ckslab.cluster.api import Answer, Api
from ckslab.control_plane.listed import listed, name_of
from ckslab.needs.probe import NewNamespace
from ckslab.needs.probe.draw import Draw
from ckslab.waiting import polls

MARK = "ckslab/made-for-grading"
"""The annotation of what is made for probes: what a grading that died has left is removed by the next one. It is
no label, because a policy's selector could tell it."""

NAMESPACES = "/api/v1/namespaces"
ACCOUNT_SECONDS = 10.0
SIDE_BY_SIDE = 8


@contextmanager
def made_namespaces(
    api: Api, wanted: Collection[NewNamespace], draw: Draw
) -> Iterator[Mapping[NewNamespace, str | Answer]]:
    """Each namespace's name while it is there, or the answer that its creation met instead.

    They are deleted after, which takes the cluster some seconds: nobody waits for it.
    """
    if not wanted:
        yield {}
        return
    names = _names(wanted, _remove_left(api), draw)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        try:
            yield dict(zip(names, pool.map(lambda one: _make(api, names[one], one), names), strict=True))
        finally:
            list(pool.map(lambda name: _remove_own(api, name), names.values()))


def is_marked(item: Mapping[str, Any]) -> bool:
    """Whether an object was made for probes."""
    return MARK in (item["metadata"].get("annotations") or {})


def _remove_left(api: Api) -> frozenset[str]:
    """All names that are taken; what a grading that died has left is being removed."""
    items = list(listed(api, NAMESPACES))
    for item in items:
        if is_marked(item) and "deletionTimestamp" not in item["metadata"]:
            _remove(api, name_of(item))
    return frozenset(name_of(item) for item in items)


def _names(wanted: Collection[NewNamespace], taken: frozenset[str], draw: Draw) -> dict[NewNamespace, str]:
    names: dict[NewNamespace, str] = {}
    for one in sorted(wanted, key=lambda one: (one.name, one.labels)):
        names[one] = _free_name(one.name or draw.namespace(str(one.labels)), {*taken, *names.values()})
    return names


def _free_name(name: str, taken: Collection[str]) -> str:
    number, free = 1, name
    while free in taken:  # the learner's own, or one of the last grade that is still being removed
        number += 1
        free = f"{name}-{number}"
    return free


def _make(api: Api, name: str, wanted: NewNamespace) -> str | Answer:
    """The name once pods can be created there: before its service account is there, none can."""
    metadata = {"name": name, "labels": dict(wanted.labels), "annotations": {MARK: ""}}
    made = api.request("POST", NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    if made.status != 201:
        return made
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    accounts = f"{NAMESPACES}/{name}/serviceaccounts"
    # the controller manager makes it, too, a moment later
    if api.request("POST", accounts, account).status not in (201, 409):
        for _ in polls(ACCOUNT_SECONDS, every=0.1):
            if api.request("GET", f"{accounts}/default").status == 200:
                break
    return name


def _remove_own(api: Api, name: str) -> None:
    """Remove a namespace if it was made, by us: one whose creation failed half-way may be there, or another's."""
    there = api.request("GET", f"{NAMESPACES}/{name}")
    if there.status == 200 and is_marked(there.body):
        _remove(api, name)


def _remove(api: Api, name: str) -> None:
    api.request("DELETE", f"{NAMESPACES}/{name}")
