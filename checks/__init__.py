"""The check types by name: a file or a folder each, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ckslab.lazy_table import LazyTable

if TYPE_CHECKING:
    from ckslab.evidence import CheckType

CHECK_TYPES: LazyTable[CheckType[Any]] = LazyTable(
    {
        "admission": ("ckslab.checks.admission", "Admission"),
        "admission-config": ("ckslab.checks.admission_config", "AdmissionConfig"),
        "all-of": ("ckslab.checks.all_of", "AllOf"),
        "answer-file": ("ckslab.checks.answer_file", "AnswerFile"),
        "answer-image": ("ckslab.checks.answer_image", "AnswerImage"),
        "applied": ("ckslab.checks.applied", "Applied"),
        "apiserver-ready": ("ckslab.checks.apiserver_ready", "ApiServerReady"),
        "built-image": ("ckslab.checks.built_image", "BuiltImage"),
        "changed-lines": ("ckslab.checks.changed_lines", "ChangedLines"),
        "command": ("ckslab.checks.command", "Command"),
        "config-accepted": ("ckslab.checks.config_accepted", "ConfigAccepted"),
        "constraint": ("ckslab.checks.constraint", "Constraint"),
        "constraint-template": ("ckslab.checks.constraint_template", "ConstraintTemplate"),
        "constraint-trial": ("ckslab.checks.constraint_trial", "ConstraintTrial"),
        "container-path": ("ckslab.checks.container_path", "ContainerPath"),
        "deleted": ("ckslab.checks.deleted", "Deleted"),
        "dockerfile": ("ckslab.checks.dockerfile", "Dockerfile"),
        "file": ("ckslab.checks.file", "File"),
        "image-gate": ("ckslab.checks.image_gate", "ImageGate"),
        "image-map": ("ckslab.checks.image_map", "ImageMap"),
        "image-reference": ("ckslab.checks.image_reference", "ImageReference"),
        "mounted-volumes": ("ckslab.checks.mounted_volumes", "MountedVolumes"),
        "object": ("ckslab.checks.object", "Object"),
        "pod-refused": ("ckslab.checks.pod_refused", "PodRefused"),
        "pod-running": ("ckslab.checks.pod_running", "PodRunning"),
        "policy-matrix": ("ckslab.checks.policy_matrix", "PolicyMatrix"),
        "registry-secret": ("ckslab.checks.registry_secret", "RegistrySecret"),
        "rolled-out": ("ckslab.checks.rolled_out", "RolledOut"),
        "scan-report": ("ckslab.checks.scan_report", "ScanReportCheck"),
        "static-pod": ("ckslab.checks.static_pod", "StaticPodCheck"),
        "static-pod-image": ("ckslab.checks.static_pod_image", "StaticPodImage"),
        "stored-as": ("ckslab.checks.stored_as", "StoredAs"),
        "unchanged": ("ckslab.checks.unchanged", "Unchanged"),
        "webhook-files": ("ckslab.checks.webhook_files", "WebhookFiles"),
        "webhook-kubeconfig": ("ckslab.checks.webhook_kubeconfig", "WebhookKubeconfig"),
        "workload-images": ("ckslab.checks.workload_images", "WorkloadImages"),
        "yaml-value": ("ckslab.checks.yaml_value", "YamlValue"),
    }
)
