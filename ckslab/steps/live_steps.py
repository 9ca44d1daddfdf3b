"""Steps that need the running cluster: objects and commands."""

from __future__ import annotations

from ckslab.scenario.actions import Apply, Delete, ObjectReference, Patch, Run, Step
from ckslab.steps.file_steps import IDLE
from ckslab.steps.live import Live

_LAST_LINES = 15


def apply(step: Step, action: Apply, live: Live) -> None:
    """Apply objects in order; one of them at least must be new or different."""
    changed = [live.apply(manifest) for manifest in action.objects]
    if not any(changed):
        raise step.error(f"{IDLE}: the cluster has these objects already")


def patch(step: Step, action: Patch, live: Live) -> None:
    """Patch an object."""
    body = list(action.with_) if action.type == "json" else action.with_[0]
    if not live.patch(action.patch, body, action.type):
        raise step.error(f"{IDLE}: {_named(action.patch)} has these values already")


def delete(step: Step, action: Delete, live: Live) -> None:
    """Delete an object that is there."""
    if not live.delete(action.delete):
        raise step.error(f"{IDLE}: there is no {_named(action.delete)}")


def run(step: Step, action: Run, live: Live) -> None:
    """Run a line of shell; it must end with the exit code that is expected."""
    try:
        done = live.run(["sh", "-c", action.run], timeout=action.timeout)
    except TimeoutError:
        raise step.error(f"did not end within {action.timeout} s: {action.run}") from None
    if done.returncode != action.exit_code:
        output = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        raise step.error(
            f"ended with {done.returncode}, not {action.exit_code}: {action.run}",
            details="\n".join(output[-_LAST_LINES:]),
        )


def _named(target: ObjectReference) -> str:
    return (
        f"{target.kind} {target.namespace}/{target.name}"
        if target.namespace
        else f"{target.kind} {target.name}"
    )
