"""Exams as JSON, format 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ckslab.exam.results import ExamResult
from ckslab.exam.sitting import Sitting
from ckslab.exam.terminal.screen import TaskRow


def exams_json(exams: Sequence[tuple[Sitting, ExamResult | None]]) -> str:
    """`{"format": 1, "exams": [...]}`, the oldest first; score and passed are null before the grades."""
    listed = [
        {
            "id": sitting.id,
            "state": sitting.state,
            "seed": sitting.seed,
            "minutes": sitting.minutes,
            "practice": sitting.practice,
            "tasks": [task.scenario for task in sitting.tasks],
            "score": round(result.score, 2) if result else None,
            "passed": result.passed if result else None,
        }
        for sitting, result in exams
    ]
    return _text({"format": 1, "exams": listed})


def status_json(sitting: Sitting, rows: Sequence[TaskRow], left: float) -> str:
    """`{"format": 1, "exam": {...}}`: the exam, seconds left, and its tasks with the state of their hosts."""
    tasks = [
        {
            "number": row.task.number,
            "host": row.task.host,
            "scenario": row.task.scenario,
            "title": row.task.title,
            "weight": row.task.weight,
            "minutes": row.task.minutes,
            "seconds": round(row.seconds),
            "flagged": row.task.flagged,
            "state": row.host,
            "trouble": row.task.trouble,
        }
        for row in rows
    ]
    head = {name: getattr(sitting, name) for name in ("id", "state", "seed", "minutes", "practice", "labs")}
    left_out = sitting.left_out or {}
    waited = {"left": round(left), "waited": round(sitting.waited), "paused": round(sitting.paused)}
    return _text({"format": 1, "exam": {**head, **waited, "left_out": left_out, "tasks": tasks}})


def result_json(result: ExamResult) -> str:
    """`{"format": 1, "exam": {...}}`: the result with its score, and each task's report as it is alone, or null."""
    whole: dict[str, Any] = asdict(result) | {
        "score": round(result.score, 2),
        "open": round(result.open, 2),
        "passed": result.passed,
    }
    for shown, task in zip(whole["tasks"], result.tasks, strict=True):
        shown["report"] = None if task.report is None else task.report.model_dump(mode="json")
        shown["earned"], shown["open"] = round(task.earned, 2), round(task.open, 2)
    return _text({"format": 1, "exam": whole})


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2)
