"""The kubelet's own settings, as far as they decide how soon it takes up what somebody has saved."""

from __future__ import annotations

import re

from ckslab.kubernetes.yaml.text import YamlProblem, shared_yaml

KUBELET_CONFIG = "/var/lib/kubelet/config.yaml"

FILE_CHECK_SECONDS = 20.0
"""What the kubelet takes where fileCheckFrequency is not set, or 0 (SetDefaults_KubeletConfiguration, v1.35)."""

HOUSEKEEPING_SECONDS = 2.0
"""How often it ends what should not run any more: no setting (housekeepingPeriod in pkg/kubelet, v1.35)."""

_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|ns|h|m|s)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def file_check_seconds(text: str | None) -> float:
    """How often a kubelet with this configuration reads the whole manifests folder."""
    try:
        value = shared_yaml(text or "").value
    except YamlProblem:
        return FILE_CHECK_SECONDS
    given = value.get("fileCheckFrequency") if isinstance(value, dict) else None
    return _seconds(given) or FILE_CHECK_SECONDS


def _seconds(duration: object) -> float:
    """A duration as Go writes it ("1m30s"), 0 if it is none."""
    if not isinstance(duration, str) or not re.fullmatch(f"(?:{_PART.pattern})+", duration):
        return 0.0
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(duration))
