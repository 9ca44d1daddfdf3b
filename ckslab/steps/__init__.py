"""Runs the steps of answers, faults and set-ups: on a node's files, and on a running cluster."""

from ckslab.steps.run import needs_cluster, run_steps, split

__all__ = ["needs_cluster", "run_steps", "split"]
