"""The check types by name; each is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ckslab.evidence import CheckType

_PLACES = {
    "admission": ("admission", "Admission"),
    "admission-config": ("admission_config", "AdmissionConfig"),
    "all-of": ("all_of", "AllOf"),
    "answer-file": ("answer_file", "AnswerFile"),
    "apiserver-ready": ("apiserver_ready", "ApiServerReady"),
    "command": ("command", "Command"),
    "config-accepted": ("config_accepted", "ConfigAccepted"),
    "constraint": ("constraint", "Constraint"),
    "constraint-template": ("constraint_template", "ConstraintTemplate"),
    "container-path": ("container_path", "ContainerPath"),
    "file": ("file", "File"),
    "image-reference": ("image_reference", "ImageReference"),
    "object": ("object", "Object"),
    "pod-running": ("pod_running", "PodRunning"),
    "policy-matrix": ("policy_matrix", "PolicyMatrix"),
    "static-pod": ("static_pod", "StaticPodCheck"),
    "unchanged": ("unchanged", "Unchanged"),
    "webhook-kubeconfig": ("webhook_kubeconfig", "WebhookKubeconfig"),
    "yaml-value": ("yaml_value", "YamlValue"),
}


class _CheckTypes(Mapping[str, "CheckType[Any]"]):
    """Name -> check type. Importing all of them would cost every command what only grading needs."""

    def __init__(self) -> None:
        self._known: dict[str, CheckType[Any]] = {}

    def __getitem__(self, name: str) -> CheckType[Any]:
        if name not in self._known:
            module, attribute = _PLACES[name]
            self._known[name] = getattr(import_module(f"ckslab.checks.{module}"), attribute)()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


CHECK_TYPES: Mapping[str, CheckType[Any]] = _CheckTypes()
"""All check types; KeyError for a name that is none."""
