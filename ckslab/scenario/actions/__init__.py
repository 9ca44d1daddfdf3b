"""What a step of an answer or of a fault can be: a small closed set, one family a file."""

from ckslab.scenario.actions.action import CLUSTER_ACTIONS, KINDS, Action, Step, kind_of
from ckslab.scenario.actions.on_cluster import Apply, Delete, ObjectReference, Patch, Run, Wait
from ckslab.scenario.actions.on_files import Checksums, Copy, Edit, Remove, Replace, Write
from ckslab.scenario.actions.static_pod import Mount, StaticPod

__all__ = [
    "CLUSTER_ACTIONS",
    "KINDS",
    "Action",
    "Apply",
    "Checksums",
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
