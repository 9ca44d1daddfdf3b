"""What loads, and is most likely a slip: an object of a kind that nobody serves, a namespace that is not used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckslab.errors import nearest
from ckslab.kubernetes.v1_35.served_kinds import SERVED_KINDS, is_of_kubernetes
from ckslab.scenario.actions import Apply, Step
from ckslab.scenario.answers.model import SOLUTION, Answers
from ckslab.scenario.loading.source import Problem
from ckslab.scenario.model import Scenario
from ckslab.scenario.rules.lint import _mappings as mappings


def warnings(scenario: Scenario, answers: Answers) -> list[Problem]:
    """What an author should look at, in the order of the files' lines."""
    return sorted({*_kinds(scenario, answers), *_namespaces(scenario)})


def _kinds(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    for item in scenario.setup.objects:
        if problem := _unserved(item):
            yield Problem(str(scenario.folder / "scenario.yaml"), 1, f"setup.objects: {problem}")
    for name in (SOLUTION, *answers.answers):
        answer = answers.answer(name)
        for step in answer.own_steps():
            for item in _applied(step):
                if problem := _unserved(item):
                    text = f"answer {name!r}, step {step.name!r}: {problem}"
                    yield Problem(str(answers.file), answer.line, text)


def _applied(step: Step) -> tuple[Mapping[str, Any], ...]:
    return step.action.objects if isinstance(step.action, Apply) else ()


def _unserved(item: Mapping[str, Any]) -> str:
    """Why the API server has no such kind; "" where it has, or where a definition may bring it."""
    version, kind = str(item.get("apiVersion")), str(item.get("kind"))
    if not is_of_kubernetes(version):
        return ""
    if version not in SERVED_KINDS:
        return f"no API version {version!r}{nearest(version, SERVED_KINDS)}"
    if kind not in SERVED_KINDS[version]:
        return f"{version} has no kind {kind!r}{nearest(kind, SERVED_KINDS[version])}"
    return ""


def _namespaces(scenario: Scenario) -> Iterator[Problem]:
    """Probes send their manifest to the namespace of the probe, or of the row."""
    for check in scenario.checks:
        for probe in mappings(check.params.model_dump(by_alias=True)):
            manifest = probe.get("manifest")
            metadata = manifest.get("metadata") if isinstance(manifest, Mapping) else None
            named = metadata.get("namespace") if isinstance(metadata, Mapping) else None
            used = probe.get("namespace")
            if named is not None and used is not None and named != used:
                message = (
                    f"check {check.id!r}: a manifest names the namespace {named!r}, and is tried in {used!r}: "
                    f"write `namespace: {named}` beside `manifest`"
                )
                yield Problem(str(scenario.folder / "scenario.yaml"), check.line, message)
