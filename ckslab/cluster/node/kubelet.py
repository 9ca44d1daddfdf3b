"""The kubelet of every node: the settings that decide how soon it takes up what somebody has saved."""

from __future__ import annotations

FILE_CHECK_SECONDS = 5
"""fileCheckFrequency, 20 on a stock node: how often it reads the whole manifests folder. A manifest that is saved
it takes up at once (inotify); one that cannot be used ends its pod at the next of these readings."""

CRASH_LOOP_SECONDS = 2
"""crashLoopBackOff.maxContainerRestartPeriod, 300 on a stock node: how long it waits at most before it starts a
container again that has ended."""
