"""`applied`: what a manifest file says is what the cluster holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.node_file import FileFact, kind_text
from ckslab.kubernetes.yaml.objects import objects_in
from ckslab.kubernetes.yaml.text import YamlProblem
from ckslab.matching.matcher import MISSING, shown
from ckslab.needs.files import FileNeed
from ckslab.needs.objects import ObjectNeed
from ckslab.strict import NodePath


class AppliedParams(Params):
    """path: a YAML file of the node. kind, name, namespace: the object that stands in it, and in the cluster."""

    path: NodePath
    kind: str
    name: str
    namespace: str | None = None


class Applied(CheckType[AppliedParams]):
    """All that the file says of the object holds in the cluster; what the file leaves open is free.

    Values are compared as they are written: for custom resources that is what the API server keeps.
    """

    name = "applied"
    params = AppliedParams

    def needs(self, params: AppliedParams) -> Iterable[Need]:
        """The file; the object's API version stands in it."""
        return [FileNeed(params.path)]

    def live(self, params: AppliedParams) -> bool:
        """Always."""
        return True

    def expected(self, params: AppliedParams) -> str:
        """The statement in words."""
        return f"the {params.kind} {params.name} of {params.path} as it stands there"

    def judge(self, params: AppliedParams, evidence: Evidence) -> Finding:
        """What is wrong with the file first, then with what the cluster holds."""
        expected = self.expected(params)
        wrong, written = _written(params, evidence.of(FileNeed(params.path)))
        if written is None:
            return failed(expected, wrong, Where(params.path))
        need = ObjectNeed(str(written["apiVersion"]), params.kind, params.namespace, params.name)
        fact = evidence.of(need)
        where = Where(params.path)
        if not fact.served:
            return failed(expected, f"the API server serves no {params.kind} of {need.api_version}", where)
        if not fact.items:
            return failed(expected, "the cluster has none of that name", where)
        differing = _differing({key: written[key] for key in written if key != "status"}, fact.items[0])
        return failed(expected, f"in the cluster {differing}", where) if differing else passed()


def _written(params: AppliedParams, file: FileFact) -> tuple[str, Mapping[str, Any] | None]:
    """What is wrong with the file ("" if nothing is), and the object in it."""
    if file.text is None:
        return kind_text(file), None
    try:
        found = objects_in(file.text)
    except YamlProblem as problem:
        return f"line {problem.line or 1}: {problem.reason}", None
    for one in found:
        if (one["kind"], one["metadata"].get("name")) == (params.kind, params.name):
            return "", one
    there = ", ".join(f"{one['kind']} {one['metadata'].get('name')}" for one in found[:5])
    return f"the file holds {there or 'no object'}", None


def _differing(written: Any, there: Any, at: str = "") -> str:
    """The first place where the cluster holds something else than is written; "" if there is none."""
    if isinstance(written, Mapping) and isinstance(there, Mapping):
        for key, value in written.items():
            held = there.get(key, MISSING)
            if value in (None, {}, []) and held is MISSING:
                continue  # kubectl and the API server drop what is empty
            if found := _differing(value, held, f"{at}.{key}" if at else str(key)):
                return found
        return ""
    if isinstance(written, list) and isinstance(there, list) and len(written) == len(there):
        pairs = enumerate(zip(written, there, strict=True))
        return next(filter(None, (_differing(one, held, f"{at}[{i}]") for i, (one, held) in pairs)), "")
    return "" if written == there else f"{at} is {shown(there)}"
