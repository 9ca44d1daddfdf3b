"""A review in which every text of a learner, a cluster or an author tries to be more than text."""

from __future__ import annotations

from ckslab.grading.report import CheckReport, Place, Report
from ckslab.review.groups import groups
from ckslab.review.model import HintTaken, Review, ReviewTask
from ckslab.store.review import Excerpt, FileChange, LiveStep

SCRIPT = "<script>window.broken=1</script>"
IMAGE = "<img src=http://192.0.2.1/x onerror=window.broken=1>"
QUOTES = "\"'><svg onload=window.broken=1>"
RIGHT_TO_LEFT = "/etc/\u202egpj.terces"
ESCAPE = "\x1b[31mred\x1b[0m\x00\x07"
ZERO_WIDTH = "kube\u200bapi\ufeffserver\U000e0041"
TEMPLATE = "{{ 7 * 7 }}{% raw %}{# #}"
MARKDOWN = (
    f"# Task\n\n{SCRIPT}\n\n{IMAGE}\n\n![picture](http://192.0.2.1/y.png)\n\n[good](https://kubernetes.io/docs/)"
    "\n\n[bad](javascript:window.broken=1) [worse](data:text/html,x) [plain](http://192.0.2.1/)\n\n"
    f"<http://192.0.2.1/z>\n\n```sh\n{SCRIPT}\n```\n\n| a | b |\n| - | - |\n| {QUOTES} | {ESCAPE} |\n"
)
TEXTS = (SCRIPT, IMAGE, QUOTES, RIGHT_TO_LEFT, ESCAPE, ZERO_WIDTH, TEMPLATE)
ALL = " ".join(TEXTS)

UNGRADED = {"number": 2, "report": None, "excerpts": (), "solution": None, "solution_note": ALL}


def hostile_review() -> Review:
    """All of them in every field that holds a text."""
    task = _task()
    return Review(
        ckslab_version=ALL,
        kind="exam",
        name=ALL,
        title=ALL,
        seed=1,
        started_at=ALL,
        ended_at=ALL,
        minutes=60,
        seconds=1200,
        score=40,
        max=100,
        undecided=10,
        pass_mark=67,
        verdict="failed",
        notes=(ALL,),
        groups=groups([task]),
        tasks=(task, task.model_copy(update=UNGRADED)),
    )


def _task() -> ReviewTask:
    return ReviewTask(
        number=1,
        scenario=ALL,
        title=ALL,
        topic=ALL,
        bullet=ALL,
        difficulty=ALL,
        weight=100,
        earned=40,
        undecided=10,
        minutes=10,
        seconds=1200,
        flagged=True,
        reason=ALL,
        report=_report(),
        task=MARKDOWN,
        after=MARKDOWN,
        excerpts=(Excerpt(check="one", path=ALL, first=1, line=1, lines=(ALL, *TEXTS)),),
        hints=(HintTaken(check=ALL, number=1, text=MARKDOWN),),
        causes=(ALL,),
        solution_shown=True,
        solution=(
            FileChange(path=ALL, change="edit", diff=("@@ -1 +1 @@", f"-{ALL}", f"+{ALL}", ALL), more=3, note=ALL),
            FileChange(path=ALL, change="same", note=ALL),
            FileChange(path=ALL, change="write", diff=(f"+{ALL}",)),
            FileChange(path=ALL, change="remove", note=ALL),
            FileChange(path=ALL, change="unknown", note=ALL),
            LiveStep(text=MARKDOWN),
        ),
    )


def _report() -> Report:
    place = Place(node=ALL, path=ALL, line=1, field=ALL)
    texts = {"title": ALL, "expected": ALL, "observed": ALL, "message": ALL, "log": ALL}
    return Report(
        scenario=ALL,
        lab=ALL,
        title=ALL,
        cluster=ALL,
        seed=1,
        started_at=ALL,
        graded_at=ALL,
        hints_used=0,
        solution_shown=True,
        score=4,
        max=10,
        undecided=1,
        passed=False,
        duration_ms=1,
        not_graded=(ALL,),
        notes=(ALL,),
        checks=(
            CheckReport(id="one", outcome="fail", points=5, earned=0, where=place, **texts),
            CheckReport(id=ALL, outcome="unknown", points=1, earned=0, **texts),
            CheckReport(id=ALL, outcome="fail", points=1, earned=0, after=(ALL,), **texts),
            CheckReport(id=ALL, outcome="pass", points=3, earned=3, **texts),
        ),
    )
