"""The node files that a step touches."""

from __future__ import annotations

from ckslab.scenario.actions.action import Action
from ckslab.scenario.actions.edit import Edit
from ckslab.scenario.actions.file import Copy, Remove, Replace, Write
from ckslab.scenario.actions.static_pod import StaticPod


def paths_of(action: Action) -> tuple[str, ...]:
    """The paths that it reads or changes; none for steps on objects and for commands."""
    match action:
        case Write():
            return (action.write,)
        case Edit():
            return (action.edit,)
        case Replace():
            return (action.replace,)
        case Copy():
            return tuple(path for pair in action.pairs for path in pair)
        case Remove():
            return action.remove
        case StaticPod():
            return (action.manifest,)
        case _:
            return ()
