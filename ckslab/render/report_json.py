"""A report as JSON: the model as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ckslab.grading.report import FORMAT, Report


def report_json(report: Report) -> str:
    """The report as an indented JSON object in ASCII, without a newline at its end."""
    return json.dumps(report.model_dump(mode="json"), indent=2)


def reports_json(reports: Sequence[Report]) -> str:
    """Several: `{"format": 2, "reports": [...]}`, each as it is alone."""
    return json.dumps({"format": FORMAT, "reports": [one.model_dump(mode="json") for one in reports]}, indent=2)
