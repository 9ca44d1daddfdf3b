"""`unchanged`: files and API objects are as they were when the lab began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, model_validator

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.node_file import FileFact, differs, kind_text
from ckslab.kubernetes.yaml.objects import labelled, title
from ckslab.kubernetes.yaml.set_parts import set_parts
from ckslab.matching.matcher import MISSING, shown
from ckslab.matching.value_path import ValuePath, select, without
from ckslab.needs.files import FileNeed, InitialNeed
from ckslab.needs.objects import InitialObjectNeed, ObjectNeed
from ckslab.strict import NodePath
from ckslab.text_lines import lines_of


class InitialObjects(Params):
    """Which objects, as they were chosen at the start: api-version, kind, namespace, name, labels.

    fields: paths of the values that stay. except: paths of those that need not, while all else that somebody has
    set does; items of lists that have names may change places. Without both all that was set stays, and the objects
    are not made anew.
    """

    api_version: str
    kind: str
    namespace: str | None = None
    name: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    fields: tuple[ValuePath, ...] = ()
    except_: tuple[ValuePath, ...] = Field((), alias="except")

    @model_validator(mode="after")
    def _one_way(self) -> InitialObjects:
        if self.fields and self.except_:
            raise ValueError("give fields or except: one says what stays, the other what need not")
        return self

    @property
    def now(self) -> ObjectNeed:
        """The objects as they are."""
        return ObjectNeed(self.api_version, self.kind, self.namespace, self.name)

    @property
    def then(self) -> InitialObjectNeed:
        """The objects as they were."""
        return InitialObjectNeed(self.api_version, self.kind, self.namespace, self.name)


class UnchangedParams(Params):
    """One or more of these. paths: node files. copies: node file -> the file whose first content it has.

    objects: API objects, in a scenario whose API server runs from the start.
    """

    paths: tuple[NodePath, ...] = ()
    copies: dict[NodePath, NodePath] = Field(default_factory=dict)
    objects: tuple[InitialObjects, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> UnchangedParams:
        if not (self.paths or self.copies or self.objects):
            raise ValueError("asserts nothing: give paths, copies or objects")
        return self

    @property
    def files(self) -> dict[str, str]:
        """Each file, and the file whose first content it has."""
        return {path: path for path in self.paths} | self.copies


class Unchanged(CheckType[UnchangedParams]):
    """Protects what the task leaves alone."""

    name = "unchanged"
    params = UnchangedParams

    def needs(self, params: UnchangedParams) -> Iterable[Need]:
        """Each file and all objects, now and then."""
        for path, source in params.files.items():
            yield from (FileNeed(path), InitialNeed(source))
        for chosen in params.objects:
            yield from (chosen.now, chosen.then)

    def expected(self, params: UnchangedParams) -> str:
        """The statement in words."""
        what = [*params.files, *(f"the {one.kind} objects" for one in params.objects)]
        return f"{', '.join(what)} as at the start"

    def judge(self, params: UnchangedParams, evidence: Evidence) -> Finding:
        """The first that differs."""
        evidence.ask(self.needs(params))
        for path, source in params.files.items():
            now, then = evidence.of(FileNeed(path)), evidence.of(InitialNeed(source))
            if differs(now, then) or (path == source and now.target and not then.target):
                return _other_file(now, then, path, source)
        for chosen in params.objects:
            if found := _other_object(chosen, evidence):
                return found
        return passed()

    def paths(self, params: UnchangedParams) -> Iterable[str]:
        """The files, and those they were copied from."""
        return [*params.files, *params.files.values()]


def _other_file(now: FileFact, then: FileFact, path: str, source: str) -> Finding:
    expected = f"{path} as it was" if path == source else f"{path} with what {source} held at the start"
    changed = "its content changed" if path == source else "its content is another"
    seen = changed if now.kind == then.kind else kind_text(now)
    if path == source and now.target and not then.target:
        seen = f"it is a symbolic link to {now.target}"
    return failed(expected, seen, Where(path, _changed_line(now.text, then.text)))


def _changed_line(now: str | None, then: str | None) -> int | None:
    """The first line that is different, None if one of the texts is not known."""
    if now is None or then is None:
        return None
    old = lines_of(then)
    for number, line in enumerate(lines_of(now), 1):
        if number > len(old) or old[number - 1] != line:
            return number
    return None


def _other_object(chosen: InitialObjects, evidence: Evidence) -> Finding | None:
    then = [item for item in evidence.of(chosen.then).items if labelled(item, chosen.labels)]
    now = {title(item): item for item in evidence.of(chosen.now).items}
    wrong = {title(item): why for item in then if (why := _change(item, now.get(title(item)), chosen))}
    if not wrong:
        return None
    first, why = next(iter(wrong.items()))
    more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    expected = f"{len(then)} {chosen.kind} {'object' if len(then) == 1 else 'objects'} as at the start"
    return failed(expected, f"{first}: {why}{more}")


def _change(then: Mapping[str, Any], now: Mapping[str, Any] | None, chosen: InitialObjects) -> str:
    """What became of an object; "" if nothing did."""
    if now is None:
        return "it is gone"
    if now["metadata"].get("deletionTimestamp"):
        return "it is being deleted"
    if chosen.fields:
        path = next((path for path in chosen.fields if select(then, path) != select(now, path)), "")
        return f"{path} was {_value(then, path)} and is {_value(now, path)}" if path else ""
    free = chosen.except_
    if not free and now["metadata"].get("uid") != then["metadata"].get("uid"):
        return "it was deleted and made anew"
    was, is_ = (set_parts(without(item, free), chosen.kind, in_order=not free) for item in (then, now))
    other = [path for path in (*was, *is_) if was.get(path, MISSING) != is_.get(path, MISSING)]
    for path in other:
        if not any(one.startswith((f"{path}.", f"{path}[")) for one in other):  # an empty mapping has got a key
            return f"{path} was {shown(was.get(path, MISSING))} and is {shown(is_.get(path, MISSING))}"
    return ""


def _value(item: Mapping[str, Any], path: ValuePath) -> str:
    return ", ".join(shown(value) for _, value in select(item, path)) or shown(MISSING)
