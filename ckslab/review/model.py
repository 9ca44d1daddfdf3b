"""What `ckslab report` shows and its JSON says; docs/review.schema.json is its JSON Schema.

Within a format fields may be added, never renamed or removed.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from ckslab import __version__
from ckslab.grading.report import Report, Text
from ckslab.store.review import Excerpt, Part, SolutionPart

FORMAT: Final = 1

Verdict = Literal["passed", "failed", "undecided"]


class HintTaken(Part):
    """A hint that the learner took."""

    check: Text
    number: int
    """From 1."""
    text: Text
    """Markdown."""


class Group(Part):
    """Tasks that have something in common, added up. Points are per cent of the exam, or the lab's points."""

    by: Literal["bullet", "topic"]
    name: Text
    tasks: int
    earned: float
    undecided: float
    weight: float


class ReviewTask(Part):
    """One task."""

    number: int
    """From 1."""
    scenario: Text
    title: Text
    topic: Text
    bullet: Text
    """Of the curriculum, "" where none is named."""
    difficulty: Text
    weight: float
    """What it counts at most: per cent of the exam, or the lab's points."""
    earned: float
    undecided: float
    """What nobody knows yet: neither earned nor lost."""
    minutes: int
    """How long it is meant to take."""
    seconds: int | None
    """How long was worked on it, null where nobody measured it."""
    flagged: bool = False
    reason: Text = ""
    """Why it, or a part of it, could not be graded."""
    report: Report | None
    """null where it could not be graded at all."""
    task: Text = ""
    """As the learner read it, Markdown; "" where it was not kept."""
    after: Text = ""
    """What to take away and what to read, Markdown."""
    excerpts: tuple[Excerpt, ...] = ()
    hints: tuple[HintTaken, ...] = ()
    causes: tuple[Text, ...] = ()
    """What rescue told of why the API server was down."""
    solution_shown: bool = False
    solution: tuple[SolutionPart, ...] | None = None
    """What is to be done from what the learner had, in order; null where it is not shown."""
    solution_note: Text = ""
    """Why the solution is not shown, "" where it is."""


class Review(Part):
    """One lab's last grade, or an exam that was submitted. Times are RFC 3339 in UTC."""

    format: Literal[1] = FORMAT
    ckslab_version: Text = __version__
    kind: Literal["lab", "exam"]
    name: Text
    """Of the lab, or the exam's id."""
    title: Text
    seed: int
    started_at: Text
    ended_at: Text
    """When work ended: the grade, or the end of the exam."""
    minutes: int
    """That were given."""
    seconds: int | None
    """That were used, null where nobody measured them."""
    practice: bool = False
    """Whether it was no exam, or one that could be paused."""
    score: float
    max: float
    undecided: float
    pass_mark: int
    """Per cent of `max` that pass the exam."""
    verdict: Verdict
    """Against the pass mark; undecided: it hangs on what is undecided."""
    notes: tuple[Text, ...] = ()
    """Sentences for whoever reads it."""
    groups: tuple[Group, ...]
    tasks: tuple[ReviewTask, ...]


def verdict(score: float, undecided: float, most: float, pass_mark: int) -> Verdict:
    """Against the pass mark. Sums of thirds are not whole: what is 67 in writing is 67."""
    needed = round(most * pass_mark / 100, 6)
    if most and round(score, 6) >= needed:
        return "passed"
    return "undecided" if undecided and round(score + undecided, 6) >= needed else "failed"


def review_schema() -> dict[str, Any]:
    """The JSON Schema of the format, as it is published in docs/review.schema.json."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | Review.model_json_schema(mode="serialization")
