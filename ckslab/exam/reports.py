"""An exam's reports, one a task: kept when it is graded, and read without what grades."""

from __future__ import annotations

import json
from pathlib import Path

from ckslab.errors import CkslabError, LabError
from ckslab.exam.sitting import Sitting
from ckslab.grading.report import Report, read_report
from ckslab.store.disk import write_json


def kept_report(sitting: Sitting, number: int) -> Report | None:
    """The report of a task, None where there is none. UsageError: it is damaged."""
    try:
        return read_report(_path(sitting, number).read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LabError(f"the report of task {number} cannot be read: {error.strerror}") from error


def keep_report(sitting: Sitting, number: int, report: Report) -> str:
    """Keep the report; what the disk refused, in a sentence: then the task is to be graded again."""
    path = _path(sitting, number)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_json(path, json.loads(report.model_dump_json()))
    except CkslabError as error:
        return f"its report was not kept ({' '.join(error.message.split())})"
    except OSError as error:
        return f"its report was not kept ({error.strerror})"
    return ""


def _path(sitting: Sitting, number: int) -> Path:
    return sitting.folder / "reports" / f"{number}.json"
