"""One collecting round on a running node: every kind of need, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ckslab.cluster.api import Api, NotServed
from ckslab.cluster.backend import Node
from ckslab.control_plane.deleted_policies import outlive_deleted
from ckslab.control_plane.policies import Enforcer
from ckslab.control_plane.settle import Settled
from ckslab.errors import CkslabError
from ckslab.evidence import (
    ApiServerNeed,
    CommandFact,
    CommandNeed,
    Fact,
    FileNeed,
    FolderFact,
    FolderNeed,
    InitialNeed,
    LabNeed,
    Need,
    ObjectNeed,
    ObjectsFact,
    ProbeFact,
    ProbeNeed,
    ServiceNeed,
    TrialNeed,
    Unavailable,
)
from ckslab.needs.api_server import api_server_fact
from ckslab.needs.node_files import collect_files
from ckslab.needs.probe.collect import Services, collect_probes

MAX_OUTPUT = 64 * 1024

NOT_READY = Unavailable("the API server is not ready", api_down=True)
"""Known before asking: one whose etcd is gone lets each request wait for its time-out."""


class LiveCollector:
    """Collects from a node whose control plane `settled` (None: only files are asked for).

    known gives the facts that the lab itself has: LabNeed, ServiceNeed, InitialNeed.
    """

    def __init__(
        self,
        node: Node,
        api: Api,
        settled: Settled | None,
        known: Callable[[Need], Fact | None],
        services: Services,
        add_ons: Enforcer | None = None,
    ) -> None:
        self._node = node
        self._api = api
        self._settled = settled
        self._known = known
        self._services = services
        self._add_ons = add_ons

    def __call__(self, needs: frozenset[Need]) -> Mapping[Need, Fact]:
        """A fact for every need; what cannot be found out is Unavailable."""
        groups: list[tuple[Callable[[list[Any]], Mapping[Any, Fact]], list[Need]]] = [
            (self._files, [need for need in needs if isinstance(need, FileNeed | FolderNeed)]),
            (self._api_server, [need for need in needs if isinstance(need, ApiServerNeed)]),
            (self._probes, [need for need in needs if isinstance(need, ProbeNeed)]),
            (self._trials, [need for need in needs if isinstance(need, TrialNeed)]),
            (self._objects, [need for need in needs if isinstance(need, ObjectNeed)]),
            (self._commands, [need for need in needs if isinstance(need, CommandNeed)]),
        ]
        found: dict[Need, Fact] = {}
        for need in needs:
            if isinstance(need, InitialNeed | LabNeed | ServiceNeed):
                found[need] = self._known(need) or Unavailable(f"the lab does not know {need}")
        with ThreadPoolExecutor(len(groups)) as pool:
            for result in pool.map(lambda group: _safely(*group), groups):
                found |= result
        return found

    def _files(self, needs: list[FileNeed | FolderNeed]) -> Mapping[Any, Fact]:
        return collect_files(self._node, needs)

    def _api_server(self, needs: list[ApiServerNeed]) -> Mapping[Any, Fact]:
        assert self._settled is not None, "live needs are asked for only where the control plane settled"
        return dict.fromkeys(needs, api_server_fact(self._node, self._api, self._settled))

    def _probes(self, needs: list[ProbeNeed]) -> Mapping[Any, Fact]:
        if self._settled is not None and self._settled.state == "ended":
            return dict.fromkeys(needs, ProbeFact("failed", 0, "", "the API server is down"))
        if not self._api.ready():
            return dict.fromkeys(needs, NOT_READY)

        def send(some: Iterable[ProbeNeed]) -> dict[ProbeNeed, Fact]:
            return collect_probes(self._node, self._api, some, self._services)

        return outlive_deleted(self._api, send, send(needs), self._add_ons)

    def _trials(self, needs: list[TrialNeed]) -> Mapping[Any, Fact]:
        from ckslab.add_ons.gatekeeper.trial import try_policies  # only where files alone are graded

        folders = collect_files(self._node, {FolderNeed(need.folder) for need in needs})
        found = {need: folders[FolderNeed(need.folder)] for need in needs}
        return {need: try_policies(fact, need) for need, fact in found.items() if isinstance(fact, FolderFact)}

    def _objects(self, needs: list[ObjectNeed]) -> Mapping[Any, Fact]:
        if not self._api.ready():
            return dict.fromkeys(needs, NOT_READY)
        return {need: self._object(need) for need in needs}

    def _object(self, need: ObjectNeed) -> Fact:
        try:
            path = self._api.path_of(need.api_version, need.kind, need.namespace, need.name)
        except NotServed:
            return ObjectsFact((), served=False)
        except CkslabError as error:
            return Unavailable(error.message, api_down=not self._api.ready())
        answer = self._api.request("GET", path)
        if answer.status == 404:
            return ObjectsFact(())
        if answer.status != 200:
            return Unavailable(f"the API server did not answer: {answer.text[:200]}", api_down=answer.status == 0)
        return ObjectsFact((answer.body,) if need.name else tuple(answer.body.get("items", ())))

    def _commands(self, needs: list[CommandNeed]) -> Mapping[Any, Fact]:
        return {need: self._command(need) for need in needs}

    def _command(self, need: CommandNeed) -> Fact:
        try:
            done = self._node.run(list(need.argv), timeout=20)
        except TimeoutError as error:
            return Unavailable(str(error))
        stdout, stderr = (text[:MAX_OUTPUT].decode(errors="replace") for text in (done.stdout, done.stderr))
        return CommandFact(done.returncode, stdout, stderr)


def _safely(collect: Callable[[list[Any]], Mapping[Any, Fact]], needs: Iterable[Need]) -> Mapping[Need, Fact]:
    wanted = list(needs)
    if not wanted:
        return {}
    try:
        return collect(wanted)
    except (CkslabError, TimeoutError) as error:
        return dict.fromkeys(wanted, Unavailable(str(error)))
