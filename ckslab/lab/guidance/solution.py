"""The solution as Markdown: what changes in which file, and the commands between."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence

import yaml

from ckslab.cluster.node.planned_files import PlannedFiles
from ckslab.lab.model import Lab
from ckslab.lab.of_exam import refuse_in_exam
from ckslab.scenario.actions import Apply, Delete, Patch, Run, Step
from ckslab.scenario.answers.model import SOLUTION
from ckslab.scenario.model import Scenario
from ckslab.steps import needs_cluster, run_steps


def show_solution(lab: Lab) -> str:
    """The solution of a lab with its faults, as changes of the files as the learner got them.

    The attempt remembers that it was shown.
    """
    with lab.hold("ckslab solution") as held:
        refuse_in_exam(held, "solution")
        text = solution_text(held.scenario, held.answer_steps(SOLUTION), held.initial_files)
        held.keep(held.attempt.revealed())
        return text


def solution_text(scenario: Scenario, steps: Sequence[Step], read: Callable[[str], bytes | None]) -> str:
    """Markdown; `read` gives a node file as the learner got it, against which the changes are shown."""
    parts = [f"# Solution of {scenario.title}", ""]
    files = PlannedFiles(read)
    for step in steps:
        parts += live_step(step) if needs_cluster(step) else _files(step, files)
    return "\n".join(parts)


def _files(step: Step, files: PlannedFiles) -> Iterator[str]:
    before = {file.path: file.data for file in files.files}
    run_steps([step], files)
    now = {file.path: file.data for file in files.files}
    for path in sorted(now):
        if now[path] != before.get(path):
            old = before.get(path, files.pristine(path)) or b""
            yield from _difference(path, old, now[path])
    for path in files.removed:
        if path in before or files.pristine(path) is not None:
            yield f"Remove `{path}`.\n"


def _difference(path: str, old: bytes, new: bytes) -> Iterator[str]:
    try:
        before, after = old.decode().splitlines(), new.decode().splitlines()
    except UnicodeDecodeError:
        yield f"Write `{path}` ({len(new)} bytes).\n"
        return
    yield f"{'Edit' if old else 'Write'} `{path}`:\n"
    yield "```diff"
    yield from list(difflib.unified_diff(before, after, n=2, lineterm=""))[2:]
    yield "```\n"


def live_step(step: Step) -> Iterator[str]:
    """Paragraphs of Markdown for a step that needs the cluster."""
    action = step.action
    if isinstance(action, Run):
        yield f"Run on the node:\n\n```sh\n{action.run.strip()}\n```\n"
    elif isinstance(action, Apply):
        text = yaml.safe_dump_all(action.objects, sort_keys=False)
        yield f"Apply:\n\n```yaml\n{text.strip()}\n```\n"
    elif isinstance(action, Patch):
        target, patch = action.patch, yaml.safe_dump(list(action.with_), sort_keys=False)
        yield f"Patch {target.kind} `{target.name}`:\n\n```yaml\n{patch.strip()}\n```\n"
    elif isinstance(action, Delete):
        yield f"Delete {action.delete.kind} `{action.delete.name}`.\n"
    else:
        yield "Wait until the API server serves again.\n"
