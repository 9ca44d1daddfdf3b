"""Plays steps in order; a step that changes nothing is its author's mistake and is said so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from ckslab.cluster.node.files import NodeFiles
from ckslab.scenario.actions import (
    Apply,
    Copy,
    Delete,
    Edit,
    Patch,
    Remove,
    Replace,
    Run,
    StaticPod,
    Step,
    Wait,
    Write,
)
from ckslab.steps.edit_file import edit_file
from ckslab.steps.file_steps import copy, remove, replace, write
from ckslab.steps.live import Live
from ckslab.steps.live_steps import apply, delete, patch, run
from ckslab.steps.static_pod_file import edit_static_pod


def needs_live(step: Step) -> bool:
    """Whether the step needs a running node; the others only need its files."""
    return isinstance(step.action, Apply | Patch | Delete | Run | Wait)


def split(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """The leading steps that can be played on files before the node boots, and all the rest."""
    first = next((index for index, step in enumerate(steps) if needs_live(step)), len(steps))
    return list(steps[:first]), list(steps[first:])


def play(steps: Iterable[Step], files: NodeFiles, live: Live | None = None) -> None:
    """Play all steps; ScenarioError with the step's file and line at the first that cannot be or is idle."""
    for step in steps:
        if not needs_live(step):
            _play_on_files(step, files)
        elif live is None:
            raise step.error("needs a running node", advice="Play it after the boot: see `split`.")
        else:
            _play_live(step, live)


def _play_on_files(step: Step, files: NodeFiles) -> None:
    match step.action:
        case Write() as action:
            write(step, action, files)
        case Edit() as action:
            edit_file(step, action, files)
        case StaticPod() as action:
            edit_static_pod(step, action, files)
        case Replace() as action:
            replace(step, action, files)
        case Copy() as action:
            copy(step, action, files)
        case Remove() as action:
            remove(step, action, files)
        case Apply() | Patch() | Delete() | Run() | Wait():
            raise AssertionError(step)
        case _ as never:
            assert_never(never)


def _play_live(step: Step, live: Live) -> None:
    match step.action:
        case Apply() as action:
            apply(step, action, live)
        case Patch() as action:
            patch(step, action, live)
        case Delete() as action:
            delete(step, action, live)
        case Run() as action:
            run(step, action, live)
        case Wait():
            live.settle()
        case _:
            raise AssertionError(step)
