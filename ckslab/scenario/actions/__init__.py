"""What a step of an answer or of a fault can be: a small closed set, one family a file."""

from ckslab.scenario.actions.action import KINDS, Action, kind_of
from ckslab.scenario.actions.command import Run, Wait
from ckslab.scenario.actions.edit import Edit
from ckslab.scenario.actions.file import Copy, Remove, Replace, Write
from ckslab.scenario.actions.objects import Apply, Delete, ObjectReference, Patch
from ckslab.scenario.actions.static_pod import Mount, StaticPod
from ckslab.scenario.actions.step import Step

__all__ = [
    "KINDS",
    "Action",
    "Apply",
    "Copy",
    "Delete",
    "Edit",
    "Mount",
    "ObjectReference",
    "Patch",
    "Remove",
    "Replace",
    "Run",
    "StaticPod",
    "Step",
    "Wait",
    "Write",
    "kind_of",
]
