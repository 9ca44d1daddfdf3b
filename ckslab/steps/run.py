"""Runs steps in order; a step that changes nothing is its author's mistake and is said so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, assert_never

from ckslab.cluster.node.files import NodeFiles
from ckslab.scenario.actions import (
    CLUSTER_ACTIONS,
    Apply,
    Checksums,
    Copy,
    Delete,
    Edit,
    ObjectReference,
    Patch,
    Remove,
    Replace,
    Run,
    StaticPod,
    Step,
    Wait,
    Write,
)
from ckslab.steps.file_steps import IDLE, checksums, copy, edit_file, remove, replace, write
from ckslab.steps.static_pod import edit_static_pod

if TYPE_CHECKING:
    from ckslab.steps.cluster_steps import ClusterSteps

_LAST_LINES = 15


def needs_cluster(step: Step) -> bool:
    """Whether the step needs a running node; the others only need its files."""
    return isinstance(step.action, CLUSTER_ACTIONS)


def split(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """The leading steps that can be run on files before the node boots, and all the rest."""
    first = next((index for index, step in enumerate(steps) if needs_cluster(step)), len(steps))
    return list(steps[:first]), list(steps[first:])


def run_steps(steps: Iterable[Step], files: NodeFiles, cluster: ClusterSteps | None = None) -> None:
    """Run all steps; ScenarioError with the step's file and line at the first that cannot be or is idle."""
    for step in steps:
        if not needs_cluster(step):
            _run_on_files(step, files)
        elif cluster is None:
            raise step.error("needs a running node", advice="Play it after the boot: see `split`.")
        else:
            _run_on_cluster(step, cluster)


def _run_on_files(step: Step, files: NodeFiles) -> None:
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
        case Checksums() as action:
            checksums(step, action, files)
        case Apply() | Patch() | Delete() | Run() | Wait():
            raise AssertionError(step)
        case _ as never:
            assert_never(never)


def _run_on_cluster(step: Step, cluster: ClusterSteps) -> None:
    match step.action:
        case Apply() as action:
            _apply(step, action, cluster)
        case Patch() as action:
            _patch(step, action, cluster)
        case Delete() as action:
            _delete(step, action, cluster)
        case Run() as action:
            _run(step, action, cluster)
        case Wait():
            cluster.settle()
        case _:
            raise AssertionError(step)


def _apply(step: Step, action: Apply, cluster: ClusterSteps) -> None:
    """Apply objects in order; one of them at least must be new or different."""
    changed = [cluster.apply(manifest) for manifest in action.objects]
    if not any(changed):
        raise step.error(f"{IDLE}: the cluster has these objects already")


def _patch(step: Step, action: Patch, cluster: ClusterSteps) -> None:
    """Patch an object."""
    body = list(action.with_) if action.type == "json" else action.with_[0]
    if not cluster.patch(action.patch, body, action.type):
        raise step.error(f"{IDLE}: {_named(action.patch)} has these values already")


def _delete(step: Step, action: Delete, cluster: ClusterSteps) -> None:
    """Delete an object that is there."""
    if not cluster.delete(action.delete):
        raise step.error(f"{IDLE}: there is no {_named(action.delete)}")


def _run(step: Step, action: Run, cluster: ClusterSteps) -> None:
    """Run a line of shell; it must end with the exit code that is expected."""
    try:
        done = cluster.run(["sh", "-c", action.run], timeout=action.timeout)
    except TimeoutError:
        raise step.error(f"did not end within {action.timeout} s: {action.run}") from None
    if done.returncode != action.exit_code:
        output = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        raise step.error(
            f"ended with {done.returncode}, not {action.exit_code}: {action.run}",
            details="\n".join(output[-_LAST_LINES:]),
        )


def _named(target: ObjectReference) -> str:
    return f"{target.kind} {target.namespace}/{target.name}" if target.namespace else f"{target.kind} {target.name}"
