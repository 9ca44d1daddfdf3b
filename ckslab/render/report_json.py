"""A report as JSON, format 1: fields may be added within a format, never renamed or removed."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from ckslab.grading.report import CheckReport, Report

_FIRST = ("format", "ckslab_version")


def report_json(report: Report) -> str:
    """The report as an indented JSON object in ASCII, without a newline at its end."""
    content = _plain(report)
    ordered = {name: content[name] for name in _FIRST} | content
    return json.dumps(ordered, indent=2)


def _plain(value: Any) -> dict[str, Any]:
    """A dataclass as a dict, without the fields that are marked `json: False`."""
    kept = (field.name for field in fields(value) if field.metadata.get("json", True))
    content = {name: _value(getattr(value, name)) for name in kept}
    if isinstance(value, CheckReport) and value.log:
        # The format has no field for the log line, and a program should not lose it.
        content["message"] = f"{value.message} log: {value.log}".strip()
    return content


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    return _plain(value) if hasattr(value, "__dataclass_fields__") else value
