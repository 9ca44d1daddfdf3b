"""What a step of an answer or of a fault can be: a small closed set, one family a file."""

from ckslab.scenario.steps.action import KINDS, Action, kind_of
from ckslab.scenario.steps.command import Run, Wait
from ckslab.scenario.steps.edit import Edit
from ckslab.scenario.steps.file import Copy, Remove, Replace, Write
from ckslab.scenario.steps.objects import Apply, Delete, ObjectReference, Patch
from ckslab.scenario.steps.static_pod import Mount, StaticPod
from ckslab.scenario.steps.step import Step

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
