"""What the solution makes of a lab's initial files, and what it does on the running cluster: nothing is touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ckslab.cluster.node.planned_files import PlannedFiles
from ckslab.lab.guidance.solution import live_step
from ckslab.scenario.actions import Copy, Step, Write
from ckslab.steps import needs_cluster, run_steps


@dataclass(frozen=True, slots=True)
class SolvedFile:
    """A file as the solution leaves it. data: None where it is removed. mode: its bits where a step gives them."""

    path: str
    data: bytes | None
    mode: int | None = None


def solved(steps: Sequence[Step], initial: Callable[[str], bytes | None]) -> list[SolvedFile | str]:
    """Its files and, as Markdown, its other steps, in order: a file stands where it is last changed.

    initial: a node file as the learner got it. ScenarioError for a step that cannot be done on these files.
    """
    files = PlannedFiles(initial)
    order: list[str | tuple[str]] = []
    modes: dict[str, int] = {}
    for step in steps:
        if needs_cluster(step):
            order.append("".join(f"{line}\n" for line in live_step(step)).strip())
            continue
        before = _state(files)
        run_steps([step], files)
        modes |= _modes(step)
        after = _state(files)
        for path in sorted(
            path for path in {*before, *after, *_modes(step)} if before.get(path) != after.get(path)
        ):
            order = [one for one in order if one != (path,)]
            order.append((path,))
    return [one if isinstance(one, str) else _file(one[0], files, modes) for one in order]


def _state(files: PlannedFiles) -> dict[str, bytes | None]:
    return {file.path: file.data for file in files.files} | dict.fromkeys(files.removed)


def _modes(step: Step) -> dict[str, int]:
    action = step.action
    if isinstance(action, Write) and action.mode is not None:
        return {action.write: int(action.mode, 8)}
    if isinstance(action, Copy) and action.mode is not None:
        return {target: int(action.mode, 8) for _, target in action.pairs}
    return {}


def _file(path: str, files: PlannedFiles, modes: dict[str, int]) -> SolvedFile:
    data = files.read(path)
    return SolvedFile(path, data, modes.get(path) if data is not None else None)
