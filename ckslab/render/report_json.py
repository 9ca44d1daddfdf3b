"""A report as JSON: the model as it is."""

from __future__ import annotations

import json

from ckslab.grading.report import Report


def report_json(report: Report) -> str:
    """The report as an indented JSON object in ASCII, without a newline at its end."""
    return json.dumps(report.model_dump(mode="json"), indent=2)
